/** What is asked of the process that reads mails, and what it may answer; both sides of its channel hold to it. */
import { isSystemError, LimitError, PhaserLinkError, systemErrorCode } from '#base/errors.js';
import type { HeaderLine, PackedContent, RawMessage, Submission } from '#vocab/line.js';

export interface ReadQuestion {
  /** To read the mail, or only to look at the header of one that cannot be read. */
  task: 'read' | 'look';
  /** The bytes of a small mail come behind the question. */
  message: Omit<RawMessage, 'bytes'>;
  /** Where small contents go. */
  pack: string;
}

/** An error that is not the mail's: the disk is full, the spool is damaged. */
export interface Trouble {
  text: string;
  code: string | null;
  /** Null for a failed system call; `syscall` then names it. */
  retry: 'temporary' | 'permanent' | null;
  syscall: string | null;
  publicText: string | null;
}

export type ReadAnswer =
  /** `packed`: what of it lies in the pack of the question. */
  | { submission: Submission; packed: PackedContent[] }
  /** Why the mail cannot be read; `stack` for whoever mends the reader. */
  | { unreadable: string; stack: string | null }
  | { trouble: Trouble };

export interface LookAnswer {
  header: HeaderLine[];
}

export function describeTrouble(error: PhaserLinkError | NodeJS.ErrnoException): Trouble {
  if (error instanceof PhaserLinkError) {
    const { message: text, code, retry, publicText } = error;
    return { text, code, retry, syscall: null, publicText };
  }
  const { message: text, syscall = null } = error;
  return { text, code: systemErrorCode(error) ?? null, retry: null, syscall, publicText: null };
}

/** The error as it was over there: its code, whether it may pass, and that it was the system's. */
export function troubleError({ text, code, retry, syscall, publicText }: Trouble): Error {
  if (retry === null) return Object.assign(new Error(text), { code, syscall });
  return new PhaserLinkError({ code: code ?? 'unknown', retry, text, publicText: publicText ?? undefined });
}

/** The house's trouble, or null for what the mail has done: a limit, and whatever the reader breaks down with. */
export function houseTrouble(error: unknown): Trouble | null {
  if (error instanceof LimitError) return null;
  if (error instanceof PhaserLinkError) return describeTrouble(error);
  return isSystemError(error) ? describeTrouble(error as NodeJS.ErrnoException) : null;
}
