/** What the server believes of an answer of the process that reads mails: the check, which only the server needs. */
import * as v from 'valibot';
import type { LeftOutKind } from '#vocab/left-out.js';
import type { DocumentFormat, Submission } from '#vocab/line.js';
import type { NoticeKind } from '#vocab/notices.js';
import type { LookAnswer, ReadAnswer } from './read-answers.js';

const nullableText = v.nullable(v.string());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Words, and what only some mails have, are the reader's own business. */
const documentFormat = v.custom<DocumentFormat>((value) => typeof value === 'string');
const leftOutKind = v.custom<LeftOutKind>((value) => typeof value === 'string');
const noticeKind = v.custom<NoticeKind>((value) => typeof value === 'string');
const piece = v.custom<Submission['piece']>((value) => typeof value === 'object');

const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const packed = v.strictObject({ digest, bytes: count, pack: v.string(), at: count });

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
      content: v.object({ digest, bytes: count }),
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
  v.strictObject({ submission, packed: v.array(packed) }),
  v.strictObject({ unreadable: v.string(), stack: nullableText }),
  v.strictObject({ trouble }),
]);

const lookAnswer: v.GenericSchema<unknown, LookAnswer> = v.strictObject({
  header: v.array(v.object({ name: v.string(), value: v.string() })),
});

/** Both throw for anything that is no answer; what lies in a pack must be a document, and in the pack that was named. */
export function parseReadAnswer(answer: unknown, pack: string): ReadAnswer {
  const parsed = v.parse(readAnswer, answer);
  if (!('packed' in parsed)) return parsed;
  for (const content of parsed.packed) {
    const isDocument = parsed.submission.documents.some(
      ({ content: { digest, bytes } }) => digest === content.digest && bytes === content.bytes,
    );
    if (!isDocument || content.pack !== pack)
      throw new Error('a content that is no document, or in a pack that was not named');
  }
  return parsed;
}
export const parseLookAnswer = (answer: unknown): LookAnswer => v.parse(lookAnswer, answer);
