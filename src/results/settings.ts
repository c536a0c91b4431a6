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
export const OTHERS = ['RUN', 'PROFILE', 'SCALE'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

const KEPT = [...Object.keys(FLAG_OF_SETTING), ...OTHERS];
const ALL = [...KEPT, 'PREALLOCATED_VUS', 'SKIP_SECONDS', 'FIRST_ITERATION'];

/** Variables by which k6 itself would take another load than the scenario's. Source: k6's documentation, "Options reference". */
const K6_OPTIONS = [
  'K6_VUS',
  'K6_DURATION',
  'K6_ITERATIONS',
  'K6_STAGES',
  'K6_RPS',
  'K6_PAUSED',
  'K6_EXECUTION_SEGMENT',
  'K6_EXECUTION_SEGMENT_SEQUENCE',
  'K6_MIN_ITERATION_DURATION',
];

const chosen = (names: readonly string[], env: Environment): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value ? [[name, value]] : [];
    }),
  );

/** The variables that shape a load, of all that are set: what may be kept with a run, as none of them is a secret. */
export const loadSettings = (env: Environment): Record<string, string> => chosen(KEPT, env);

/** The same with those that are of one run alone. */
export const loadVariables = (env: Environment): Record<string, string> => chosen(ALL, env);

/** What of an environment would shape a load by k6's own options. */
export const k6LoadVariables = (env: Environment): Record<string, string> => chosen(K6_OPTIONS, env);

/** An environment without all of these: what a shell happens to hold must not change the load of a gate. */
export function withoutLoadVariables(env: Environment): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ALL.includes(name) && !K6_OPTIONS.includes(name)));
}
