/** A ContentStore that keeps everything in memory and knows what was left open or forgotten. */
import { createHash } from 'node:crypto';
import type { ContentRef, ContentStore, ContentWriter } from '#vocab/line.js';

export class MemoryContentStore implements ContentStore {
  /** By digest. */
  readonly contents = new Map<string, Buffer>();
  /** Writers that were neither committed nor discarded. */
  openWriters = 0;
  /** How many bytes `read` gives at a time. */
  chunkBytes = 65_536;

  async create(): Promise<ContentWriter> {
    this.openWriters++;
    const chunks: Buffer[] = [];
    let open = true;
    const close = () => {
      if (open) this.openWriters--;
      open = false;
    };
    return {
      write: async (chunk) => {
        if (!open) throw new Error('written after the end');
        chunks.push(Buffer.from(chunk));
      },
      commit: async () => {
        close();
        return this.put(Buffer.concat(chunks));
      },
      discard: async () => close(),
    };
  }

  async *read(ref: ContentRef): AsyncIterable<Uint8Array> {
    const bytes = this.bytes(ref);
    for (let at = 0; at < bytes.length; at += this.chunkBytes) {
      const lent = Buffer.from(bytes.subarray(at, at + this.chunkBytes));
      yield lent;
      lent.fill('X');
    }
  }

  put(bytes: Buffer): ContentRef {
    const digest = createHash('sha256').update(bytes).digest('hex');
    this.contents.set(digest, bytes);
    return { digest, bytes: bytes.length };
  }

  bytes(ref: ContentRef): Buffer {
    const bytes = this.contents.get(ref.digest);
    if (bytes === undefined) throw new Error(`no content ${ref.digest}`);
    return bytes;
  }
}
