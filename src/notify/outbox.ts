import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export const OUTBOX_FILE = 'outbox.ndjson';

const messageSchema = z.strictObject({
  id: z.string(),
  at: z.iso.datetime(),
  /** What is sent, as JSON text. */
  body: z.string(),
  /** Of an `ended`: when the run ended, and its verdict. */
  end: z.string().optional(),
});
/** A message that is to be sent once. */
export type OutboxMessage = z.infer<typeof messageSchema>;
const deliveredSchema = z.strictObject({ delivered: z.string(), at: z.iso.datetime() });

/** The lines of outbox.ndjson, as docs/reference/soak.md describes them. */
export const OUTBOX_LINES = { message: messageSchema, delivered: deliveredSchema };

/**
 * The messages of a run, written down before they are sent: a crash loses none, and none is written twice, as each event of
 * a run has one id. What was acknowledged is written down too, and not sent again.
 */
export class Outbox {
  readonly #path: string;
  readonly #messages = new Map<string, OutboxMessage>();
  readonly #delivered = new Set<string>();
  #endsWithLine = true;

  /** @param folder of the run, which exists; an outbox that is there already goes on */
  constructor(folder: string) {
    this.#path = join(folder, OUTBOX_FILE);
    const text = readIfThere(this.#path);
    this.#endsWithLine = text === '' || text.endsWith('\n');
    for (const line of text.split('\n')) {
      const document = parse(line);
      const message = messageSchema.safeParse(document);
      if (message.success) this.#messages.set(message.data.id, message.data);
      const delivered = deliveredSchema.safeParse(document);
      if (delivered.success) this.#delivered.add(delivered.data.delivered);
    }
  }

  /**
   * Writes a message down, on the disk when this returns.
   *
   * @returns false when a message with this id is there already
   * @throws Error when the disk does not take it
   */
  add(message: OutboxMessage): boolean {
    if (this.#messages.has(message.id)) return false;
    this.#append(message);
    this.#messages.set(message.id, message);
    return true;
  }

  /** Whether a message with this id was written down. */
  has(id: string): boolean {
    return this.#messages.has(id);
  }

  /** Whether this end of the run was written down. */
  hasEnd(end: string): boolean {
    return [...this.#messages.values()].some(({ id, at, end: told }) => {
      if (told !== undefined) return told === end;
      // An older Headroom did not say which end: it told of what had just been.
      return /\/ended(?:\/\d+)?$/.test(id) && at >= end.slice(0, at.length);
    });
  }

  /** Notes that a message was acknowledged. */
  acknowledge(id: string, at: string): void {
    this.#delivered.add(id);
    this.#append({ delivered: id, at });
  }

  /** What was not acknowledged, in the order in which it was written. */
  pending(): OutboxMessage[] {
    return [...this.#messages.values()].filter(({ id }) => !this.#delivered.has(id));
  }

  #append(document: unknown): void {
    const file = openSync(this.#path, 'a', 0o600);
    try {
      // A crash may have left half a line: it must not swallow this one.
      writeSync(file, `${this.#endsWithLine ? '' : '\n'}${JSON.stringify(document)}\n`);
      this.#endsWithLine = true;
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
