/** What Linux tells of a process on this machine: the target of a soak, seen from outside. */
import { readdirSync, readlinkSync } from 'node:fs';
import { setImmediate as others } from 'node:timers/promises';
import { procText } from '../k6/proc-file.ts';
import { processUsage } from '../k6/process-usage.ts';
import { PROCESS } from '../soak/signals.ts';
import type { TargetSample } from './scrape.ts';
import { isLoopback } from './target.ts';

/** State of a socket that listens, in /proc/net/tcp (Linux, include/net/tcp_states.h). */
const LISTENS = '0A';
const TICKS_PER_SECOND = 100;
/** Descriptors that are looked at in one go: about a millisecond. */
const LINKS_AT_ONCE = 256;
/** cgroup v1 says "no limit" with a number near 2^63. */
const NO_LIMIT = 2 ** 60;

/**
 * The process that listens at the port of a target on this machine; of several, the oldest. Null for other targets, on other
 * systems than Linux, and where its files may not be read.
 */
export async function findListener(target: URL): Promise<number | null> {
  if (process.platform !== 'linux' || !isLoopback(target.hostname)) return null;
  const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80));
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of procText(table).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTENS && Number.parseInt(local.split(':').at(-1) ?? '', 16) === port)
        inodes.add(`socket:[${inode}]`);
    }
  }
  if (inodes.size === 0) return null;
  for (const pid of processes().sort((a, b) => a - b)) {
    if ((await descriptors(pid)).some((link) => inodes.has(link))) return pid;
  }
  return null;
}

const processes = (): number[] =>
  namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** What each open file descriptor of a process points to; none when it is gone or not ours to read. */
async function descriptors(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const links: string[] = [];
  // Not by threads: each would keep memory for the longest path there can be.
  for (const [i, name] of namesIn(folder).entries()) {
    if (i % LINKS_AT_ONCE === LINKS_AT_ONCE - 1) await others();
    const link = linkAt(`${folder}/${name}`);
    if (link !== '') links.push(link);
  }
  return links;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** When a process started, in seconds since the machine did; null when it is gone, or this is no Linux. */
export function startOf(pid: number): number | null {
  return statOf(pid)?.start ?? null;
}

/** Of /proc/<pid>/stat what is needed here. Source: proc(5); behind the command in parentheses, field 3 comes first. */
function statOf(pid: number): { parent: number; threads: number; start: number } | null {
  const text = procText(`/proc/${pid}/stat`);
  if (text === '') return null;
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [parent, threads, ticks] = [fields[1], fields[17], fields[19]];
  if (parent === undefined || threads === undefined || ticks === undefined) return null;
  return { parent, threads, start: ticks / TICKS_PER_SECOND };
}

/** Processes with all that they have started and that runs now; Headroom itself has started k6, which is no part of a target. */
export function withChildren(pids: readonly number[]): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const pid of processes()) {
    const parent = statOf(pid)?.parent;
    if (parent === undefined || parent === process.pid || pid === process.pid) continue;
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid]);
  }
  const tree = new Set<number>();
  const waiting = [...pids];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    if (tree.has(pid)) continue;
    tree.add(pid);
    waiting.push(...(childrenOf.get(pid) ?? []));
  }
  return [...tree];
}

/** What several processes use together; when they started is when the last of those that are named did. */
export async function lookAtProcesses(pids: readonly number[]): Promise<TargetSample[]> {
  const named = await Promise.all([...new Set(pids)].map(lookAtProcess));
  // Without one of them the sum would be of something else.
  if (named.some((samples) => samples.length === 0)) return [];
  const started = withChildren(pids).filter((pid) => !pids.includes(pid));
  const byMetric = new Map<string, number[]>();
  const take = (samples: readonly TargetSample[], without: readonly string[]): void => {
    for (const { metric, value } of samples) {
      if (!without.includes(metric)) byMetric.set(metric, [...(byMetric.get(metric) ?? []), value]);
    }
  };
  for (const samples of named) take(samples, []);
  for (const samples of await Promise.all(started.map(lookAtProcess))) take(samples, [PROCESS.start]);
  return [...byMetric].map(([metric, values]) => ({ metric, labels: {}, value: together(metric, values) }));
}

function together(metric: string, values: readonly number[]): number {
  if (metric === PROCESS.start) return Math.max(...values);
  if (metric === PROCESS.memoryLimit) return Math.min(...values);
  return values.reduce((sum, value) => sum + value, 0);
}

/** The process's memory, file descriptors, sockets and threads now, with their limits; nothing when it is gone. */
export async function lookAtProcess(pid: number): Promise<TargetSample[]> {
  const [usage, links] = await Promise.all([processUsage(pid), descriptors(pid)]);
  const [stat, limits] = [statOf(pid), procText(`/proc/${pid}/limits`)];
  if (usage === null) return [];
  const sample = (metric: string, value: number): TargetSample[] =>
    Number.isFinite(value) ? [{ metric, labels: {}, value }] : [];
  const memoryLimit = memoryLimitOf(pid);
  return [
    ...sample(PROCESS.rss, usage.rssBytes),
    ...(links.length === 0
      ? []
      : [
          ...sample(PROCESS.fileDescriptors, links.length),
          ...sample(PROCESS.sockets, links.filter((link) => link.startsWith('socket:')).length),
        ]),
    ...sample(PROCESS.threads, stat?.threads ?? Number.NaN),
    // Seconds since the machine started: enough to know another process by.
    ...sample(PROCESS.start, stat?.start ?? Number.NaN),
    ...sample(PROCESS.fileDescriptorLimit, Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.NaN)),
    ...(memoryLimit === null ? [] : sample(PROCESS.memoryLimit, memoryLimit)),
  ];
}

/** The least memory limit of the cgroups that a process is in, bytes; null without one. */
function memoryLimitOf(pid: number): number | null {
  const groups = procText(`/proc/${pid}/cgroup`);
  let least: number | null = null;
  for (const line of groups.split('\n')) {
    const [, controllers, path = ''] = line.split(':');
    const [root, file] =
      controllers === ''
        ? ['/sys/fs/cgroup', 'memory.max']
        : controllers?.split(',').includes('memory') === true
          ? ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes']
          : ['', ''];
    if (root === '') continue;
    const parts = path.split('/').filter((part) => part !== '' && part !== '..');
    for (let depth = parts.length; depth >= 0; depth--) {
      const text = procText([root, ...parts.slice(0, depth), file].join('/'));
      const limit = Number(text.trim() || Number.NaN);
      if (Number.isFinite(limit) && limit > 0 && limit < NO_LIMIT) least = Math.min(least ?? limit, limit);
    }
  }
  return least;
}

/**
 * Processes that are looked at again and again, with all that they start; one that was found by its port is found again when it
 * was started anew.
 */
export class ProcessWatch {
  readonly #target: URL;
  readonly #given: readonly number[] | null;
  #pids: readonly number[];

  /** @param pids none: the process that listens at the target's port; null: no process at all */
  constructor(target: URL, pids: readonly number[] | null) {
    this.#target = target;
    this.#given = pids;
    this.#pids = pids ?? [];
  }

  /** Finds the processes. @returns their ids */
  async find(): Promise<readonly number[]> {
    if (this.#given?.length !== 0) return this.#pids;
    const found = await findListener(this.#target);
    this.#pids = found === null ? [] : [found];
    return this.#pids;
  }

  async look(): Promise<TargetSample[]> {
    if (this.#pids.length === 0) return [];
    const samples = await lookAtProcesses(this.#pids);
    if (samples.length === 0) await this.find();
    return samples;
  }
}
