import { z } from 'zod';
import { FAULT_FORMS, parseFaults } from './faults/spec.ts';

/** What people read about a switch. */
export interface SwitchText {
  /** The accepted values. */
  readonly values: string;
  readonly description: string;
}

/** A switch, value or variable that the app does not know; the message is one sentence that lists the valid ones. */
export class SwitchError extends Error {
  override readonly name = 'SwitchError';
}

const texts = z.registry<SwitchText>();
const DAY_MS = 86_400_000;

const integer = (min: number, max: number, fallback: number, description: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .default(fallback)
    .register(texts, { values: `an integer from ${min} to ${max}`, description });

const oneOf = <const T extends readonly [string, ...string[]]>(choices: T, fallback: T[number], description: string) =>
  z
    .enum(choices)
    .default(() => fallback)
    .register(texts, { values: choices.join(' | '), description });

const line = (values: string, fallback: string, description: string) =>
  z.string().min(1).default(fallback).register(texts, { values, description });

const faults = (description: string) =>
  z
    .string()
    .refine((text) => isFaults(text))
    .default('')
    .register(texts, { values: Object.values(FAULT_FORMS).join(', '), description });

function isFaults(text: string): boolean {
  try {
    return parseFaults(text).length > 0;
  } catch {
    return false;
  }
}

/** A time that is the same every time (`fixed`) or drawn from an exponential distribution (`exp`). */
export interface TimeSpec {
  readonly meanMs: number;
  readonly distribution: 'fixed' | 'exp';
}

const time = (maxMs: number, meanMs: number, description: string) =>
  z
    .string()
    .transform((text, context): TimeSpec => {
      const match = /^(\d+(?:\.\d+)?)(?:,(exp|fixed))?$/.exec(text);
      const mean = Number(match?.[1] ?? Number.NaN);
      if (!(mean <= maxMs)) context.addIssue({ code: 'custom', message: 'not a time' });
      return { meanMs: mean, distribution: match?.[2] === 'exp' ? 'exp' : 'fixed' };
    })
    .default({ meanMs, distribution: 'fixed' })
    .register(texts, {
      values: `milliseconds from 0 to ${maxMs}, then ",fixed" (which may be left out) or ",exp"`,
      description,
    });

/** The parts of the app that can be processes of their own. */
export const CONTEXTS = ['users', 'pets', 'search', 'bookings', 'payments', 'notifications'] as const;
export type ContextName = (typeof CONTEXTS)[number];

/** Each process makes ids of its own, told apart by four bits. */
const MOST_PROCESSES = 16;
const SCALE = new RegExp(`^(${CONTEXTS.join('|')})=([1-9]|1[0-6])$`);

const scale = (description: string) =>
  z
    .string()
    .transform((text, context) => {
      const counts: Partial<Record<ContextName, number>> = {};
      for (const part of text.split(',')) {
        const [, name, count] = SCALE.exec(part) ?? [];
        const known = CONTEXTS.find((candidate) => candidate === name);
        if (known === undefined || counts[known] !== undefined)
          context.addIssue({ code: 'custom', message: 'no scale' });
        else counts[known] = Number(count);
      }
      return counts;
    })
    .default({})
    .register(texts, {
      values: `context=processes, with commas between; contexts are ${CONTEXTS.join(', ')}, processes 1 to ${MOST_PROCESSES}`,
      description,
    });

/** Every switch: `--name value` on the command line, `HEADROOM_APP_NAME` in the environment, all in `GET /internal/config`. */
export const switchesSchema = z.object({
  sick: oneOf(['off', 'on'], 'off', 'the app before it was cured: one small pool, no bounds on waiting, no time-outs'),
  port: integer(0, 65_535, 0, 'port to listen on; 0 takes a free one'),
  host: line('a host name or an address', '127.0.0.1', 'address to listen on'),
  users: integer(32, 10_000_000, 10_000, 'users in the seeded world'),
  sitters: integer(32, 1_000_000, 2_000, 'sitters in the seeded world'),
  seed: integer(0, 4_294_967_295, 1, 'seed of the world; the load must use the same'),
  cache: oneOf(
    ['off', 'memory', 'redis'],
    'off',
    'where sitters and search pages are kept; redis is shared by processes',
  ),
  'cache-ttl': integer(1, DAY_MS, 30_000, 'ms for which a value is kept, give or take a tenth'),
  'cache-size': integer(1, 10_000_000, 10_000, 'values that the memory cache keeps'),
  shards: oneOf(['1', '2', '4'], '1', 'databases that the regions are spread over'),
  replicas: oneOf(['0', '1'], '0', 'streaming replicas of each database, which answer reads'),
  pool: integer(1, 500, 10, 'connections to each database that requests share, in each process that answers them'),
  'pool-wait': integer(0, 60_000, 1_000, 'ms that a request waits for a connection before it is answered 503'),
  'statement-timeout': integer(10, 600_000, 2_000, 'ms after which the database cancels a statement'),
  'db-service-time': time(
    60_000,
    0,
    'time for which each statement holds its connection, its own included; stands for a remote database',
  ),
  'provider-time': time(60_000, 20, 'time that the simulated payment provider takes to answer'),
  'hold-time': integer(100, DAY_MS, 600_000, 'ms for which an unpaid booking keeps its slot'),
  fault: faults('what goes wrong from the start; repeatable, and changed later with POST /internal/faults'),
  workers: integer(
    1,
    MOST_PROCESSES,
    1,
    'processes that answer requests; above 1 they share the port, beside one that leads them',
  ),
  split: oneOf(['off', 'on'], 'off', 'each context as a process of its own, over HTTP, behind one that routes'),
  scale: scale('with --split, how many processes a context gets; the others get one'),
  'drain-delay': integer(0, 60_000, 200, 'ms from readiness failing to the listener closing'),
  'drain-timeout': integer(0, 600_000, 10_000, 'ms that requests in flight get to finish'),
  'data-dir': line('a directory', '', 'keep the embedded database here; without it, a temporary directory is used'),
  'log-level': oneOf(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'warn',
    'least severe log line that is written',
  ),
});

/** The value of every switch. */
export type Switches = z.output<typeof switchesSchema>;

/** Longer than any load test waits. */
const FOR_EVER_MS = DAY_MS;

/** The switches as they work: a sick app has a small pool, and waits for ever. */
const effective = (switches: Switches): Switches =>
  switches.sick === 'off'
    ? switches
    : { ...switches, pool: Math.min(switches.pool, 2), 'pool-wait': FOR_EVER_MS, 'statement-timeout': FOR_EVER_MS };

/** Switches that may be given more than once, each time with more. */
const REPEATABLE = new Set(['fault']);

/** Switches that are on when they are named without a value. */
const FLAGS = new Set(['sick', 'split']);

const VARIABLE_PREFIX = 'HEADROOM_APP_';
/** Set by a launcher that keeps the app's standard input open: the app stops when that closes. Not a switch. */
export const PARENT_VARIABLE = 'HEADROOM_APP_PARENT';

/** The environment variable of a switch: `pool-wait` is HEADROOM_APP_POOL_WAIT. */
export const variableOf = (name: string): string => VARIABLE_PREFIX + name.toUpperCase().replaceAll('-', '_');

/** Name, accepted values and description of every switch, in the order in which people read them. */
export function describeSwitches(): ({ name: string } & SwitchText)[] {
  return Object.entries(switchesSchema.shape).map(([name, schema]) => {
    const text = texts.get(schema);
    if (text === undefined) throw new Error(`switch ${name} has no description`);
    return { name, ...text };
  });
}

const names = Object.keys(switchesSchema.shape);

/**
 * Reads switches from arguments and environment; an argument wins over a variable.
 * @throws SwitchError when a switch, a value or a HEADROOM_APP_* variable is not known.
 */
export function parseSwitches(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Switches {
  const given: Record<string, string> = {};
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(VARIABLE_PREFIX) || variable === PARENT_VARIABLE || value === undefined) continue;
    const name = names.find((candidate) => variableOf(candidate) === variable);
    if (name === undefined) {
      throw new SwitchError(`unknown variable ${variable}: valid ones are ${names.map(variableOf).join(', ')}`);
    }
    given[name] = checked(name, variable, value);
  }
  const fromFlags: Record<string, string> = {};
  for (let index = 0; index < argv.length; index++) {
    const [flag = '', inline] = split(argv[index] ?? '');
    const name = flag.slice(2);
    if (!flag.startsWith('--') || !names.includes(name)) {
      throw new SwitchError(`unknown switch ${flag}: valid ones are ${names.map((known) => `--${known}`).join(', ')}`);
    }
    const alone = inline === undefined && FLAGS.has(name) && (argv[index + 1] ?? '--').startsWith('--');
    const value = checked(name, flag, alone ? 'on' : (inline ?? argv[++index]));
    given[name] = REPEATABLE.has(name) && name in fromFlags ? `${fromFlags[name]} ${value}` : value;
    fromFlags[name] = given[name];
  }
  return effective(consistent(switchesSchema.parse(given)));
}

/** @throws SwitchError when switches contradict each other */
function consistent(switches: Switches): Switches {
  const { split, workers, scale } = switches;
  const scaled = Object.keys(scale).length > 0;
  if (split === 'off' && scaled) throw new SwitchError('--scale says how --split is done: valid is --split with it');
  if (split === 'on' && workers > 1) {
    throw new SwitchError('--workers and --split exclude each other: valid is one of them, or --split with --scale');
  }
  const processes = CONTEXTS.reduce((sum, name) => sum + (scale[name] ?? 1), 0);
  if (processes > MOST_PROCESSES) {
    throw new SwitchError(
      `--scale asks for ${processes} processes: valid is ${MOST_PROCESSES} at most, all contexts together`,
    );
  }
  return switches;
}

function split(argument: string): [string, string | undefined] {
  const at = argument.indexOf('=');
  return at < 0 ? [argument, undefined] : [argument.slice(0, at), argument.slice(at + 1)];
}

function checked(name: string, spelling: string, value: string | undefined): string {
  const valid = value !== undefined && switchesSchema.partial().safeParse({ [name]: value }).success;
  if (valid) return value;
  const values = describeSwitches().find((text) => text.name === name)?.values;
  throw new SwitchError(
    `${spelling} ${value === undefined ? 'needs a value' : `does not take "${value}"`}: valid is ${values}`,
  );
}
