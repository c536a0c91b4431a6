/** Entry of a process that the primary starts: it does what it is asked, and ends with the primary. */
import type { Socket } from 'node:net';
import { Channel } from './channel.ts';
import type { CONNECTION } from './front.ts';
import type { MemberQuestions, PrimaryQuestions } from './questions.ts';
import { createService, type Service } from './service.ts';

// A signal to the whole group, such as Ctrl-C, is for the primary: it drains, and says when to end.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

let service: Service | undefined;
const begun = (): Service => {
  if (service === undefined) throw new Error('the process has not begun');
  return service;
};

process.on('message', (message: typeof CONNECTION | object, socket?: Socket) => {
  // It may have been closed on its way here.
  if ('connection' in message && socket !== undefined) begun().take(socket);
});

const primary = new Channel<PrimaryQuestions, MemberQuestions>(process, {
  begin: async (assignment) => {
    service = await createService(assignment, primary);
    return { url: service.url };
  },
  metrics: async () => service?.metrics(null) ?? [],
  // What it does not have yet cannot be out of date.
  news: async (news) => service?.news(news) ?? null,
  close: (closure) => begun().close(closure),
  open: (closure) => begun().open(closure),
  assign: (assigned) => begun().assign(assigned),
  // The end may come before the beginning is over.
  drain: async (nothing) => service?.drain(nothing) ?? null,
  stop: async (nothing) => {
    await service?.stop(nothing);
    // The answer goes first; without its channel the process ends.
    setImmediate(() => process.disconnect());
    return null;
  },
});
