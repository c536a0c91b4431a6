/** Milliseconds for people: three significant digits, seconds from ten on. */
export function latency(ms: number | null): string {
  if (ms === null) return '–';
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 100) return `${ms.toFixed(0)} ms`;
  return ms >= 10 ? `${ms.toFixed(1)} ms` : `${ms.toFixed(2)} ms`;
}

/** A share for people, in percent; small ones keep two significant digits, so that 0.04 % is not 0. */
export function percent(share: number | null): string {
  if (share === null) return '–';
  const value = share * 100;
  if (value === 0 || value >= 99.995) return `${value.toFixed(0)} %`;
  return `${value < 0.1 ? value.toPrecision(2) : value.toFixed(value < 10 || value > 90 ? 2 : 1)} %`;
}

/** A count or rate for people, with thousands set apart. */
export function count(value: number): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : 1;
  return value.toLocaleString('en-GB', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** Bytes for people, in decimal units. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let rest = value;
  let unit = 0;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${rest >= 100 || unit === 0 ? rest.toFixed(0) : rest.toFixed(1)} ${units[unit] ?? ''}`;
}

/** Seconds for people: 65 → "1 min 5 s". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ] as const;
  const shown = parts.filter(([value]) => value > 0).slice(0, 2);
  return shown.length === 0 ? '0 s' : shown.map(([value, unit]) => `${value} ${unit}`).join(' ');
}
