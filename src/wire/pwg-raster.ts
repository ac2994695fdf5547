/** Reads PWG raster (PWG 5102.4): the pages' headers and their rows of pixels, one after the other, as its bytes arrive. */
import { LimitError, PhaserLinkError } from '#base/errors.js';

const maxPages = 2000;
/** 1200 dots per inch on Legal paper are 171 million. */
const maxPagePixels = 200_000_000;
const maxRowBytes = 200_000;

const syncWord = Buffer.from('RaS2', 'latin1');
const headerBytes = 1796;
/** So much is gathered before a row is looked for: one that is not whole yet is looked for again. */
const gatherBytes = 65_536;
/** PWG 5102.4 §4.4: the rest of the row is white. */
const fillCode = 128;

/** PWG 5102.4 §4.3.3.2, by number: how many colours, and whether white is all bits set. */
const colourSpaces = {
  3: { name: 'black', colours: 1, whiteByte: 0x00 },
  6: { name: 'cmyk', colours: 4, whiteByte: 0x00 },
  18: { name: 'sgray', colours: 1, whiteByte: 0xff },
  19: { name: 'srgb', colours: 3, whiteByte: 0xff },
  20: { name: 'adobe-rgb', colours: 3, whiteByte: 0xff },
} as const;
export type PwgColourSpace = (typeof colourSpaces)[keyof typeof colourSpaces]['name'];

export interface PwgPageHeader {
  colourSpace: PwgColourSpace;
  colours: number;
  bitsPerColour: 1 | 8 | 16;
  width: number;
  height: number;
  bytesPerRow: number;
  xDpi: number;
  yDpi: number;
  widthPoints: number;
  heightPoints: number;
  duplex: boolean;
  tumble: boolean;
}

export type PwgEvent =
  | { type: 'page'; header: PwgPageHeader }
  /** `times` rows are this one. It is overwritten when the next event is asked for. */
  | { type: 'row'; row: Buffer; times: number };

/** Throws `pwg-raster-bad` or LimitError. Rows come as they are asked for, and none is kept. */
export async function* readPwgRaster(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<PwgEvent> {
  const input = new Input(chunks);
  if (!(await input.exactly(syncWord.length))?.equals(syncWord)) throw bad('it does not begin as one');
  for (let pages = 0; ; pages++) {
    const bytes = await input.exactly(headerBytes);
    if (bytes === null) {
      if (pages === 0 || !input.isAtEnd) throw bad('it ends in the middle of a header');
      return;
    }
    if (pages === maxPages) throw new LimitError('a PWG raster', maxPages, 'pages');
    const header = parseHeader(bytes);
    yield { type: 'page', header };
    yield* readRows(input, header);
  }
}

async function* readRows(input: Input, header: PwgPageHeader): AsyncGenerator<PwgEvent> {
  const row = Buffer.alloc(header.bytesPerRow);
  const { whiteByte } = spaceOf(header.colourSpace);
  const pixelBytes = Math.max(1, (header.colours * header.bitsPerColour) / 8);
  for (let y = 0; y < header.height; ) {
    const [repeat] = (await input.exactly(1)) ?? [];
    if (repeat === undefined) throw bad('it ends in the middle of a page');
    const times = repeat + 1;
    if (y + times > header.height) throw bad('a page has more rows than it says');
    while (!input.take((bytes) => unpackRow(bytes, row, pixelBytes, whiteByte))) {
      if (!(await input.more())) throw bad('it ends in the middle of a page');
    }
    yield { type: 'row', row, times };
    y += times;
  }
}

/** PWG 5102.4 §4.4. How many bytes the row took, or null when they are not all there. */
function unpackRow(bytes: Buffer, row: Buffer, pixelBytes: number, whiteByte: number): number | null {
  let from = 0;
  let to = 0;
  while (to < row.length) {
    const code = bytes[from++];
    if (code === undefined) return null;
    if (code === fillCode) {
      row.fill(whiteByte, to);
      return from;
    }
    const pixels = code < fillCode ? code + 1 : 257 - code;
    const end = to + pixels * pixelBytes;
    if (end > row.length) throw bad('a row has more pixels than the page is wide');
    const length = code < fillCode ? pixelBytes : pixels * pixelBytes;
    if (from + length > bytes.length) return null;
    if (code >= fillCode) bytes.copy(row, to, from, from + length);
    else if (length === 1) row.fill(bytes[from] ?? 0, to, end);
    else row.fill(bytes.subarray(from, from + length), to, end);
    from += length;
    to = end;
  }
  return from;
}

function parseHeader(bytes: Buffer): PwgPageHeader {
  const number = (at: number) => bytes.readUInt32BE(at);
  const [bitsPerColour, bitsPerPixel, bytesPerRow, order, space] = [384, 388, 392, 396, 400].map(number);
  const known = Object.hasOwn(colourSpaces, space ?? '')
    ? colourSpaces[space as keyof typeof colourSpaces]
    : null;
  if (known === null) throw bad(`the colour space ${space} is not known here`);
  if (bitsPerColour !== 1 && bitsPerColour !== 8 && bitsPerColour !== 16)
    throw bad(`it has ${bitsPerColour} bits a colour`);
  if (bitsPerColour === 1 && known.colours > 1) throw bad('it has one bit a colour and more than one colour');
  if (order !== 0 || bitsPerPixel !== bitsPerColour * known.colours)
    throw bad('its pixels are no PWG raster');
  const width = number(372);
  const height = number(376);
  if (width === 0 || height === 0) throw bad('a page has no pixels');
  if (width * height > maxPagePixels) throw new LimitError('a page of a PWG raster', maxPagePixels, 'pixels');
  if (bytesPerRow !== Math.ceil((width * bitsPerPixel) / 8)) throw bad('the length of its rows does not fit');
  if (bytesPerRow > maxRowBytes) throw new LimitError('a row of a PWG raster', maxRowBytes, 'bytes');
  const xDpi = number(276);
  const yDpi = number(280);
  if (xDpi === 0 || yDpi === 0) throw bad('a page has no resolution');
  return {
    colourSpace: known.name,
    colours: known.colours,
    bitsPerColour,
    width,
    height,
    bytesPerRow,
    xDpi,
    yDpi,
    widthPoints: number(352) || Math.round((width / xDpi) * 72),
    heightPoints: number(356) || Math.round((height / yDpi) * 72),
    duplex: number(272) !== 0,
    tumble: number(368) !== 0,
  };
}

function spaceOf(name: PwgColourSpace) {
  const found = Object.values(colourSpaces).find((space) => space.name === name);
  return found ?? colourSpaces[19];
}

function bad(what: string): PhaserLinkError {
  const text = `not a PWG raster that can be printed: ${what}`;
  return new PhaserLinkError({ code: 'pwg-raster-bad', retry: 'permanent', text, publicText: text });
}

/** Bytes that are asked for while they arrive. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);
  #position = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Nothing is held, and as far as is known nothing follows. */
  get isAtEnd(): boolean {
    return this.#position === this.#held.length;
  }

  /** Null when fewer follow. */
  async exactly(bytes: number): Promise<Buffer | null> {
    while (this.#held.length - this.#position < bytes) if (!(await this.more())) return null;
    const taken = this.#held.subarray(this.#position, this.#position + bytes);
    this.#position += bytes;
    return taken;
  }

  /** `read` says how many of the bytes it took, or null when it needs more. */
  take(read: (bytes: Buffer) => number | null): boolean {
    const taken = read(this.#held.subarray(this.#position));
    this.#position += taken ?? 0;
    return taken !== null;
  }

  /** Holds more bytes than before; false when there are none. */
  async more(): Promise<boolean> {
    const parts: Uint8Array[] = [this.#held.subarray(this.#position)];
    let gathered = 0;
    while (gathered < gatherBytes) {
      const { value, done } = await this.#chunks.next();
      if (done) break;
      parts.push(value);
      gathered += value.length;
    }
    this.#held = Buffer.concat(parts);
    this.#position = 0;
    return gathered > 0;
  }
}
