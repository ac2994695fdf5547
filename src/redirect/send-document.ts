/** Mails documents to a printer, all in one mail: `phaserlink send`. */
import { readRange } from './documents.js';
import {
  countProgress,
  inspectRequest,
  type SendContext,
  type SendRequest,
  totalBytes,
} from './send-request.js';
import { SmtpDelivery } from './smtp-delivery.js';

export interface SentDocument {
  /** With its angle brackets; `phaserlink why` takes it. */
  messageId: string;
  /** Of the documents, as they are on disk. */
  bytes: number;
  /** The addresses that the mail server took the mail for. */
  accepted: string[];
}

/** Sends all files as one mail, read from disk as it goes. Throws PhaserLinkError with what to do. */
export async function sendDocument(request: SendRequest, context: SendContext): Promise<SentDocument> {
  const documents = await inspectRequest(request);
  const bytes = totalBytes(documents);
  const onRead = countProgress(context, bytes);
  const lines = documents.map((document) => `  ${document.name} (${document.bytes} bytes)`);
  const what = documents.length === 1 ? 'one document' : `${documents.length} documents`;
  const delivery = new SmtpDelivery(request, context, false);
  try {
    const sent = await delivery.send({
      names: documents.map(({ name }) => name).join(', '),
      text: `To be printed, ${what}:\n\n${lines.join('\n')}\n`,
      attachments: documents.map((document) => ({
        filename: document.name,
        contentType: document.contentType,
        contentTransferEncoding: 'base64' as const,
        content: readRange(document.path, { from: 0, bytes: document.bytes, digest: null }, onRead),
      })),
      bytes,
    });
    return { messageId: sent.messageId, bytes, accepted: sent.accepted };
  } finally {
    delivery.close();
  }
}
