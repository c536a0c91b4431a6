import { join } from 'node:path';
import { makeResultsFolder } from '../results/document.ts';
import type { Run } from '../results/schema.ts';
import { type RunOutcome, runScenario } from '../run/run.ts';
import type { TargetPermission } from '../run/target.ts';
import { figuresOf } from './figures.ts';
import { HostWatch } from './host.ts';
import type { AbMode, Round } from './schema.ts';
import { type Started, type Subject, startSubject } from './subject.ts';

/** In a duet: a host that is busier lets the slower of two builds slow the other. */
const HOST_BUSY_LIMIT = 0.9;

/** What stays the same in all rounds. */
export interface RoundOptions {
  id: string;
  a: Subject;
  b: Subject;
  mode: AbMode;
  scenario: string;
  settings: Readonly<Record<string, string>>;
  k6: { path: string; version: string };
  /** Folder of the comparison. */
  folder: string;
  cwd: string;
  env: Record<string, string | undefined>;
  permission: TargetPermission;
  audit: boolean;
  /** Most that this machine may be busy in a duet, as a share of its cores. */
  hostBusyLimit?: number;
  signal: AbortSignal;
  now(): number;
  onStatus?: NonNullable<Parameters<typeof runScenario>[0]['onStatus']>;
}

/**
 * Makes one round: a slot of A and one of B, with the same requests for both and fresh processes where commands are given.
 *
 * In a duet A and B have a k6 each, started together and each at the rate that is asked for. One k6 that sends to both in
 * turn would need scenarios that know of two targets; two of them work with any scenario, and each slot is an ordinary
 * run with its own validity and audit. Which k6 starts first is drawn anew for each round, so that neither side has the
 * better phase for long.
 *
 * @param first which side is started first
 * @returns null when it was interrupted
 */
export async function makeRound(
  options: RoundOptions,
  number: number,
  { seed, first }: { seed: number; first: Subject['side'] },
): Promise<Round | null> {
  const startedAt = new Date(options.now()).toISOString();
  const order = first === 'a' ? [options.a, options.b] : [options.b, options.a];
  const watch = new HostWatch();
  let hostBusy = 0;
  const outcomes: { side: Subject['side']; run: Run }[] = [];
  try {
    if (options.mode === 'duet') outcomes.push(...(await duet(options, order, number, seed)));
    else for (const subject of order) outcomes.push(await slot(options, subject, number, seed));
  } finally {
    hostBusy = watch.end();
  }
  const [a, b] = (['a', 'b'] as const).map((side) => outcomes.find((outcome) => outcome.side === side)?.run);
  if (options.signal.aborted || a === undefined || b === undefined) return null;
  return {
    first,
    seed,
    startedAt,
    runs: { a: a.id, b: b.id },
    reasons: [...reasonsOf('a', a), ...reasonsOf('b', b), ...hostReasons(options, hostBusy)],
    hostBusy,
    audit: { a: a.audit?.ok ?? null, b: b.audit?.ok ?? null },
    figures: figuresOf(a, b),
  };
}

async function duet(options: RoundOptions, order: readonly Subject[], number: number, seed: number) {
  const started: { side: Subject['side']; service: Started }[] = [];
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  try {
    const starting = order.map(async (subject) => {
      started.push({ side: subject.side, service: await start(options, subject, number) });
    });
    await Promise.allSettled(starting);
    await Promise.all(starting);
    // In the order of the round, whoever was ready first.
    started.sort((x) => (x.side === order[0]?.side ? -1 : 1));
    const loads = started.map(async ({ side, service }) => {
      const run = await load({ ...options, signal }, side, service.url, number, seed).catch((error: unknown) => {
        // Alone, the other side would be no half of a duet.
        broken.abort(error);
        throw error;
      });
      return { side, run };
    });
    await Promise.allSettled(loads);
    return await Promise.all(loads);
  } finally {
    await Promise.all(started.map(({ service }) => service.stop()));
  }
}

async function slot(options: RoundOptions, subject: Subject, number: number, seed: number) {
  const service = await start(options, subject, number);
  try {
    return { side: subject.side, run: await load(options, subject.side, service.url, number, seed) };
  } finally {
    await service.stop();
  }
}

async function start(options: RoundOptions, subject: Subject, number: number): Promise<Started> {
  const logs = join(options.folder, 'logs');
  await makeResultsFolder(logs);
  return await startSubject(subject, { ...options, logPath: join(logs, `${number}-${subject.side}.log`) });
}

async function load(
  options: RoundOptions,
  side: Subject['side'],
  target: URL,
  number: number,
  seed: number,
): Promise<Run> {
  const { a, b, onStatus } = options;
  // On one and the same service A's bookings would be in B's way: there they want other slots.
  const shared = a.url !== null && a.url.origin === b.url?.origin;
  const outcome: RunOutcome = await runScenario({
    scenario: options.scenario,
    target,
    k6: options.k6,
    seed,
    settings: { ...options.settings, RUN: `${options.id}-${number}${shared ? side : ''}` },
    env: options.env,
    slos: [],
    tags: { ab: options.id, side },
    runsFolder: join(options.folder, 'runs'),
    cwd: options.cwd,
    audit: options.audit,
    signal: options.signal,
    now: options.now,
    ...(side === 'a' && onStatus !== undefined ? { onStatus } : {}),
  });
  return outcome.run;
}

const reasonsOf = (side: Subject['side'], { validity }: Run): Round['reasons'] =>
  validity.reasons.map(({ code, message }) => ({ side, code, message }));

function hostReasons({ mode, hostBusyLimit = HOST_BUSY_LIMIT }: RoundOptions, hostBusy: number): Round['reasons'] {
  if (mode !== 'duet' || hostBusy <= hostBusyLimit) return [];
  const message = 'this machine was too busy for both at once: the slower one slows the other; lower --rate';
  return [{ side: null, code: 'host-saturated', message }];
}
