/** What a sender wants to be mailed to a printer, and what of that cannot be. */
import type { Clock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { isMailAddress } from '#base/internet-names.js';
import { maxDescriptionLength, type NoticeKind } from '#vocab/notices.js';
import { type Document, inspectDocument } from './documents.js';

export interface SendRequest {
  /** The printer's address. */
  to: string;
  from: string;
  smtp: { host: string; port: number };
  /** At most 80 characters; the file names when left out. */
  description?: string;
  /** What the sender wants to be told; the printer's default when left out. */
  notify?: readonly NoticeKind[];
  /** The job is held at the printer until it is released. */
  hold?: boolean;
  files: readonly string[];
}

export interface SendContext {
  clock: Clock;
  /** Bytes of the documents sent so far, of all there are. */
  onProgress?: (sentBytes: number, totalBytes: number) => void;
  signal?: AbortSignal;
}

/** Everything that can be known before a mail server is asked. Throws PhaserLinkError with what to do. */
export async function inspectRequest(request: SendRequest): Promise<Document[]> {
  const { to, from, description, files } = request;
  for (const address of [to, from]) {
    if (isMailAddress(address)) continue;
    const text = `${JSON.stringify(address)} is not a mail address; it looks like name@example.com`;
    throw new PhaserLinkError({ code: 'address-invalid', retry: 'permanent', text });
  }
  if (files.length === 0) {
    const text = 'there is nothing to send; name at least one file';
    throw new PhaserLinkError({ code: 'document-missing', retry: 'permanent', text });
  }
  const length = [...(description ?? '')].length;
  if (length > maxDescriptionLength) {
    const text = `the description has ${length} characters; shorten it to ${maxDescriptionLength}`;
    throw new PhaserLinkError({ code: 'description-too-long', retry: 'permanent', text });
  }
  const documents: Document[] = [];
  for (const path of files) documents.push(await inspectDocument(path));
  return documents;
}

export function totalBytes(documents: readonly Document[]): number {
  return documents.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Counts what is read of all documents together. */
export function countProgress({ onProgress }: SendContext, total: number): (bytes: number) => void {
  let sentBytes = 0;
  return (bytes) => {
    sentBytes += bytes;
    onProgress?.(sentBytes, total);
  };
}
