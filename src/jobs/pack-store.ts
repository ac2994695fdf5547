/** Where the reader of mails leaves contents: small ones in a pack, larger ones in files of their own. */
import type { ContentRef, ContentStore, ContentWriter, PackedContent } from '#vocab/line.js';
import type { PackWriter } from './packs.js';
import type { Spool } from './spool.js';

export class PackStore implements ContentStore {
  readonly #spool: Spool;
  readonly #pack: string;
  readonly #packed: Map<string, PackedContent>;
  readonly #writer: PackWriter;

  /** `packed`: what is known to lie in packs. */
  constructor(spool: Spool, pack: string, packed: readonly PackedContent[] = []) {
    this.#spool = spool;
    this.#pack = pack;
    this.#packed = new Map(packed.map((content) => [content.digest, content]));
    this.#writer = spool.packs.append(pack);
  }

  create(): Promise<ContentWriter> {
    return this.#spool.create((ref, bytes) => {
      if (!this.#packed.has(ref.digest))
        this.#packed.set(ref.digest, { ...ref, pack: this.#pack, at: this.#writer.append(bytes) });
      return true;
    });
  }

  async *read(ref: ContentRef): AsyncGenerator<Uint8Array> {
    const packed = this.#packed.get(ref.digest);
    if (packed === undefined) yield* this.#spool.read(ref);
    else yield this.#spool.packs.read(packed);
  }

  get packed(): PackedContent[] {
    return [...this.#packed.values()];
  }

  close(): void {
    this.#writer.close();
  }
}
