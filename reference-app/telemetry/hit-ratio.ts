import { Gauge, type Registry } from 'prom-client';

/** A count of looks into the cache, with its labels `cache` and `result`. */
export interface Looks {
  readonly labels: Partial<Record<string, string | number>>;
  readonly value: number;
}

/** What has loaded nothing. */
const HITS = new Set<string | number | undefined>(['hit', 'shared']);

/** Adds the share of looks that were hits, which comes from their counts and cannot be added up over processes. */
export function addHitRatio(registry: Registry, looks: () => Promise<readonly Looks[]>): void {
  new Gauge({
    name: 'app_cache_hit_ratio',
    help: 'Share of looks since the start that loaded nothing, 0 to 1',
    labelNames: ['cache'],
    aggregator: 'omit',
    registers: [registry],
    async collect() {
      const sums = new Map<string, { all: number; hits: number }>();
      for (const { labels, value } of await looks()) {
        const sum = sums.get(String(labels.cache)) ?? { all: 0, hits: 0 };
        sum.all += value;
        if (HITS.has(labels.result)) sum.hits += value;
        sums.set(String(labels.cache), sum);
      }
      for (const [cache, { all, hits }] of sums) this.set({ cache }, hits / all);
    },
  });
}
