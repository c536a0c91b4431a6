import { setTimeout as pause } from 'node:timers/promises';
import { K6Source, type LoadSource, type OpenSource } from '../run/source.ts';
import { INSTANCE_TAGS, type InstanceNumber, segmentFlags, tagFlags } from './segments.ts';
import { readStatus } from './status.ts';

/** How often a paused k6 is asked whether it goes. */
const LOOK_MS = 50;

/**
 * One instance of a distributed run: k6 runs its segment, started as k6-operator starts it.
 *
 * @param address where k6's API listens (`0.0.0.0:6565`): k6 waits there until somebody starts it; null starts it at once
 */
export function openInstance(instance: InstanceNumber, runId: string, address: string | null): OpenSource {
  return (options): LoadSource => {
    const waits = address === null ? [] : [`--address=${address}`, '--paused'];
    const source = new K6Source(options, {
      args: [...segmentFlags(instance), ...waits, ...tagFlags(instance, runId)],
      without: INSTANCE_TAGS,
      paused: address !== null,
    });
    if (address !== null) void seeStart(source, ownAddress(address), options.now);
    return source;
  };
}

/** Looks when k6 goes; it ends with k6. */
async function seeStart(source: K6Source, address: string, now: () => number): Promise<void> {
  let over = false;
  void source.ended
    .catch(() => {})
    .finally(() => {
      over = true;
    });
  let last = now();
  for (let waited = false; !over; ) {
    const looked = now();
    const status = await readStatus(address);
    if (status?.paused === true) waited = true;
    else if (status !== null && waited) return source.started((last + looked) / 2);
    last = looked;
    await pause(LOOK_MS, undefined, { ref: false });
  }
}

/** An address that listens everywhere is reached at this machine. */
function ownAddress(address: string): string {
  return address.replace(/^(?:0\.0\.0\.0|\[::\])?:/, '127.0.0.1:');
}
