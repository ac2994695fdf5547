/** All content, whether it lies in a pack or has a file of its own; whoever reads it need not know. */
import { PhaserLinkError } from '#base/errors.js';
import { together } from '#base/together.js';
import type { ContentRef, ContentStore, ContentWriter, PackedContent } from '#vocab/line.js';
import type { Ledger } from './ledger.js';
import { type Spool, smallContentBytes } from './spool.js';

/** A small content, and the memory that the next one is read into when this one has been read to its end by all. */
interface Held {
  digest: string;
  bytes: Buffer;
  room: Buffer;
  readers: number;
}

export class Contents implements ContentStore {
  readonly #ledger: Ledger;
  readonly #spool: Spool;
  /** What was read last: a document is looked through, and sent right after that. */
  #latest: Held | null = null;

  constructor(ledger: Ledger, spool: Spool) {
    this.#ledger = ledger;
    this.#spool = spool;
  }

  /** A file of its own, whatever its size. */
  create(): Promise<ContentWriter> {
    return this.#spool.create();
  }

  /** Throws `content-missing` or `content-damaged` instead of a content that is shorter, or another. */
  async *read(ref: ContentRef): AsyncGenerator<Uint8Array> {
    let held = this.#latest;
    if (held?.digest === ref.digest) held.readers++;
    else {
      const packed = await this.#ledger.findPacked(ref.digest);
      if (packed === null) return yield* this.#spool.lend(ref);
      held = await this.#readPacked(packed);
    }
    yield held.bytes;
    // Not of a reader that breaks off: what it was given may still be on its way.
    held.readers--;
  }

  /** It may have been moved just now. */
  async #readPacked(packed: PackedContent): Promise<Held> {
    try {
      return this.#readAtOnce(packed);
    } catch (error) {
      const now = await this.#ledger.findPacked(packed.digest);
      if (now === null || now.pack === packed.pack) throw error;
      return this.#readAtOnce(now);
    }
  }

  /** Who asks is its first reader. Fresh memory for each would bring all of V8's garbage collection every hundred jobs. */
  #readAtOnce(packed: PackedContent): Held {
    const { digest, bytes } = packed;
    const free = this.#latest?.readers === 0 && this.#latest.room.length >= bytes ? this.#latest.room : null;
    const room = free ?? Buffer.allocUnsafeSlow(Math.max(bytes, smallContentBytes));
    // What was there is gone, also when this fails.
    this.#latest = null;
    this.#latest = { digest, bytes: this.#spool.packs.read(packed, room), room, readers: 1 };
    return this.#latest;
  }

  /** Whether all of the content is there, wherever it lies. */
  async isThere(ref: ContentRef): Promise<boolean> {
    return this.has((await this.#ledger.findPacked(ref.digest)) ?? ref);
  }

  /** The same for a content whose place is known. */
  has(content: ContentRef | PackedContent): Promise<boolean> {
    return 'pack' in content ? this.#spool.packs.has(content) : this.#spool.has(content);
  }

  /** Syncs contents, all at once, so that they survive a power cut; whatever the ledger names must be durable before. */
  async makeDurable(contents: readonly (ContentRef | PackedContent)[]): Promise<void> {
    const packed = contents.filter((content) => 'pack' in content);
    const packs = [...new Set(packed.map(({ pack }) => pack))];
    const files = contents.filter((content) => !('pack' in content));
    await together([this.#spool.packs.makeDurable(packs), this.#spool.makeDurable(files)]);
  }

  /**
   * Removes what was left half-written and what nobody needs any more, as `Ledger.liveContents` tells; only for who holds the
   * lease of the mailbox, and not while a content is being written. Returns how many files are gone.
   */
  async sweep(endedAfter?: number): Promise<number> {
    this.#latest = null;
    const { digests, packs } = await this.#ledger.liveContents(endedAfter);
    // Before the ledger is written, which on a full disk may need the room.
    const removed =
      (await this.#spool.sweep(digests)) +
      (await this.#spool.packs.sweep(new Set(packs.map(({ pack }) => pack))));
    await this.#ledger.forgetPacked(endedAfter);
    let rewritten = 0;
    for (const { pack, bytes } of packs) if (await this.#rewrite(pack, bytes)) rewritten++;
    return removed + rewritten;
  }

  /** Brings what must stay of a pack into a new one, when there is anything else in it. */
  async #rewrite(pack: string, liveBytes: number): Promise<boolean> {
    const { packs } = this.#spool;
    if ((await packs.sizeOf(pack)) === liveBytes) return false;
    const name = packs.newName();
    const writer = packs.append(name);
    const moved: PackedContent[] = [];
    try {
      for (const content of await this.#ledger.readPack(pack)) {
        const bytes = packs.read(content);
        moved.push({ ...content, pack: name, at: writer.append(bytes) });
      }
    } catch (error) {
      // Whoever reads that content will be told; the others stay where they are.
      if (!(error instanceof PhaserLinkError)) throw error;
      return false;
    } finally {
      writer.close();
    }
    // Whatever needed it has just ended: the next sweep removes it.
    if (moved.length === 0) return false;
    await packs.makeDurable([name]);
    await this.#ledger.movePacked(moved);
    await packs.remove(pack);
    return true;
  }
}
