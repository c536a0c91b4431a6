/** k6's REST API, as far as starting several instances together needs it. */
import { z } from 'zod';

/** k6's numbers for what it does (execution status, go.k6.io/k6 `lib.ExecutionStatus`). */
const PAUSED_BEFORE_RUN = 4;

const statusSchema = z.object({
  data: z.object({ attributes: z.object({ status: z.int(), paused: z.boolean().nullish() }) }),
});

export interface K6Status {
  /** It waits to be started. */
  ready: boolean;
  paused: boolean;
}

const TIMEOUT_MS = 2_000;

/** What a k6 does now; null when it does not answer. */
export async function readStatus(address: string): Promise<K6Status | null> {
  try {
    const response = await fetch(`http://${address}/v1/status`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { status, paused } = statusSchema.parse(await response.json()).data.attributes;
    return { ready: status === PAUSED_BEFORE_RUN, paused: paused === true };
  } catch {
    return null;
  }
}

/**
 * Starts a paused k6, as k6-operator's starter does.
 *
 * @throws Error when it does not take it
 */
export async function unpause(address: string): Promise<void> {
  const attributes = { status: null, paused: false, stopped: false };
  const response = await fetch(`http://${address}/v1/status`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ data: { type: 'status', id: 'default', attributes } }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`it answers ${response.status}`);
}
