/** The sender's files: looked at before anything is sent, then read as they are sent. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { PhaserLinkError, systemErrorCode } from '#base/errors.js';
import { detectFormat, detectionBytes } from '#wire/document-format.js';

export interface Document {
  path: string;
  /** The file's name, without what would break a line of a mail. */
  name: string;
  contentType: string;
  bytes: number;
}

/** Looks at one file; throws PhaserLinkError when there is nothing in it to send. */
export async function inspectDocument(path: string): Promise<Document> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const stat = await file.stat();
    if (stat.isDirectory()) throw unusable('document-is-folder', path, 'is a folder; name the files in it');
    if (!stat.isFile()) throw unusable('document-not-a-file', path, 'is not a file; save the document first');
    if (stat.size === 0) throw unusable('document-empty', path, 'is empty');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(detectionBytes), 0, detectionBytes, 0);
    const contentType = asAttachment(detectFormat(buffer.subarray(0, bytesRead)));
    return { path, name: basename(path).replaceAll(/\p{Cc}/gu, '_'), contentType, bytes: stat.size };
  } catch (error) {
    if (error instanceof PhaserLinkError) throw error;
    const missing = systemErrorCode(error) === 'ENOENT';
    throw missing
      ? unusable('document-missing', path, 'does not exist')
      : unusable('document-unreadable', path, `cannot be read (${systemErrorCode(error)})`, error);
  } finally {
    await file?.close();
  }
}

/** A part of a file as it was looked at before; without a digest it is all of the file. */
export interface FileRange {
  from: number;
  bytes: number;
  /** SHA-256 in hexadecimal digits, where it is known. */
  digest: string | null;
}

/**
 * The file's bytes, opened when they are first asked for. Fails at the end when they are not what was announced: half a
 * document must not be printed.
 */
export function readRange(path: string, range: FileRange, onRead: (bytes: number) => void): Readable {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    let read = 0;
    for await (const chunk of fileChunks(path, range)) {
      read += chunk.length;
      if (read > range.bytes) break;
      hash.update(chunk);
      onRead(chunk.length);
      yield chunk;
    }
    const same = read === range.bytes && (range.digest === null || range.digest === hash.digest('hex'));
    if (!same) throw new Error(`${path} changed while it was sent`);
  }
  return Readable.from(chunks(), { objectMode: false });
}

/** A whole file is read to its end, wherever that is by now. */
function fileChunks(path: string, { from, bytes, digest }: FileRange): AsyncIterable<Uint8Array> {
  return createReadStream(path, digest === null ? {} : { start: from, end: from + bytes - 1 });
}

/** As text, its line ends would not be safe on the way (RFC 2046 §4.1.1). */
function asAttachment(format: string): string {
  return format.startsWith('text/') ? 'application/octet-stream' : format;
}

function unusable(code: string, path: string, what: string, cause?: unknown): PhaserLinkError {
  return new PhaserLinkError({ code, retry: 'permanent', text: `${path} ${what}`, cause });
}
