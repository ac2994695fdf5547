/** Reads a picture's width and height out of its first bytes as they arrive: PNG, GIF and JPEG. */

export interface PictureSize {
  /** In pixels, at least 1. */
  width: number;
  height: number;
}

/** As many bytes as any of the heads below takes. */
const headBytes = 24;

const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** A JPEG segment's marker, its length, and of a frame the precision, the height and the width (ITU-T T.81 §B.2.2). */
const segmentHeadBytes = 9;

/** Holds back a few bytes only; a picture of another kind, or a broken one, has no size. */
export class PictureSizeReader {
  #held: Buffer = Buffer.alloc(0);
  /** How many bytes to come belong to a JPEG segment that is of no interest. */
  #skip = 0;
  #kind: 'unknown' | 'jpeg' | 'done' = 'unknown';
  #size: PictureSize | null = null;

  get size(): PictureSize | null {
    return this.#size;
  }

  push(bytes: Buffer): void {
    if (this.#kind === 'done') return;
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    const rest = bytes.subarray(skipped);
    if (rest.length === 0) return;
    const data = this.#held.length === 0 ? rest : Buffer.concat([this.#held, rest]);
    const position = this.#kind === 'unknown' ? this.#readHead(data) : 0;
    // What is kept over to the next bytes is a copy: the caller may use the memory again.
    this.#held = Buffer.from(this.#kind === 'jpeg' ? this.#readSegments(data, position) : data);
  }

  /** Returns where a JPEG's segments begin. */
  #readHead(data: Buffer): number {
    if (data.length < headBytes) return 0;
    if (data[0] === 0xff && data[1] === 0xd8) {
      this.#kind = 'jpeg';
      return 2;
    }
    // PNG §11.2.2: the header chunk is the first. GIF89a §18: the logical screen.
    if (data.subarray(0, 8).equals(pngSignature)) this.#finish(data.readUInt32BE(16), data.readUInt32BE(20));
    else if (data.toString('latin1', 0, 4) === 'GIF8')
      this.#finish(data.readUInt16LE(6), data.readUInt16LE(8));
    else this.#finish(0, 0);
    return 0;
  }

  /** Returns the bytes of a segment whose head has not come as a whole. */
  #readSegments(data: Buffer, start: number): Buffer {
    let at = start;
    while (at + segmentHeadBytes <= data.length) {
      const marker = data[at + 1] ?? 0;
      if (data[at] !== 0xff) break;
      // ITU-T T.81 §B.1.1.2: any number of fill bytes may stand before a marker.
      if (marker === 0xff) {
        at++;
        continue;
      }
      if (isFrame(marker)) {
        this.#finish(data.readUInt16BE(at + 7), data.readUInt16BE(at + 5));
        return data.subarray(data.length);
      }
      // Markers without a length: restart, start and end of image; the pixels follow start of scan.
      if (marker >= 0xd0 && marker <= 0xda) break;
      at += 2 + Math.max(2, data.readUInt16BE(at + 2));
    }
    if (at + segmentHeadBytes <= data.length) this.#finish(0, 0);
    this.#skip = Math.max(0, at - data.length);
    return data.subarray(Math.min(at, data.length));
  }

  #finish(width: number, height: number): void {
    this.#kind = 'done';
    if (width > 0 && height > 0) this.#size = { width, height };
  }
}

/** SOF0 to SOF15, among which three other markers stand (ITU-T T.81 table B.1). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
