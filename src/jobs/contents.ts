/** All content, whether it lies in a pack or has a file of its own; whoever reads it need not know. */
import type { ContentRef, ContentStore, ContentWriter, PackedContent } from '#vocab/line.js';
import type { Ledger } from './ledger.js';
import { type Spool, smallContentBytes } from './spool.js';

export class Contents implements ContentStore {
  readonly #ledger: Ledger;
  readonly #spool: Spool;

  constructor(ledger: Ledger, spool: Spool) {
    this.#ledger = ledger;
    this.#spool = spool;
  }

  /** A file of its own, whatever its size. */
  create(): Promise<ContentWriter> {
    return this.#spool.create();
  }

  /** Throws `content-missing` or `content-damaged` instead of a silently shorter content. */
  async *read(ref: ContentRef): AsyncGenerator<Uint8Array> {
    const packed = ref.bytes > smallContentBytes ? null : await this.#ledger.findPacked(ref.digest);
    if (packed === null) yield* this.#spool.read(ref);
    else yield await this.#spool.packs.read(packed);
  }

  /** Whether all of the content is there, where the ledger says. */
  has(content: ContentRef | PackedContent): Promise<boolean> {
    return 'pack' in content ? this.#spool.packs.has(content) : this.#spool.has(content);
  }

  /** Syncs contents, all at once, so that they survive a power cut; whatever the ledger names must be durable before. */
  async makeDurable(contents: readonly (ContentRef | PackedContent)[]): Promise<void> {
    const packed = contents.filter((content) => 'pack' in content);
    const packs = [...new Set(packed.map(({ pack }) => pack))];
    const files = contents.filter((content) => !('pack' in content));
    await Promise.all([this.#spool.packs.makeDurable(packs), this.#spool.makeDurable(files)]);
  }

  /**
   * Removes what was left half-written and what nobody needs any more, as `Ledger.liveDigests` tells; not while a content is
   * being written. Returns how many files are gone.
   */
  async sweep(endedAfter?: number): Promise<number> {
    const { packs, gone } = await this.#ledger.forgetPacked(endedAfter);
    await this.#spool.packs.blank(gone);
    const removed = await this.#spool.packs.sweep(packs);
    return removed + (await this.#spool.sweep(await this.#ledger.liveDigests(endedAfter)));
  }
}
