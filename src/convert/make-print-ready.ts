/** From the documents of a job to what the engine takes: PostScript goes through as it is, everything else stays off the paper. */

import { documentFormatWords } from '#vocab/document-formats.js';
import type { ContentStore, Job, JobDocument, PrintReady, PrintReadyDocument } from '#vocab/line.js';
import { PostScriptScanner } from '#wire/postscript-scan.js';

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

export async function makePrintReady(
  job: Pick<Job, 'id' | 'description' | 'documents'>,
  content: ContentStore,
): Promise<Conversion> {
  const documents: PrintReadyDocument[] = [];
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
      name: document.name,
      format: 'application/postscript',
      content: document.content,
      ...program,
    });
  }
  const pagesExpected = total(pageCounts);
  const ready = { jobId: job.id, description: job.description, documents, pagesExpected };
  return { ready: documents.length > 0 ? ready : null, pagesExpected, notPrinted };
}

/** One document that does not tell its pages makes the sum unknown. */
function total(counts: (number | null)[]): number | null {
  if (counts.length === 0) return null;
  return counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}
