import { z } from 'zod';
import type { Run } from '../results/schema.ts';

/** `json`: the document below. `slack`: one line of text, as Slack's incoming webhooks take it, and others like them. */
export const FORMATS = ['json', 'slack'] as const;
/** Form of the messages: a value of `FORMATS`. */
export type NotifyFormat = (typeof FORMATS)[number];

/** What is posted in the format `json`. */
export const notificationSchema = z.strictObject({
  schema: z.literal('headroom.notification/1'),
  /** The same whenever this event is sent. */
  id: z.string(),
  event: z.enum(['started', 'objective-broken', 'ended']),
  run: z.string(),
  scenario: z.string(),
  /** Without user, password and query. */
  target: z.string(),
  at: z.iso.datetime(),
  /** The event in a sentence. */
  text: z.string(),
  /** Null until the end. */
  verdict: z.string().nullable(),
  /** Objectives that are broken, by id. */
  broken: z.array(z.string()),
  /** Figures that drift, by id. */
  drifting: z.array(z.string()),
});
/** A message of a soak, as it is posted to a webhook. */
export type Notification = z.infer<typeof notificationSchema>;

type Of = Pick<Run, 'id' | 'scenario' | 'target'>;

function notification(
  { id, scenario, target }: Of,
  event: Notification['event'],
  atMs: number,
  rest: Pick<Notification, 'text'> & Partial<Notification>,
): Notification {
  return {
    schema: 'headroom.notification/1',
    id: `${id}/${event}`,
    event,
    run: id,
    scenario,
    target,
    at: new Date(atMs).toISOString(),
    verdict: null,
    broken: [],
    drifting: [],
    ...rest,
  };
}

export function startedNotification(run: Of, atMs: number): Notification {
  return notification(run, 'started', atMs, { text: `${run.scenario} against ${run.target} has started.` });
}

/** @param objective id of the first that broke */
export function brokenNotification(run: Of, atMs: number, objective: string, because: string): Notification {
  const text = `${run.scenario} against ${run.target}: ${objective} is broken: ${because}.`;
  return notification(run, 'objective-broken', atMs, { text, broken: [objective] });
}

export function endedNotification(run: Run, atMs: number, sentence: string): Notification {
  const text = `${run.scenario} against ${run.target} has ended: ${run.verdict}. ${sentence}`;
  return notification(run, 'ended', atMs, {
    text,
    verdict: run.verdict,
    broken: run.slo.filter(({ ok }) => !ok).map(({ id }) => id),
    drifting: (run.drift ?? []).filter(({ verdict }) => verdict === 'fail').map(({ id }) => id),
  });
}

/** What tells an end of a run from another one, to which it came when it went on. */
export function endOf({ endedAt, verdict }: Pick<Run, 'endedAt' | 'verdict'>): string {
  return `${endedAt} ${verdict}`;
}

const SLACK_ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * What is posted.
 *
 * Source of Slack's form: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and, for what must be
 * escaped, https://docs.slack.dev/messaging/formatting-message-text
 */
export function bodyOf(notification: Notification, format: NotifyFormat): string {
  if (format === 'json') return JSON.stringify(notification);
  const text = notification.text.replaceAll(/[&<>]/g, (char) => SLACK_ENTITIES[char] ?? char);
  return JSON.stringify({ text: `Headroom: ${text} (run ${notification.run})` });
}
