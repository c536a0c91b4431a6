import type { Slo } from '../gate/slo.ts';
import type { LiveStatus } from '../run/live.ts';

/** Why a trial was ended before its time. */
export interface Alarm {
  /** A clause: `12 % of the requests failed`. */
  why: string;
  /** Observed ÷ objective. */
  severity: number;
  slo: string;
  endpoint: string;
}

type Seen = Pick<LiveStatus, 'errorRate' | 'p95'>;

/** Errors explode at so many times what an objective allows, within bounds: the errors are those of all endpoints. */
const ERROR_FACTOR = 10;
const ERROR_BOUNDS = { low: 0.1, high: 0.3 };
/** Latency is far beyond at so many times its objective. */
const LATENCY_FACTOR = 4;
/** Looks in a row, a second each, that must find the same. Each sees the last five seconds: a pause of two is no end. */
const LOOKS = 8;

/** Looks at a trial once a second, and says when going on would harm the target and tell nothing new. */
export class Guard {
  readonly #slos: readonly Slo[];
  #looks = 0;

  /** @param slos all of the objectives, whether trials are long enough to judge them or not */
  constructor(slos: readonly Slo[]) {
    this.#slos = slos;
  }

  /** @returns why the trial should end now, or null */
  look(seen: Seen): Alarm | null {
    const alarm = this.#errors(seen) ?? this.#latency(seen);
    this.#looks = alarm === null ? 0 : this.#looks + 1;
    return this.#looks >= LOOKS ? alarm : null;
  }

  #errors({ errorRate }: Seen): Alarm | null {
    let strictest = { slo: 'errors', endpoint: 'all', share: ERROR_BOUNDS.high / ERROR_FACTOR };
    for (const slo of this.#slos) {
      if (slo.metric !== 'errorRate' && slo.metric !== 'successRate') continue;
      const [endpoint, share] = slo.metric === 'errorRate' ? [slo.endpoint, slo.max] : [slo.journey, 1 - slo.min];
      if (share < strictest.share) strictest = { slo: `${endpoint}.${slo.metric}`, endpoint, share };
    }
    const { low, high } = ERROR_BOUNDS;
    if (errorRate < Math.min(high, Math.max(low, ERROR_FACTOR * strictest.share))) return null;
    return {
      why: `${Math.round(errorRate * 100)} % of the requests failed`,
      severity: errorRate / Math.max(strictest.share, errorRate / 1e6),
      slo: strictest.slo,
      endpoint: strictest.endpoint,
    };
  }

  #latency({ p95 }: Seen): Alarm | null {
    for (const slo of this.#slos) {
      if (slo.metric === 'errorRate' || slo.metric === 'successRate' || slo.metric === 'p50') continue;
      const observed = p95.find(({ endpoint }) => endpoint === slo.endpoint)?.ms ?? 0;
      if (observed < LATENCY_FACTOR * slo.max) continue;
      return {
        why: `the p95 of ${slo.endpoint} was ${Math.round(observed)} ms, where its ${slo.metric} may be ${slo.max} ms`,
        severity: observed / slo.max,
        slo: `${slo.endpoint}.${slo.metric}`,
        endpoint: slo.endpoint,
      };
    }
    return null;
  }
}
