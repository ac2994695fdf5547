/** Reads a mail out of the spool into a Submission: its documents go back into the spool, the rest is accounted for. */
import { LimitError } from '#base/errors.js';
import type { ContentStore, LeftOutPart, RawMessage, Submission, SubmittedDocument } from '#vocab/line.js';
import { chooseDocuments, isCopy } from './choose-documents.js';
import { formatBySender } from './classify-part.js';
import { describeSubmission } from './describe-submission.js';
import type { LeftOutWhy } from './leave-out-rules.js';
import { MailWay } from './mail-way.js';
import { displayMediaType, partName } from './part-head.js';
import { PartReader } from './part-reader.js';
import { type Finding, type FoundPart, Reading } from './reading.js';

const maxDocuments = 50;

/**
 * A mail that passes a limit behind its own header becomes a submission without documents that says so; one whose header
 * does throws LimitError. What was written of the documents is forgotten then.
 */
export async function readMessage(message: RawMessage, content: ContentStore): Promise<Submission> {
  const reading = new Reading(content, (within, head) => new PartReader(within, head));
  try {
    const mail = new MailWay(reading, null);
    for await (const chunk of content.read(message.content)) await mail.write(asBuffer(chunk));
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

type FilePart = FoundPart & { finding: Finding & { is: 'file' } };

/** Nothing is committed before all is known, so that a mail that fails half-way leaves nothing. */
async function makeSubmission(reading: Reading): Promise<Submission> {
  const decisions = chooseFiles(reading);
  const kept: { name: string | null; document: Omit<SubmittedDocument, 'name'> }[] = [];
  const leftOut: LeftOutPart[] = [];
  for (const part of reading.parts) {
    const { finding } = part;
    if (finding === null) continue;
    const why = finding.is === 'left-out' ? finding : (decisions.get(part) ?? null);
    if (finding.is === 'left-out' || why !== null) {
      if (why !== null) leftOut.push(describeLeftOut(part, why));
      continue;
    }
    const name = partName(part.head);
    const content = await finding.writer.commit();
    const copy = kept.find(({ name: other, document }) =>
      isCopy({ name, digest: content.digest }, { name: other, digest: document.content.digest }),
    );
    if (copy === undefined) kept.push({ name, document: { format: finding.format, content } });
    else {
      copy.name ??= name;
      leftOut.push(
        describeLeftOut(part, { kind: 'copy', reason: 'it is in the mail once more, byte for byte' }),
      );
    }
  }
  const documents = kept.map(({ name, document }, index) => ({
    name: name ?? `document ${index + 1}`,
    ...document,
  }));
  return { ...describeSubmission(reading.message), tooMuch: null, documents, leftOut };
}

function nothingOf(reading: Reading, tooMuch: string): Submission {
  return { ...describeSubmission(reading.message), tooMuch, documents: [], leftOut: [] };
}

/** Why each file that is no document is left out. */
function chooseFiles({ parts, shown }: Reading): Map<FoundPart, LeftOutWhy> {
  const files = parts.filter((part): part is FilePart => part.finding?.is === 'file');
  for (const { head, finding } of files) finding.format = formatBySender(finding.format, head);
  const chosen = chooseDocuments(
    files.map(({ head, bytes, finding: { format, picture } }) => ({ head, bytes, format, picture })),
    shown,
  );
  const decisions = new Map<FoundPart, LeftOutWhy>();
  for (const [index, part] of files.entries()) {
    const why = chosen[index];
    if (why) decisions.set(part, why);
  }
  if (files.length - decisions.size > maxDocuments) throw new LimitError('a mail', maxDocuments, 'documents');
  return decisions;
}

function describeLeftOut({ head, bytes }: FoundPart, { kind, reason }: LeftOutWhy): LeftOutPart {
  const name = partName(head) ?? (kind === 'letter' ? 'letter' : 'unnamed');
  return { name, mediaType: displayMediaType(head), bytes, kind, reason };
}
