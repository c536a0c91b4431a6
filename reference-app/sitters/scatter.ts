import { DatabaseUnavailableError, type Shard } from '../database/database.ts';

/**
 * Asks every shard at once and takes the answers that come within `deadlineMs`.
 * @returns the answers, and how many shards gave none
 * @throws the last shard's error when no shard answers
 */
export async function scatter<T>(
  shards: readonly Shard[],
  deadlineMs: number,
  ask: (shard: Shard) => Promise<T>,
): Promise<{ found: T[]; missing: number }> {
  const answers = await Promise.allSettled(shards.map((shard) => inTime(ask(shard), deadlineMs, shard.name)));
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  const unexpected = failures.find((error) => !(error instanceof DatabaseUnavailableError));
  if (unexpected !== undefined || found.length === 0) throw unexpected ?? failures.at(-1);
  return { found, missing: failures.length };
}

async function inTime<T>(answer: Promise<T>, deadlineMs: number, shard: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new DatabaseUnavailableError('statement-timeout', `${shard} did not answer within ${deadlineMs} ms`);
    timer = setTimeout(() => reject(error), deadlineMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
