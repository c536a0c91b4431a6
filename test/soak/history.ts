import type { Series } from '../../src/results/registry.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { type Sink, WindowCollector } from '../../src/results/window.ts';
import { DEFAULT_SOAK, SoakHistory, type SoakSettings } from '../../src/soak/index.ts';

/** What a made-up soak does in one second; latencies of one endpoint, values of the target's metrics. */
export interface Second {
  /** Milliseconds of each request of `search`. */
  latencies?: readonly number[];
  failed?: number;
  /** By metric, or metric{label="value"}. */
  target?: Readonly<Record<string, number>>;
}

/** The epoch second at which made-up soaks begin: no whole minute. */
export const BEGIN = 1_800_000_007;

/** A history of so many seconds, through the real collector. Seconds without anything are left out of its windows. */
export async function madeUpHistory(
  seconds: number,
  second: (at: number) => Second | null,
  settings: SoakSettings = DEFAULT_SOAK,
  sinks: readonly Sink[] = [],
): Promise<SoakHistory> {
  const history = new SoakHistory(settings);
  const registry = new SeriesRegistry();
  const windows = new WindowCollector([history, ...sinks]);
  const target = new Map<string, Series>();
  for (let at = 0; at < seconds; at++) {
    const made = second(at);
    if (made === null) continue;
    const ms = 1000 * (BEGIN + at);
    const { latencies = [20], failed = 0 } = made;
    latencies.forEach((value, i) => {
      windows.record(registry.intern('http_reqs', { name: 'search' }), ms, 1);
      windows.record(registry.intern('http_req_duration', { name: 'search' }), ms, value);
      windows.record(registry.intern('http_req_failed', { name: 'search' }), ms, i < failed ? 1 : 0);
    });
    for (const [name, value] of Object.entries(made.target ?? {})) {
      let series = target.get(name);
      if (series === undefined) {
        const [, metric = name, label, text] = /^(\w+)\{(\w+)="(.*)"\}$/.exec(name) ?? [];
        series = registry.intern('target', { metric, ...(label === undefined ? {} : { [label]: text ?? '' }) });
        target.set(name, series);
      }
      windows.record(series, ms, value);
    }
  }
  windows.end();
  await Promise.all([history, ...sinks].map((sink) => sink.close()));
  return history;
}
