/** From the documents of a job to what the engine takes: PostScript goes through as it is, everything else stays off the paper. */

import { documentFormatWords } from '#vocab/document-formats.js';
import type { ContentStore, Job, JobDocument, PrintReady, PrintReadyDocument } from '#vocab/line.js';
import { formatPageSkipper } from '#wire/postscript-job.js';
import { PostScriptScanner } from '#wire/postscript-scan.js';
import { choosePart } from './print-part.js';

export interface Conversion {
  /** Null when no document can be printed. */
  ready: PrintReady | null;
  pagesExpected: number | null;
  /** The documents that stay off the paper: place in the job from 0, and why. */
  notPrinted: { document: number; reason: string }[];
}

/** What this printer takes, in words for senders. */
export const acceptedFormatsText = 'PostScript';

/** Why a document of this format cannot be printed, or null when it can. */
export function whyNotPrintable(document: Pick<JobDocument, 'format'>): string | null {
  if (document.format === 'application/postscript') return null;
  return `it is ${documentFormatWords[document.format]}; this printer accepts ${acceptedFormatsText}`;
}

/** Throws `no-such-page` when only a part is wanted that there is not. */
export async function makePrintReady(
  job: Pick<Job, 'id' | 'description' | 'documents' | 'part'>,
  content: ContentStore,
): Promise<Conversion> {
  const documents: Omit<PrintReadyDocument, 'prologue'>[] = [];
  const pageCounts: (number | null)[] = [];
  const notPrinted: Conversion['notPrinted'] = [];
  for (const [place, document] of job.documents.entries()) {
    const reason = whyNotPrintable(document);
    if (reason !== null) {
      notPrinted.push({ document: place, reason });
      continue;
    }
    const scanner = new PostScriptScanner();
    for await (const chunk of content.read(document.content)) scanner.push(chunk);
    const { pages, ...program } = scanner.end();
    pageCounts.push(pages);
    documents.push({
      place,
      name: document.name,
      format: 'application/postscript',
      content: document.content,
      ...program,
    });
  }
  if (documents.length === 0) return { ready: null, pagesExpected: null, notPrinted };
  const part = choosePart(documents, pageCounts, job.part);
  const ready: PrintReady = {
    jobId: job.id,
    description: job.description,
    documents: part.documents.map(({ document, skipPages }) => ({
      ...document,
      prologue: skipPages === 0 ? '' : formatPageSkipper(skipPages),
    })),
    pagesExpected: part.pagesExpected,
  };
  return { ready, pagesExpected: part.pagesExpected, notPrinted };
}
