/** Flag of `headroom run` for each environment variable that shapes a load; the order is that of the help. */
export const FLAG_OF_SETTING = {
  RATE: 'rate',
  DURATION: 'duration',
  WARMUP: 'warmup',
  VUS: 'vus',
  ITERATIONS: 'iterations',
  USERS: 'users',
  SITTERS: 'sitters',
  THINK: 'think',
  MIX: 'mix',
} as const;

/** Those that `headroom run` takes by --env. */
export const OTHERS = ['RUN', 'PROFILE'] as const;

/** The variables that shape a load, of all that are set: what may be kept with a run, as none of them is a secret. */
export function loadSettings(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    [...Object.keys(FLAG_OF_SETTING), ...OTHERS].flatMap((name) => {
      const value = env[name];
      return value ? [[name, value]] : [];
    }),
  );
}
