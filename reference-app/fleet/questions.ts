import type { Closure } from '../database/passage.ts';
import type { Server } from '../database/postgres.ts';
import type { Charge, ChargeRequest } from '../payments/provider.ts';
import type { ContextName, Switches } from '../switches.ts';
import type { MetricsSnapshot } from '../telemetry/merged.ts';

/** What a process of the fleet needs to begin. */
export interface Assignment {
  /** Tells its ids from those of the others, 0 to 15. */
  readonly number: number;
  /** Tells ids of this app from those of others on the same databases, 0 to 15. */
  readonly app: number;
  /** Where the other contexts are now, with --split. */
  readonly peers: Peers;
  readonly switches: Switches;
  readonly logLevel: string;
  readonly servers: readonly Server[];
  readonly replicas: readonly Server[];
  /** The logical shards that each server holds now. */
  readonly placement: readonly (readonly number[])[];
  readonly redisUrl: string | null;
  readonly otlpEndpoint: string | null;
  /** Those that are on, as they are written. */
  readonly faults: readonly string[];
}

/** URLs of the processes of each context. */
export type Peers = Partial<Record<ContextName, readonly string[]>>;

/** What all processes must know; of writes before the writer is answered. */
export type News =
  | { readonly kind: 'faults'; readonly faults: readonly string[] }
  | { readonly kind: 'peers'; readonly peers: Peers }
  | { readonly kind: 'written'; readonly database: string; readonly logicalShards: readonly number[] }
  | { readonly kind: 'invalidated'; readonly tags: readonly string[] };

/** A request that only the primary can answer. */
export interface ForwardedRequest {
  readonly method: string;
  readonly url: string;
  readonly remoteAddress: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ForwardedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A question without an answer that matters: that it came is enough. */
type Told<T> = { readonly question: T; readonly answer: null };

/** What the primary asks its members. */
export type MemberQuestions = {
  /** Prepare to answer requests; answered with the URL of the process itself. */
  begin: { question: Assignment; answer: { url: string } };
  metrics: { question: null; answer: MetricsSnapshot };
  news: Told<News>;
  /** Keep out what the closure says, until `open` comes with the same number; answered once none of it is inside. */
  close: Told<{ number: number; closure: Closure }>;
  open: Told<{ number: number }>;
  assign: Told<{ logicalShard: number; to: string }>;
  /** Ask clients to close their connections: the end is near. */
  drain: Told<null>;
  /** Finish what is in flight, and end. */
  stop: Told<null>;
};

/** What members ask the primary. */
export type PrimaryQuestions = {
  forward: { question: ForwardedRequest; answer: ForwardedAnswer };
  /** Told to all other members; answered when they know. */
  news: Told<News>;
  charge: { question: ChargeRequest; answer: Charge };
  settle: { question: { key: string; reference: string }; answer: Charge };
};
