/** From the documents of a job to what the engine takes: what the printer takes goes through as it is, everything else stays off the paper. */

import { PhaserLinkError } from '#base/errors.js';
import { documentFormatWords } from '#vocab/document-formats.js';
import type {
  ContentStore,
  DocumentFormat,
  Job,
  JobDocument,
  PrintReady,
  PrintReadyDocument,
} from '#vocab/line.js';
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

/** Throws `no-such-page` when only a part is wanted that there is not. */
export async function makePrintReady(
  job: Pick<Job, 'id' | 'description' | 'documents' | 'part'>,
  content: ContentStore,
  accepted: ReadonlySet<DocumentFormat>,
): Promise<Conversion> {
  const documents: Omit<PrintReadyDocument, 'prologue'>[] = [];
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
    documents.push({
      place,
      name: document.name,
      format: document.format,
      content: document.content,
      ...extent,
    });
  }
  if (documents.length === 0) return { ready: null, pagesExpected: null, notPrinted };
  const part = choosePart(documents, pageCounts, job.part);
  const ready: PrintReady = {
    jobId: job.id,
    description: job.description,
    documents: part.documents.map(({ document, skipPages }) => ({
      ...document,
      prologue: skipPages === 0 ? '' : skipper(document, skipPages),
    })),
    pagesExpected: part.pagesExpected,
  };
  return { ready, pagesExpected: part.pagesExpected, notPrinted };
}

/** Only a program can be told not to put its first pages out. */
function skipper({ name, format }: Pick<PrintReadyDocument, 'name' | 'format'>, pages: number): string {
  if (format === 'application/postscript') return formatPageSkipper(pages);
  const text = `${name} can only be printed as a whole: it is ${documentFormatWords[format]}`;
  throw new PhaserLinkError({ code: 'no-such-page', retry: 'permanent', text, publicText: text });
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
