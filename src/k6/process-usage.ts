import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { procText } from './proc-file.ts';

/** What a process has used so far. */
export interface ProcessUsage {
  cpuSeconds: number;
  rssBytes: number;
}

/** Linux counts CPU time in ticks of 10 ms on every platform that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** CPU time and resident memory of a running process; null when it is gone or the platform does not tell. */
export async function processUsage(pid: number): Promise<ProcessUsage | null> {
  try {
    return process.platform === 'linux' ? fromProc(pid) : await fromPs(pid);
  } catch {
    return null;
  }
}

function fromProc(pid: number): ProcessUsage | null {
  const [stat, status] = [procText(`/proc/${pid}/stat`), procText(`/proc/${pid}/status`)];
  // proc(5): the command in parentheses may hold spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(status);
  if (resident === null) return null;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rssBytes: Number(resident[1]) * 1024,
  };
}

async function fromPs(pid: number): Promise<ProcessUsage | null> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'time=,rss=', '-p', String(pid)]);
  const fields = /(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s+(\d+)/.exec(stdout);
  if (fields === null) return null;
  const [, days = 0, hours = 0, minutes, seconds, kilobytes] = fields;
  return {
    cpuSeconds: Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds),
    rssBytes: Number(kilobytes) * 1024,
  };
}
