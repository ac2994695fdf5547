/** Errors that know their policy: try again or not, and what a stranger may read. */

export type Retry = 'temporary' | 'permanent';

export interface ErrorFacts {
  /** Stable and machine-readable, for example `pop3-login-refused`. */
  code: string;
  retry: Retry;
  /** What happened and what to do next, for the administrator. Never holds a secret. */
  text: string;
  /** What a sender may read; without it a sender reads only "an internal error". */
  publicText?: string;
  cause?: unknown;
}

export class PhaserLinkError extends Error {
  readonly code: string;
  readonly retry: Retry;
  readonly publicText: string;

  constructor(facts: ErrorFacts) {
    super(facts.text, { cause: facts.cause });
    this.name = 'PhaserLinkError';
    this.code = facts.code;
    this.retry = facts.retry;
    this.publicText = facts.publicText ?? 'an internal error';
  }
}

/** A limit with a name was passed: always permanent, always told in the same form. */
export class LimitError extends PhaserLinkError {
  constructor(what: string, limit: number, unit: string) {
    const text = `${what} exceeds the limit of ${limit} ${unit}`;
    super({ code: 'limit-exceeded', retry: 'permanent', text, publicText: text });
  }
}

export function isTemporary(error: unknown): boolean {
  return error instanceof PhaserLinkError && error.retry === 'temporary';
}

/** An error of any kind in one line of words. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorText(error.errors[0]);
  if (error instanceof Error) return error.message;
  return String(error);
}

/** Our own error's stable code, or `internal-error`. */
export function errorCode(error: unknown): string {
  return error instanceof PhaserLinkError ? error.code : 'internal-error';
}

/** Whether a system call failed: the disk's or the network's trouble, and nothing that a mail or a document has done. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/** The `code` of a Node error such as ECONNREFUSED, or undefined; our own codes are none of these. */
export function systemErrorCode(error: unknown): string | undefined {
  if (error instanceof PhaserLinkError) return undefined;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}
