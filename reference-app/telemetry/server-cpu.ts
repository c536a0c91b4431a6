import { readFile } from 'node:fs/promises';

/** Linux counts CPU time in ticks of 10 ms on every platform that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

/**
 * CPU seconds of a process, of its children, and of those of its children that ended: of a PostgreSQL server all that it
 * did, as each connection is a child of the first process. A child that ends while this looks is missed once.
 *
 * @returns null when the process is gone, or where there is no /proc
 */
export async function cpuOfFamily(processId: number): Promise<number | null> {
  try {
    // The head comes first: a child that ends in between must not count twice.
    const own = await timesOf(processId);
    const children = await readFile(`/proc/${processId}/task/${processId}/children`, 'utf8');
    const others = await Promise.all(
      children
        .split(' ')
        .filter((text) => text !== '')
        .map((child) => timesOf(Number(child)).catch(() => 0)),
    );
    return others.reduce((sum, seconds) => sum + seconds, own);
  } catch {
    return null;
  }
}

/** CPU seconds of a process itself, and of its children that ended. */
async function timesOf(processId: number): Promise<number> {
  const stat = await readFile(`/proc/${processId}/stat`, 'utf8');
  // proc(5): the command in parentheses may hold spaces; utime, stime, cutime and cstime are fields 14 to 17.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + Number(value), 0);
  return ticks / TICKS_PER_SECOND;
}
