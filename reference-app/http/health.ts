import { z } from 'zod';
import type { HttpApp } from './app.ts';
import { Problem } from './problems.ts';

/** Why the app takes no traffic, or undefined when it does. */
export type Readiness = () => Promise<string | undefined>;

/** Liveness, which looks at nothing but the process, and readiness, which looks at what requests need. */
export function healthRoutes(app: HttpApp, notReady: Readiness): void {
  const live = z.object({ status: z.literal('live') });
  const liveSchema = { tags: ['health'], summary: 'The process answers', response: { 200: live } };
  app.get('/health/live', { schema: liveSchema }, async () => ({ status: 'live' as const }));

  const ready = z.object({ status: z.literal('ready') });
  const readySchema = {
    tags: ['health'],
    summary: 'The app takes traffic: its databases answer and it does not drain',
    response: { 200: ready },
    problems: ['not-ready'] as const,
  };
  app.get('/health/ready', { schema: readySchema }, async () => {
    const reason = await notReady();
    if (reason !== undefined) throw new Problem('not-ready', reason, { retryAfterSeconds: 1 });
    return { status: 'ready' as const };
  });
}
