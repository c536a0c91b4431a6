/** Seconds of a duration as k6 and Go write it ("1m30s", "500ms"); null when it is none. */
export function parseDuration(text: string): number | null {
  const unitSeconds: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };
  let seconds = 0;
  let rest = text.trim();
  if (rest === '0') return 0;
  if (rest === '') return null;
  while (rest !== '') {
    const part = /^(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)/.exec(rest);
    if (part === null) return null;
    seconds += Number(part[1]) * (unitSeconds[part[2] ?? ''] ?? Number.NaN);
    rest = rest.slice(part[0].length);
  }
  return seconds;
}
