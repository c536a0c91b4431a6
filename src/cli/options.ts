import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../lib/workload/duration.ts';
import { FLAG_OF_SETTING } from '../results/settings.ts';

/** Parses a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It takes a whole number, at least ${least}.`);
    }
    return value;
  };
}

/** Parses a TCP port; 0 takes any that is free. */
export function portNumber(text: string): number {
  const port = wholeNumber(0)(text);
  if (port > 65_535) throw new InvalidArgumentError('It takes a port from 0 to 65535.');
  return port;
}

/** Parses a number above `above`. */
export function numberFrom(least: number, exclusive = false): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least || (exclusive && value === least)) {
      throw new InvalidArgumentError(`It takes a number ${exclusive ? 'above' : 'of at least'} ${least}.`);
    }
    return value;
  };
}

/** Collects a repeatable flag that takes process ids. */
export function processIds(text: string, before: number[] = []): number[] {
  return [...before, wholeNumber(1)(text)];
}

/** Checks a duration such as 90s, 1m30s or 8h, and keeps it as text. */
export function durationText(text: string): string {
  if (parseDuration(text) === null) throw new InvalidArgumentError('It takes a duration such as 30s, 1m30s or 8h.');
  return text;
}

/** Checks that a text may be the reference of an image, and keeps it: `registry.example/booking@sha256:…`. */
export function imageText(text: string): string {
  if (!/^[\w.:/@-]{1,500}$/.test(text)) {
    throw new InvalidArgumentError('It takes the reference of an image, such as registry.example/booking@sha256:….');
  }
  return text;
}

/** Collects a repeatable key=value flag. */
export function keyValue(text: string, before: Record<string, string> = {}): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('It takes key=value.');
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** Flags that shape a load, as `run` and `demo` share them. */
export interface LoadFlags {
  rate?: number;
  duration?: string;
  warmup?: string;
  vus?: number;
  iterations?: number;
  seed?: number;
  users?: number;
  sitters?: number;
  think?: number;
  mix?: string;
}

export function addLoadFlags(command: Command): Command {
  return command
    .option('--rate <n>', 'journeys started per second', numberFrom(0, true))
    .option('--duration <time>', 'length of the test, warm-up included: 60s, 10m, 8h', durationText)
    .option('--warmup <time>', 'first part of the test, left out of the verdict', durationText)
    .option('--vus <n>', 'most virtual users', wholeNumber(1))
    .option('--iterations <n>', 'run this many journeys instead of a rate', wholeNumber(1))
    .option('--seed <n>', 'the same seed sends the same requests; drawn afresh without it', wholeNumber(0))
    .option('--users <n>', 'users that the target knows', wholeNumber(1))
    .option('--sitters <n>', 'sitters that the target knows', wholeNumber(1))
    .option('--think <factor>', 'multiplies think times; 0 leaves them out', numberFrom(0))
    .option('--mix <name>', 'booking, or browse for visitors who only look');
}

/** Environment of the scenario for these flags; flags that were not given leave the scenario's own defaults. */
export function settingsOf(flags: LoadFlags): Record<string, string> {
  return Object.fromEntries(
    Object.entries(FLAG_OF_SETTING).flatMap(([name, flag]) => {
      const value = flags[flag];
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
}
