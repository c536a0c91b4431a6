/** Every problem the app answers with: RFC 9457 `type`, status and title. docs/reference/booking-app.md explains each. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request does not match its schema' },
  'payment-declined': { status: 402, title: 'The payment provider declined the card' },
  'loopback-only': { status: 403, title: 'This address is for callers on the same machine' },
  'not-found': { status: 404, title: 'There is no such resource' },
  'slot-taken': { status: 409, title: 'The sitter is booked in this slot' },
  'booking-not-held': { status: 409, title: 'The booking is not held any more' },
  'payment-in-progress': { status: 409, title: 'A payment of this booking is under way' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'not-json': { status: 415, title: 'The body must be application/json' },
  'request-refused': { status: 422, title: 'The request cannot be carried out as it stands' },
  'key-reused': { status: 422, title: 'The Idempotency-Key was used for another request' },
  'internal-error': { status: 500, title: 'The app failed' },
  'provider-failed': { status: 502, title: 'The payment provider did not answer' },
  overloaded: { status: 503, title: 'The app is too busy' },
  'not-ready': { status: 503, title: 'The app takes no traffic now' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemName = keyof typeof PROBLEMS;

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export interface ProblemOptions {
  /** What clients should wait before they try again, seconds. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An error that a client is told of. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly problem: ProblemName;
  readonly retryAfterSeconds: number | undefined;

  /** @param detail one sentence about this occurrence */
  constructor(problem: ProblemName, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.problem = problem;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return PROBLEMS[this.problem].status;
  }
}

/** The body of a problem response. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
}

/** @param instance the path that was asked for */
export const problemBody = (problem: ProblemName, detail: string, instance: string): ProblemBody => ({
  type: `/problems/${problem}`,
  ...PROBLEMS[problem],
  detail,
  instance,
});
