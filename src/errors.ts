/** Exit codes of every command; `headroom help exit-codes` prints them. */
export const EXIT = {
  pass: 0,
  fail: 1,
  usage: 2,
  invalid: 3,
  inconclusive: 4,
  environment: 5,
  interrupted: 130,
} as const;
/** Exit code of a command: a value of `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Every error a user can meet: its stable code and the exit code it ends a command with. */
export const ERRORS = {
  USAGE: EXIT.usage,
  SETTING_INVALID: EXIT.usage,
  SCENARIO_NOT_FOUND: EXIT.usage,
  SCENARIO_BROKEN: EXIT.usage,
  SLO_FILE_INVALID: EXIT.usage,
  TARGET_NOT_ALLOWED: EXIT.usage,
  RUN_NOT_FOUND: EXIT.usage,
  BASELINE_NOT_FOUND: EXIT.usage,
  BASELINE_MISMATCH: EXIT.usage,
  MERGE_MISMATCH: EXIT.usage,
  LOG_UNREADABLE: EXIT.usage,
  SOURCE_UNREADABLE: EXIT.usage,
  FILE_EXISTS: EXIT.usage,
  ARCHIVE_UNREADABLE: EXIT.usage,
  OUTPUT_NOT_WRITABLE: EXIT.usage,
  BUNDLE_TOO_LARGE: EXIT.usage,
  ARCHIVE_NOT_WRITABLE: EXIT.environment,
  K6_NOT_FOUND: EXIT.environment,
  K6_TOO_OLD: EXIT.environment,
  K6_DOWNLOAD_FAILED: EXIT.environment,
  K6_BUILD_FAILED: EXIT.environment,
  K6_FAILED: EXIT.environment,
  TARGET_UNREACHABLE: EXIT.environment,
  APP_START_FAILED: EXIT.environment,
  COMMAND_FAILED: EXIT.environment,
  INFLUX_FAILED: EXIT.environment,
  STACK_FAILED: EXIT.environment,
  KUBECTL_FAILED: EXIT.environment,
  CLUSTER_RUN_FAILED: EXIT.environment,
  INSTANCES_LOST: EXIT.invalid,
  DEMAND_INVALID: EXIT.usage,
  QUERY_REFUSED: EXIT.usage,
  PROMETHEUS_FAILED: EXIT.environment,
  HISTORY_TOO_SHORT: EXIT.inconclusive,
  NOTIFY_FAILED: EXIT.environment,
  TOO_FEW_LOADS: EXIT.inconclusive,
  NO_LIMIT: EXIT.inconclusive,
} as const satisfies Record<string, ExitCode>;
/** Stable code of an error: a key of `ERRORS`. */
export type ErrorCode = keyof typeof ERRORS;

/**
 * The exit code of a command whose verdict was known when an error came: a verdict that stops a job stays; one that a job may
 * let through gives way to the error.
 */
export function exitCodeAfter(verdict: ExitCode, error: ExitCode): ExitCode {
  return verdict === EXIT.pass || verdict === EXIT.inconclusive ? error : verdict;
}

/** An error for users: one sentence that says what is wrong, one that says what to do. */
export class HeadroomError extends Error {
  readonly code: ErrorCode;
  /** What to do about it, one sentence. */
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HeadroomError';
    this.code = code;
    this.remedy = remedy;
  }

  get exitCode(): ExitCode {
    return ERRORS[this.code];
  }
}
