/** How a document is split: where each piece begins, and the digests by which the printer's side knows it whole. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { PhaserLinkError } from '#base/errors.js';
import { maxPieces, maxSplitJobBytes } from '#vocab/split-mail.js';
import type { Document, FileRange } from './documents.js';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const unitBytes = { b: 1, kb: 1000, kib: kibibyte, mb: 1_000_000, mib: mebibyte } as const;

/** Mail servers take at least this, and rarely more. */
const smallestPieceBytes = 64 * kibibyte;
const largestPieceBytes = 25 * mebibyte;

export const defaultPieceSize = '1MiB';
export const pieceSizeForm = 'a size such as 1MiB, 500KB or 300000, from 64KiB to 25MiB';

export interface SplitPlan {
  /** SHA-256 of the whole document. */
  jobDigest: string;
  /** Of every piece but the last. */
  pieceBytes: number;
  pieces: PlannedPiece[];
}

export interface PlannedPiece extends FileRange {
  number: number;
  digest: string;
}

/** Null when it is no size of a piece. */
export function parsePieceSize(text: string): number | null {
  const [, amount, unit = 'b'] = /^(\d{1,9}) ?(b|ki?b|mi?b)?$/i.exec(text) ?? [];
  const bytes = Number(amount) * unitBytes[unit.toLowerCase() as keyof typeof unitBytes];
  return bytes >= smallestPieceBytes && bytes <= largestPieceBytes ? bytes : null;
}

/** Reads the document once, never more of it than a chunk in memory. Throws PhaserLinkError when it needs too many pieces. */
export async function planSplit(document: Document, pieceBytes: number): Promise<SplitPlan> {
  const { path, bytes } = document;
  demandSplittable(document, pieceBytes);
  const whole = createHash('sha256');
  const pieces: PlannedPiece[] = [];
  let piece = createHash('sha256');
  let read = 0;
  const endPiece = (from: number, end: number) => {
    pieces.push({ number: pieces.length + 1, from, bytes: end - from, digest: piece.digest('hex') });
    piece = createHash('sha256');
  };
  for await (const chunk of createReadStream(path, { end: bytes - 1 }) as AsyncIterable<Buffer>) {
    whole.update(chunk);
    for (let at = 0; at < chunk.length; ) {
      const from = pieces.length * pieceBytes;
      const taken = Math.min(chunk.length - at, from + pieceBytes - read);
      piece.update(chunk.subarray(at, at + taken));
      at += taken;
      read += taken;
      if (read === from + pieceBytes) endPiece(from, read);
    }
  }
  const from = pieces.length * pieceBytes;
  if (read > from) endPiece(from, read);
  if (read !== bytes) {
    const text = `${path} changed while it was read; send it again`;
    throw new PhaserLinkError({ code: 'document-changed', retry: 'temporary', text });
  }
  return { jobDigest: whole.digest('hex'), pieceBytes, pieces };
}

function demandSplittable({ path, bytes }: Document, pieceBytes: number): void {
  const refuse = (text: string): never => {
    throw new PhaserLinkError({ code: 'document-too-large', retry: 'permanent', text });
  };
  if (bytes > maxSplitJobBytes)
    refuse(`${path} has ${bytes} bytes, and split mail carries at most ${maxSplitJobBytes}`);
  if (Math.ceil(bytes / pieceBytes) <= maxPieces) return;
  const enough = Math.ceil(bytes / maxPieces / mebibyte);
  refuse(`${path} would make more than ${maxPieces} pieces; split it by ${enough}MiB or more`);
}
