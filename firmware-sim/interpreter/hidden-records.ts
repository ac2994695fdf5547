/** What the job server tells us on the back-channel, between two nonces, and the job never sees: taken out as it streams by. */
import { type MediaType, mediaTypes } from '#vocab/media.js';

/** What a page asked for when it was put out, in the order in which `tellpage` tells it. */
export interface PageRecord {
  /** How many pages were out before. */
  first: number;
  widthPoints: number;
  heightPoints: number;
  /** Index of the device's mode. */
  mode: number;
  mediaPosition: number | null;
  mediaType: MediaType | null;
  manualFeed: boolean;
  duplex: boolean;
  outputFaceUp: boolean;
  copies: number;
}

export type HiddenRecord =
  | { type: 'begin' }
  | { type: 'page'; page: PageRecord }
  | { type: 'error'; name: string; command: string };

/** The longest one: a name of PostScript has at most 127 characters, and we print at most 256. */
const maxRecordChars = 1024;
const classes = Object.keys(mediaTypes) as MediaType[];

/** For one run. Nothing counts before the job server says that it begins. */
export class RecordReader {
  readonly #nonce: string;
  #held = '';
  #begun = false;

  constructor(nonce: string) {
    this.#nonce = nonce;
  }

  /** Returns what the job itself printed, and the records in between. */
  push(chunk: Uint8Array): { text: Buffer; records: HiddenRecord[] } {
    let rest = this.#held + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    this.#held = '';
    let text = '';
    const records: HiddenRecord[] = [];
    while (rest !== '') {
      const start = rest.indexOf(this.#nonce);
      const end = start < 0 ? -1 : rest.indexOf(this.#nonce, start + this.#nonce.length);
      if (end < 0) {
        const kept = start < 0 ? beginningOf(this.#nonce, rest) : rest.length - start;
        text += this.#begun ? rest.slice(0, rest.length - kept) : '';
        this.#held = kept > maxRecordChars ? '' : rest.slice(rest.length - kept);
        break;
      }
      const record = parseRecord(rest.slice(start + this.#nonce.length, end));
      if (this.#begun) text += rest.slice(0, start);
      if (record?.type === 'begin') this.#begun = true;
      if (record !== null) records.push(record);
      rest = rest.slice(end + this.#nonce.length);
    }
    return { text: Buffer.from(text, 'latin1'), records };
  }
}

/** How many characters at the end of `text` may be the beginning of the nonce. */
function beginningOf(nonce: string, text: string): number {
  for (let length = Math.min(nonce.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(nonce.slice(0, length))) return length;
  }
  return 0;
}

function parseRecord(text: string): HiddenRecord | null {
  if (text === 'begin ') return { type: 'begin' };
  if (text.startsWith('page ')) {
    const page = parsePage(text.slice('page '.length).trim().split(' '));
    return page === null ? null : { type: 'page', page };
  }
  const error = /^error (.*?); OffendingCommand: (.*)$/s.exec(text);
  return error === null ? null : { type: 'error', name: error[1] ?? '', command: error[2] ?? '' };
}

function parsePage(words: readonly string[]): PageRecord | null {
  const [first, width, height, mode, position, type] = words.map(Number);
  const numbers = [first, width, height, mode, position, type];
  if (words.length !== 10 || !numbers.every(Number.isFinite)) return null;
  if (!(Number(width) > 0 && Number(height) > 0)) return null;
  const [manualFeed, duplex, outputFaceUp] = words.slice(6, 9).map((word) => word === 'true');
  return {
    first: Number(first),
    widthPoints: Number(width),
    heightPoints: Number(height),
    mode: Number(mode),
    mediaPosition: Number(position) < 0 ? null : Number(position),
    mediaType: classes[Number(type)] ?? null,
    manualFeed: manualFeed ?? false,
    duplex: duplex ?? false,
    outputFaceUp: outputFaceUp ?? true,
    copies: Math.max(1, Number(words[9]) || 1),
  };
}
