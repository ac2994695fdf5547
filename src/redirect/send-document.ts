/** Mails documents to a printer: `phaserlink send`. */
import { createTransport, type NodemailerError } from 'nodemailer';
import type { Clock } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import { isMailAddress } from '#base/internet-names.js';
import { maxDescriptionLength, type NoticeKind, notifyHeader } from '#vocab/notices.js';
import { type Document, inspectDocument, readDocument } from './documents.js';

/** How long the mail server may take to answer the call. */
const connectTimeoutMs = 30_000;
/** How long it may be silent afterwards; RFC 5321 §4.5.3.2.6 gives ten minutes to the end of the data. */
const silenceTimeoutMs = 600_000;
/** RFC 8314 §3.3: TLS from the first byte. */
const submissionsPort = 465;

export interface SendRequest {
  /** The printer's address. */
  to: string;
  from: string;
  smtp: { host: string; port: number };
  /** At most 80 characters; the file names when left out. */
  description?: string;
  /** What the sender wants to be told; the printer's default when left out. */
  notify?: readonly NoticeKind[];
  files: readonly string[];
}

export interface SendContext {
  clock: Clock;
  /** Bytes of the documents sent so far, of all there are. */
  onProgress?: (sentBytes: number, totalBytes: number) => void;
  signal?: AbortSignal;
}

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
  checkRequest(request);
  const documents: Document[] = [];
  for (const path of request.files) documents.push(await inspectDocument(path));
  const totalBytes = documents.reduce((sum, { bytes }) => sum + bytes, 0);

  const { host, port } = request.smtp;
  const transport = createTransport({
    host,
    port,
    secure: port === submissionsPort,
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const mail = composeMail(request, documents, context, totalBytes);
    const { messageId, accepted } = await transport.sendMail(mail);
    return { messageId, bytes: totalBytes, accepted: accepted.map(String) };
  } catch (error) {
    throw explained(error as NodemailerError, request);
  } finally {
    transport.close();
  }
}

function checkRequest({ to, from, description, files }: SendRequest): void {
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
}

function composeMail(
  { to, from, description, notify, files }: SendRequest,
  documents: readonly Document[],
  { clock, onProgress, signal }: SendContext,
  totalBytes: number,
) {
  let sentBytes = 0;
  const read = (bytes: number) => {
    sentBytes += bytes;
    onProgress?.(sentBytes, totalBytes);
  };
  const names = documents.map(({ name }) => name).join(', ');
  const lines = documents.map(({ name, bytes }) => `  ${name} (${bytes} bytes)`);
  return {
    // As objects: a string would be parsed as a list of addresses.
    from: { name: '', address: from },
    to: { name: '', address: to },
    envelope: {
      from: { name: '', address: from },
      to: { name: '', address: to },
      size: estimateMailBytes(documents),
    },
    date: new Date(clock.now()),
    subject: description ?? [...names].slice(0, maxDescriptionLength).join(''),
    headers: notify === undefined ? {} : { [notifyHeader]: notify.join(',') },
    text: `To be printed, ${files.length === 1 ? 'one document' : `${files.length} documents`}:\n\n${lines.join('\n')}\n`,
    attachments: documents.map((document) => ({
      filename: document.name,
      contentType: document.contentType,
      contentTransferEncoding: 'base64' as const,
      content: readDocument(document, read),
    })),
    signal,
  };
}

/** For the server's SIZE limit (RFC 1870 §6.1 wants an estimate): base64 lines of 76, and the headers. */
function estimateMailBytes(documents: readonly Document[]): number {
  const perPart = 500;
  return documents.reduce((sum, { bytes }) => sum + Math.ceil(bytes / 57) * 78 + perPart, 2 * perPart);
}

/** The mail library's error as one that says who refused what, in the server's own words, and what to do. */
function explained(error: NodemailerError, { to, from, smtp }: SendRequest): PhaserLinkError {
  const server = `the mail server ${smtp.host}:${smtp.port}`;
  const words = error.response ?? errorText(error);
  const facts = (code: string, text: string) => {
    const refusedForGood = (error.responseCode ?? 0) >= 500;
    return new PhaserLinkError({
      code,
      retry: refusedForGood ? 'permanent' : 'temporary',
      text,
      cause: error,
    });
  };
  if (error.command === 'RCPT TO')
    return facts('recipient-refused', `${server} refused the recipient ${to}: ${words}`);
  if (error.command === 'MAIL FROM' && error.responseCode !== undefined) {
    return facts('sender-refused', `${server} refused the sender ${from}: ${words}`);
  }
  // Only the documents are streams.
  if (error.code === 'ESTREAM') return facts('document-changed', `nothing was sent: ${words}; send it again`);
  if (error.code === 'EMESSAGE') return facts('message-refused', `${server} refused the mail: ${words}`);
  if (error.command === 'CONN') {
    return facts(
      'smtp-unreachable',
      `${server} cannot be reached: ${words}; check its name and port, and that it runs`,
    );
  }
  return facts('send-failed', `the mail was not sent by ${server}: ${words}`);
}
