/** What is asked of the process that reads mails, and what it may answer; both sides of its channel hold to it. */
import * as v from 'valibot';
import { isSystemError, LimitError, PhaserLinkError, systemErrorCode } from '#base/errors.js';
import type { LeftOutKind } from '#vocab/left-out.js';
import type { DocumentFormat, HeaderLine, RawMessage, Submission } from '#vocab/line.js';
import type { NoticeKind } from '#vocab/notices.js';

export interface ReadQuestion {
  /** To read the mail, or only to look at the header of one that cannot be read. */
  task: 'read' | 'look';
  message: RawMessage;
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
  | { submission: Submission }
  /** Why the mail cannot be read; `stack` for whoever mends the reader. */
  | { unreadable: string; stack: string | null }
  | { trouble: Trouble };

export interface LookAnswer {
  header: HeaderLine[];
}

const nullableText = v.nullable(v.string());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Words, and what only some mails have, are the reader's own business. */
const documentFormat = v.custom<DocumentFormat>((value) => typeof value === 'string');
const leftOutKind = v.custom<LeftOutKind>((value) => typeof value === 'string');
const noticeKind = v.custom<NoticeKind>((value) => typeof value === 'string');
const piece = v.custom<Submission['piece']>((value) => typeof value === 'object');

/** Loose: whatever else a submission holds passes as it is. */
const submission: v.GenericSchema<unknown, Submission> = v.looseObject({
  sender: nullableText,
  senderProblem: nullableText,
  messageId: nullableText,
  description: v.string(),
  notify: v.array(noticeKind),
  hold: v.boolean(),
  reply: v.nullable(v.object({ references: v.array(v.string()), token: nullableText, text: v.string() })),
  automatic: nullableText,
  piece,
  documents: v.array(
    v.looseObject({
      name: v.string(),
      format: documentFormat,
      content: v.object({ digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), bytes: count }),
    }),
  ),
  leftOut: v.array(
    v.looseObject({
      name: v.string(),
      mediaType: v.string(),
      bytes: count,
      kind: leftOutKind,
      reason: v.string(),
    }),
  ),
  tooMuch: nullableText,
});

const trouble = v.object({
  text: v.string(),
  code: nullableText,
  retry: v.nullable(v.picklist(['temporary', 'permanent'])),
  syscall: nullableText,
  publicText: nullableText,
});

const readAnswer: v.GenericSchema<unknown, ReadAnswer> = v.union([
  v.strictObject({ submission }),
  v.strictObject({ unreadable: v.string(), stack: nullableText }),
  v.strictObject({ trouble }),
]);

const lookAnswer: v.GenericSchema<unknown, LookAnswer> = v.strictObject({
  header: v.array(v.object({ name: v.string(), value: v.string() })),
});

/** Both throw for anything that is no answer. */
export const parseReadAnswer = (answer: unknown): ReadAnswer => v.parse(readAnswer, answer);
export const parseLookAnswer = (answer: unknown): LookAnswer => v.parse(lookAnswer, answer);

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
