import { HeadroomError } from '../errors.ts';

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  second: 1,
  min: 60,
  minute: 60,
  h: 3600,
  hour: 3600,
  d: 86_400,
  day: 86_400,
};

/**
 * Reads a rate, and gives it per second: `120/s`, `7200/min`, `432000/h`; `120` alone is per second.
 *
 * @throws HeadroomError DEMAND_INVALID
 */
export function parseRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?(?:e\d+)?)(?:\s*\/\s*([a-z]+))?$/i.exec(text.trim());
  const seconds = SECONDS[match?.[2]?.toLowerCase() ?? 's'];
  const rate = Number(match?.[1]) / (seconds ?? Number.NaN);
  if (!(rate > 0) || !Number.isFinite(rate)) {
    throw new HeadroomError(
      'DEMAND_INVALID',
      `${JSON.stringify(text)} is no rate: it takes a number above 0, for a second, minute, hour or day.`,
      'Give one such as 120/s or 7200/min; a number alone is per second.',
    );
  }
  return rate;
}
