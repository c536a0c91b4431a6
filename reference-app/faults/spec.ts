/** What a fault may be said to strike: the endpoints of the load. */
export const ENDPOINTS = {
  search: 'GET /sitters',
  view: 'GET /sitters/:id',
  book: 'POST /bookings',
  pay: 'POST /payments',
};
export type Endpoint = keyof typeof ENDPOINTS;

/** One fault as it was asked for. */
export type Fault =
  | { readonly kind: 'leak'; readonly text: string; readonly bytesPerSecond: number }
  | {
      readonly kind: 'slow';
      readonly text: string;
      readonly endpoint: Endpoint;
      /** Added to each answer, milliseconds. */
      readonly addedMs: number;
      /** Added to each answer, as a share of the time that it took. */
      readonly addedShare: number;
      /** Begins so long after it was switched on, milliseconds. */
      readonly afterMs: number;
    }
  | { readonly kind: 'errors'; readonly text: string; readonly endpoint: Endpoint; readonly share: number }
  | { readonly kind: 'stall'; readonly text: string; readonly stallMs: number; readonly everyMs: number }
  | { readonly kind: 'drop-shard'; readonly text: string; readonly shard: string }
  | { readonly kind: 'cache-down'; readonly text: string }
  | { readonly kind: 'double-booking'; readonly text: string };
export type FaultKind = Fault['kind'];

/** How each fault is written, for people. */
export const FAULT_FORMS: Readonly<Record<FaultKind, string>> = {
  leak: 'leak=1MB/min',
  slow: 'slow=book:+20ms@10m or slow=search:+10%',
  errors: 'errors=pay:1%',
  stall: 'stall=1s/15s',
  'drop-shard': 'drop-shard=0',
  'cache-down': 'cache-down',
  'double-booking': 'double-booking',
};

/** A fault that is none; the message is one sentence that lists the valid forms. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
}

const BYTES: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9 };
const MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

function milliseconds(text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|min|m|h)$/.exec(text ?? '');
  return match === null ? Number.NaN : Number(match[1]) * (MS[match[2] ?? ''] ?? Number.NaN);
}

const isEndpoint = (text: string | undefined): text is Endpoint => text !== undefined && text in ENDPOINTS;

/** Reads one fault. @throws FaultError */
export function parseFault(text: string): Fault {
  const [kind = '', value = ''] = text.split(/=(.*)/s, 2);
  const fault = parse(kind, value, text);
  if (fault !== null) return fault;
  throw new FaultError(`there is no fault "${text}": valid are ${Object.values(FAULT_FORMS).join(', ')}`);
}

function parse(kind: string, value: string, text: string): Fault | null {
  switch (kind) {
    case 'leak': {
      const match = /^(\d+(?:\.\d+)?)(kB|MB|GB)\/(s|min|h)$/.exec(value);
      const bytes = Number(match?.[1]) * (BYTES[match?.[2] ?? ''] ?? Number.NaN);
      const bytesPerSecond = (bytes * 1_000) / (MS[match?.[3] ?? ''] ?? Number.NaN);
      return bytesPerSecond > 0 ? { kind, text, bytesPerSecond } : null;
    }
    case 'slow': {
      const match = /^(\w+):\+(?:(\d+(?:\.\d+)?)%|([\d.]+m?s))(?:@(\w+))?$/.exec(value);
      const [, endpoint, percent, time, after] = match ?? [];
      const addedMs = time === undefined ? 0 : milliseconds(time);
      const afterMs = after === undefined ? 0 : milliseconds(after);
      if (!isEndpoint(endpoint) || Number.isNaN(addedMs + afterMs)) return null;
      return { kind, text, endpoint, addedMs, addedShare: Number(percent ?? 0) / 100, afterMs };
    }
    case 'errors': {
      const [, endpoint, percent] = /^(\w+):(\d+(?:\.\d+)?)%$/.exec(value) ?? [];
      const share = Number(percent) / 100;
      return isEndpoint(endpoint) && share > 0 && share <= 1 ? { kind, text, endpoint, share } : null;
    }
    case 'stall': {
      const [stallMs, everyMs] = value.split('/', 2).map(milliseconds);
      if (stallMs === undefined || everyMs === undefined) return null;
      return stallMs > 0 && everyMs > stallMs ? { kind, text, stallMs, everyMs } : null;
    }
    case 'drop-shard':
      return /^[0-3]$/.test(value) ? { kind, text, shard: `db${value}` } : null;
    case 'cache-down':
    case 'double-booking':
      return value === '' && text === kind ? { kind, text } : null;
    default:
      return null;
  }
}

/** Reads faults with spaces between. @throws FaultError */
export const parseFaults = (text: string): Fault[] =>
  text
    .split(/\s+/)
    .filter((part) => part !== '')
    .map(parseFault);
