/** Milliseconds for people: three or four significant digits, as many as a histogram holds; seconds from ten on. */
export function latency(ms: number | null): string {
  if (ms === null) return '–';
  if (ms >= 10_000) return `${grouped(ms / 1000, 1)} s`;
  if (ms >= 99.95) return `${grouped(ms, 0)} ms`;
  return `${ms.toFixed(ms >= 9.995 ? 1 : 2)} ms`;
}

/** A share for people, in percent. Small shares and small misses keep two digits: 0.04 % is not 0, 99.996 % not 100. */
export function percent(share: number | null): string {
  if (share === null) return '–';
  const value = share * 100;
  const rest = Math.min(Math.abs(value), Math.abs(100 - value));
  const decimals = rest === 0 ? 0 : Math.max(value < 10 || rest < 10 ? 2 : 1, 1 - Math.floor(Math.log10(rest)));
  return `${trimmed(value, Math.min(decimals, 8))} %`;
}

/** A change for people, with its sign unless it is none: 0.031 → +3.1 % of a `ratio`, +3.10 pp as a `difference` of shares. */
export function changed(scale: 'ratio' | 'difference', change: number): string {
  const text = Math.abs(change * 100).toFixed(scale === 'ratio' ? 1 : 2);
  const sign = Number(text) === 0 ? '' : change > 0 ? '+' : '−';
  return `${sign}${text} ${scale === 'ratio' ? '%' : 'pp'}`;
}

/** A count or rate for people, with thousands set apart. */
export function count(value: number): string {
  return grouped(value, Number.isInteger(value) || value >= 100 ? 0 : value >= 1 ? 1 : 2);
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

/** A point in time as people read it: "2026-11-23 19:32:36 UTC". */
export function instant(iso: string): string {
  return iso.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC');
}

/** Seconds since the start as a clock: "2:05", "1:02:05". */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor((whole % 3600) / 60);
  return whole >= 3600
    ? `${Math.floor(whole / 3600)}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

function grouped(value: number, decimals: number): string {
  return value.toLocaleString('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function trimmed(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}
