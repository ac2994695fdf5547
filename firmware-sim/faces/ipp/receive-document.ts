/** Takes a document out of a request: unpacks it, finds out what it is, and spools it; on disk when it resolves. */
import { Readable } from 'node:stream';
import { createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { LimitError, PhaserLinkError } from '#base/errors.js';
import { detectFormat } from '#wire/document-format.js';
import { stringValue } from '#wire/ipp-message.js';
import type { OpenJob } from '../../jobs/job-queue.js';
import { takeAsTheMachineDoes } from '../tcp-face.js';
import { type IppContext, IppRefusal, type IppRequest } from './ipp-context.js';

export const octetStream = 'application/octet-stream';
export const documentFormats = [
  octetStream,
  'application/pdf',
  'application/postscript',
  'image/jpeg',
  'image/pwg-raster',
];
export const compressions = ['none', 'deflate', 'gzip'];

/** So many first bytes tell what a document is. */
const senseBytes = 1024;

/** RFC 8011 §4.2.1.1: what a request says of its document is to be had. */
export function checkDocumentAttributes({ operation }: IppRequest): void {
  const format = stringValue(operation, 'document-format') ?? octetStream;
  if (!documentFormats.includes(format.toLowerCase())) {
    throw new IppRefusal(
      'client-error-document-format-not-supported',
      `documents in ${format} are not taken`,
    );
  }
  const compression = stringValue(operation, 'compression') ?? 'none';
  if (!compressions.includes(compression)) {
    throw new IppRefusal('client-error-compression-not-supported', `${compression} is not known here`);
  }
}

/** Spools the document, if there is one. Throws IppRefusal, and leaves nothing then. */
export async function receiveDocument(
  request: IppRequest,
  open: OpenJob,
  context: IppContext,
): Promise<boolean> {
  const { operation } = request;
  const { machine } = context.printer;
  const named = (stringValue(operation, 'document-format') ?? octetStream).toLowerCase();
  const taken = takeAsTheMachineDoes(request.document, machine, context.clock);
  const chunks = unpack(taken, stringValue(operation, 'compression') ?? 'none');
  const beginning = await readBeginning(chunks);
  if (beginning.length === 0) return false;
  const format = named === octetStream ? detectFormat(beginning) : named;
  if (!documentFormats.includes(format) || format === octetStream) {
    throw new IppRefusal(
      'client-error-document-format-not-supported',
      `this document is ${format}, which is not taken`,
    );
  }
  const writer = await open.addDocument(format).catch(refuseSpooling);
  try {
    await writer.write(beginning);
    for await (const chunk of chunks) await writer.write(chunk);
    open.keep(await writer.end());
    return true;
  } catch (error) {
    await writer.discard();
    return refuseSpooling(error);
  }
}

function refuseSpooling(error: unknown): never {
  if (error instanceof LimitError)
    throw new IppRefusal('client-error-request-entity-too-large', error.publicText);
  if (error instanceof PhaserLinkError && error.code === 'printer-disk-full') {
    throw new IppRefusal('server-error-temporary-error', error.message);
  }
  if (error instanceof PhaserLinkError && error.code === 'printer-job-ended')
    throw new IppRefusal('client-error-not-possible', error.message);
  throw error;
}

/** At least `senseBytes`, or all; the rest stays in `chunks`. */
async function readBeginning(chunks: AsyncGenerator<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < senseBytes) {
    const { value, done } = await chunks.next();
    if (done) break;
    parts.push(value);
    bytes += value.length;
  }
  return Buffer.concat(parts);
}

/** RFC 8011 §5.4.32. */
async function* unpack(chunks: AsyncIterable<Uint8Array>, compression: string): AsyncGenerator<Uint8Array> {
  if (compression === 'none') {
    yield* chunks;
    return;
  }
  const source = chunks[Symbol.asyncIterator]();
  const first = await source.next();
  if (first.done) return;
  const packed = Readable.from(rejoin(first.value, source));
  const unpacker =
    compression === 'gzip' ? createGunzip() : isZlib(first.value) ? createInflate() : createInflateRaw();
  packed.on('error', (error) => unpacker.destroy(error));
  try {
    yield* packed.pipe(unpacker) as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new IppRefusal('client-error-compression-error', `the document is not packed by ${compression}`);
    }
    throw error;
  } finally {
    packed.destroy();
  }
}

async function* rejoin(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** RFC 8011 means RFC 1951 by `deflate`; others take RFC 1950, which begins with this header. */
function isZlib([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
