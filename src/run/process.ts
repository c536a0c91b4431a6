/** What Linux tells of a process on this machine: the target of a soak, seen from outside. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { processUsage } from '../k6/process-usage.ts';
import { PROCESS } from '../soak/signals.ts';
import type { TargetSample } from './scrape.ts';
import { isLoopback } from './target.ts';

/** State of a socket that listens, in /proc/net/tcp (Linux, include/net/tcp_states.h). */
const LISTENS = '0A';
const TICKS_PER_SECOND = 100;
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
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTENS && Number.parseInt(local.split(':').at(-1) ?? '', 16) === port)
        inodes.add(`socket:[${inode}]`);
    }
  }
  if (inodes.size === 0) return null;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids.sort((a, b) => a - b)) {
    if ((await descriptors(pid)).some((link) => inodes.has(link))) return pid;
  }
  return null;
}

/** What each open file descriptor of a process points to; none when it is gone or not ours to read. */
async function descriptors(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  return (await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')))).filter(
    (link) => link !== '',
  );
}

/** The process's memory, file descriptors, sockets and threads now, with their limits; nothing when it is gone. */
export async function lookAtProcess(pid: number): Promise<TargetSample[]> {
  const [usage, links, stat, limits] = await Promise.all([
    processUsage(pid),
    descriptors(pid),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
    readFile(`/proc/${pid}/limits`, 'utf8').catch(() => ''),
  ]);
  if (usage === null) return [];
  const sample = (metric: string, value: number): TargetSample[] =>
    Number.isFinite(value) ? [{ metric, labels: {}, value }] : [];
  // proc(5): behind the command in parentheses, threads and start time are fields 20 and 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const memoryLimit = await memoryLimitOf(pid);
  return [
    ...sample(PROCESS.rss, usage.rssBytes),
    ...(links.length === 0
      ? []
      : [
          ...sample(PROCESS.fileDescriptors, links.length),
          ...sample(PROCESS.sockets, links.filter((link) => link.startsWith('socket:')).length),
        ]),
    ...sample(PROCESS.threads, Number(fields[17] ?? Number.NaN)),
    // Seconds since the machine started: enough to know another process by.
    ...sample(PROCESS.start, Number(fields[19] ?? Number.NaN) / TICKS_PER_SECOND),
    ...sample(PROCESS.fileDescriptorLimit, Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.NaN)),
    ...(memoryLimit === null ? [] : sample(PROCESS.memoryLimit, memoryLimit)),
  ];
}

/** The least memory limit of the cgroups that a process is in, bytes; null without one. */
async function memoryLimitOf(pid: number): Promise<number | null> {
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
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
      const text = await readFile([root, ...parts.slice(0, depth), file].join('/'), 'utf8').catch(() => '');
      const limit = Number(text.trim() || Number.NaN);
      if (Number.isFinite(limit) && limit > 0 && limit < NO_LIMIT) least = Math.min(least ?? limit, limit);
    }
  }
  return least;
}

/** A process that is looked at again and again; one that was found by its port is found again when it was started anew. */
export class ProcessWatch {
  readonly #target: URL;
  readonly #given: number | null;
  #pid: number | null;

  /** @param pid null: the process that listens at the target's port */
  constructor(target: URL, pid: number | null) {
    this.#target = target;
    this.#given = pid;
    this.#pid = pid;
  }

  /** Finds the process. @returns its id, or null when there is none to watch */
  async find(): Promise<number | null> {
    this.#pid = this.#given ?? (await findListener(this.#target));
    return this.#pid;
  }

  async look(): Promise<TargetSample[]> {
    if (this.#pid === null) return [];
    const samples = await lookAtProcess(this.#pid);
    if (samples.length === 0) await this.find();
    return samples;
  }
}
