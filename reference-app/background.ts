import type { Logger } from 'pino';

/** Work that is done again and again until it is stopped. */
export interface BackgroundTask {
  /** Resolves when the round that is running has ended. */
  stop(): Promise<void>;
}

/** Runs `work` every `intervalMs`, one round at a time; a round that fails is logged and the next one tries again. */
export function runEvery(intervalMs: number, name: string, log: Logger, work: () => Promise<unknown>): BackgroundTask {
  let timer: NodeJS.Timeout;
  let round = Promise.resolve();
  let stopped = false;
  const next = () => {
    timer = setTimeout(() => {
      round = run();
    }, intervalMs);
  };
  const run = async () => {
    try {
      await work();
    } catch (error) {
      log.warn({ err: error, task: name }, 'background task failed');
    }
    if (!stopped) next();
  };
  next();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
