/** Reads a mail into a Submission: its documents go into the spool, the rest is accounted for. */
import { LimitError } from '#base/errors.js';
import type { ContentStore, LeftOutPart, RawMessage, Submission, SubmittedDocument } from '#vocab/line.js';
import { chooseDocuments, isCopy } from './choose-documents.js';
import { formatBySender } from './classify-part.js';
import { describeSubmission } from './describe-submission.js';
import type { LeftOutWhy } from './leave-out-rules.js';
import { type FoundPart, MailReading } from './mail-reading.js';
import { MailWay } from './mail-way.js';
import { bytesOf } from './message-bytes.js';
import { displayMediaType, partName } from './part-head.js';
import { PartReader } from './part-reader.js';

const maxDocuments = 50;

const copy: LeftOutWhy = { kind: 'copy', reason: 'it is in the mail once more, byte for byte' };

/**
 * A mail that passes a limit behind its own header becomes a submission without documents that says so; one whose header
 * does throws LimitError. What was written of the documents is forgotten then.
 */
export async function readMessage(message: RawMessage, content: ContentStore): Promise<Submission> {
  const reading = new MailReading(content, (within, head) => new PartReader(within, head));
  try {
    const mail = new MailWay(reading, null);
    for await (const chunk of bytesOf(message, content)) await mail.write(asBuffer(chunk));
    await mail.end();
    return message.tooLarge === null ? await makeSubmission(reading) : nothingOf(reading, message.tooLarge);
  } catch (error) {
    if (!(error instanceof LimitError) || !reading.isBegun) throw error;
    return nothingOf(reading, error.publicText);
  } finally {
    await reading.discard();
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Nothing is committed before all is known, so that a mail that fails half-way leaves nothing. */
async function makeSubmission(reading: MailReading): Promise<Submission> {
  settleFiles(reading);
  const kept: { name: string | null; document: Omit<SubmittedDocument, 'name'> }[] = [];
  const leftOut: LeftOutPart[] = [];
  for (const part of reading.parts) {
    const { finding } = part;
    if (finding?.is === 'left-out') leftOut.push(describeLeftOut(part, finding));
    if (finding?.is !== 'file') continue;
    const name = partName(part.head);
    const content = await finding.writer.commit();
    const earlier = kept.find((one) => isCopy({ name, content }, { name: one.name, ...one.document }));
    if (earlier === undefined) {
      kept.push({ name, document: { format: finding.format, content } });
    } else {
      earlier.name ??= name;
      leftOut.push(describeLeftOut(part, copy));
    }
  }
  const documents = kept.map(({ name, document }, index) => ({
    name: name ?? `document ${index + 1}`,
    ...document,
  }));
  return { ...describe(reading), tooMuch: null, documents, leftOut };
}

function nothingOf(reading: MailReading, tooMuch: string): Submission {
  return { ...describe(reading), tooMuch, documents: [], leftOut: [] };
}

function describe({ message, letter }: MailReading) {
  return describeSubmission(message, letter.text());
}

/** Decides which of the files are documents; the others are left out like what was known to be no document before. */
function settleFiles({ parts, shown }: MailReading): void {
  const files = parts.flatMap((part) => (part.finding?.is === 'file' ? { part, finding: part.finding } : []));
  for (const { part, finding } of files) finding.format = formatBySender(finding.format, part.head);
  const chosen = chooseDocuments(
    files.map(({ part: { head, bytes }, finding: { format, picture } }) => ({
      head,
      bytes,
      format,
      picture,
    })),
    shown,
  );
  const documents = chosen.filter((why) => why === null).length;
  if (documents > maxDocuments) throw new LimitError('a mail', maxDocuments, 'documents');
  for (const [index, { part }] of files.entries()) {
    const why = chosen[index];
    if (why) part.finding = { is: 'left-out', ...why };
  }
}

function describeLeftOut({ head, bytes }: FoundPart, { kind, reason }: LeftOutWhy): LeftOutPart {
  const name = partName(head) ?? (kind === 'letter' ? 'letter' : 'unnamed');
  return { name, mediaType: displayMediaType(head), bytes, kind, reason };
}
