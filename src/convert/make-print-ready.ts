/** From the documents of a job to what the engine takes: what the printer takes goes through as it is, everything else stays off the paper. */

import { documentFormatWords } from '#vocab/document-formats.js';
import type {
  ContentStore,
  DocumentFormat,
  Job,
  JobDocument,
  PrintReady,
  PrintReadyDocument,
} from '#vocab/line.js';
import { PostScriptScanner } from '#wire/postscript-scan.js';

export interface Conversion {
  /** Null when no document can be printed. */
  ready: PrintReady | null;
  pagesExpected: number | null;
  /** The documents that stay off the paper: place in the job from 0, and why. */
  notPrinted: { document: number; reason: string }[];
}

const formatNames: Partial<Record<DocumentFormat, string>> = {
  'application/postscript': 'PostScript',
  'application/pdf': 'PDF',
  'image/jpeg': 'JPEG',
  'image/png': 'PNG',
};

/** Why a document of this format cannot be printed, or null when it can. */
export function whyNotPrintable(
  document: Pick<JobDocument, 'format'>,
  accepted: ReadonlySet<DocumentFormat>,
): string | null {
  if (accepted.has(document.format)) return null;
  return `it is ${documentFormatWords[document.format]}; this printer accepts ${acceptedFormatsText(accepted)}`;
}

/** In words for senders. */
export function acceptedFormatsText(accepted: ReadonlySet<DocumentFormat>): string {
  const names = [...accepted].map((format) => formatNames[format] ?? format);
  return names.length === 0 ? 'none of the formats that come by mail' : names.join(', ');
}

export async function makePrintReady(
  job: Pick<Job, 'id' | 'description' | 'documents'>,
  content: ContentStore,
  accepted: ReadonlySet<DocumentFormat>,
): Promise<Conversion> {
  const documents: PrintReadyDocument[] = [];
  const pageCounts: (number | null)[] = [];
  const notPrinted: Conversion['notPrinted'] = [];
  for (const [place, document] of job.documents.entries()) {
    const reason = whyNotPrintable(document, accepted);
    if (reason !== null) {
      notPrinted.push({ document: place, reason });
      continue;
    }
    const { pages, ...extent } = await findExtent(document, content);
    pageCounts.push(pages);
    documents.push({ name: document.name, format: document.format, content: document.content, ...extent });
  }
  const pagesExpected = total(pageCounts);
  const ready = { jobId: job.id, description: job.description, documents, pagesExpected };
  return { ready: documents.length > 0 ? ready : null, pagesExpected, notPrinted };
}

/** Where the document lies within its content, and how many pages it says it has. */
async function findExtent({ format, content: ref }: JobDocument, content: ContentStore) {
  if (format !== 'application/postscript') {
    return { pages: null, from: 0, to: ref.bytes, hasControlBytes: false, encapsulated: false };
  }
  const scanner = new PostScriptScanner();
  for await (const chunk of content.read(ref)) scanner.push(chunk);
  return scanner.end();
}

/** One document that does not tell its pages makes the sum unknown. */
function total(counts: (number | null)[]): number | null {
  if (counts.length === 0) return null;
  return counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}
