/** A document as a PostScript printer gets it that answers: behind a guard that tells how it ended, and quoted where it must be. */
import { randomBytes } from 'node:crypto';
import type { BackChannelMessage, ContentStore, Delivery, PrintReadyDocument } from '#vocab/line.js';
import { enterTbcp, quoteTbcp } from '#wire/postscript-channel.js';
import { formatDocumentGuard, parseDocumentEnd } from '#wire/postscript-job.js';
import { documentBytes } from './document-bytes.js';
import { hearMessage } from './evidence.js';
import type { DeliveryWatch } from './print-engine.js';

/** What no document can guess: 128 random bits. */
export function newNonce(): string {
  return randomBytes(16).toString('hex');
}

/** Without the end of its job, which is the channel's to say. */
export async function* guardedBytes(
  document: PrintReadyDocument,
  nonce: string,
  content: ContentStore,
): AsyncGenerator<Uint8Array> {
  if (document.hasControlBytes) yield enterTbcp;
  yield Buffer.from(formatDocumentGuard(nonce, document.encapsulated), 'latin1');
  for await (const program of documentBytes(document, content))
    yield document.hasControlBytes ? quoteTbcp(program) : program;
}

/** Sorts one message: the end of a document by its nonce, or something the printer or the document has to say. */
export function hearPostScript(
  delivery: Delivery,
  documentNonces: readonly string[],
  message: BackChannelMessage,
  watch: DeliveryWatch,
): void {
  if (message.fields.phaserlink === undefined) hearMessage(delivery, message, watch);
  else
    for (const [index, nonce] of documentNonces.entries()) {
      const end = parseDocumentEnd(message, nonce);
      if (end !== null) delivery.documents[index] = end;
    }
}
