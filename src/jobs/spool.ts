/** The spool: content in files named by their digest, complete or not there at all, and synced before the ledger names them. */
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import {
  makeFolderDurably,
  statIfThere,
  syncFile,
  syncFolder,
  writeAll,
  writeAllAtOnce,
} from '#base/durable-files.js';
import { LimitError, PhaserLinkError, systemErrorCode } from '#base/errors.js';
import { GatheredBytes } from '#base/gathered-bytes.js';
import { together } from '#base/together.js';
import type { ContentRef, ContentStore, ContentWriter } from '#vocab/line.js';
import { contentDamaged, contentMissing } from './content-errors.js';
import { Packs } from './packs.js';

/** The largest single content, in bytes, whatever the stages before allow. */
export const defaultMaxContentBytes = 2 * 1024 ** 3;
/** How much of a file is in memory while it is read, in bytes. */
const readBytes = 256 * 1024;
/**
 * How much of a content is gathered before it goes to its file. A content that is no larger is small: it goes there in one go,
 * without the detours through other threads that cost it more time than the writing does, or into a pack.
 */
export const smallContentBytes = 256 * 1024;

/** Is offered a small content when it is whole; true when it has taken it, so that it needs no file of its own. */
export type TakeSmall = (ref: ContentRef, bytes: Uint8Array) => boolean;

/** The first room for what is gathered; most documents need no more than a few times that. */
const firstRoomBytes = 16 * 1024;

const digestForm = /^[0-9a-f]{64}$/;

export interface SpoolOptions {
  /** The spool is the folder `spool` in it; created when missing. */
  dataDir: string;
  maxContentBytes?: number;
}

/** So many folders are looked through before others have their turn. */
const shardsAtOnce = 16;

export class Spool implements ContentStore {
  readonly packs: Packs;
  readonly #folder: string;
  readonly #maxContentBytes: number;

  private constructor(folder: string, maxContentBytes: number) {
    this.#folder = folder;
    this.packs = new Packs(join(folder, 'packs'));
    this.#maxContentBytes = maxContentBytes;
  }

  static async open({ dataDir, maxContentBytes = defaultMaxContentBytes }: SpoolOptions): Promise<Spool> {
    const spool = new Spool(join(dataDir, 'spool'), maxContentBytes);
    await makeFolderDurably(spool.#temporaryFolder);
    await spool.packs.make();
    // All shards are made beforehand, so that a content's own commit needs to sync no more than its shard.
    const present = new Set(await readdir(spool.#folder));
    const missing = shards().filter((shard) => !present.has(shard));
    for (const shard of missing) await mkdir(join(spool.#folder, shard), { recursive: true, mode: 0o700 });
    if (missing.length > 0) await syncFolder(spool.#folder);
    return spool;
  }

  /** For looking beside a running server: makes nothing, and may only be read from. */
  static beside({ dataDir }: Pick<SpoolOptions, 'dataDir'>): Spool {
    return new Spool(join(dataDir, 'spool'), 0);
  }

  /** Where content is kept and how much more there is room for. */
  async room(): Promise<{ folder: string; freeBytes: number }> {
    const { bavail, bsize } = await statfs(this.#folder);
    return { folder: this.#folder, freeBytes: bavail * bsize };
  }

  async create(takeSmall: TakeSmall = () => false): Promise<SpoolWriter> {
    const path = join(this.#temporaryFolder, randomUUID());
    return new SpoolWriter(path, this.#maxContentBytes, (digest) => this.pathOf(digest), takeSmall);
  }

  /** Syncs contents, all at once, so that they survive a power cut; whatever the ledger names must be durable before. */
  async makeDurable(refs: readonly ContentRef[]): Promise<void> {
    const paths = [...new Set(refs.map(({ digest }) => this.pathOf(digest)))];
    const folders = [...new Set(paths.map((path) => dirname(path)))];
    await together([...paths.map(syncFile), ...folders.map(syncFolder)]);
  }

  /** Whether all of the content is there. */
  async has(ref: ContentRef): Promise<boolean> {
    return (await statIfThere(this.pathOf(ref.digest)))?.size === ref.bytes;
  }

  /** Throws `content-missing` or `content-damaged` instead of a silently shorter content. */
  read(ref: ContentRef): AsyncGenerator<Uint8Array> {
    return this.#read(ref, () => Buffer.allocUnsafe(readBytes));
  }

  /** The same, but a chunk is good only until the next one is asked for: all have the same memory, one after the other. */
  lend(ref: ContentRef): AsyncGenerator<Uint8Array> {
    const room = Buffer.allocUnsafe(readBytes);
    return this.#read(ref, () => room);
  }

  async *#read(ref: ContentRef, makeRoom: () => Buffer): AsyncGenerator<Uint8Array> {
    const file = await this.#openContent(ref);
    try {
      const { size } = await file.stat();
      if (size !== ref.bytes) throw contentDamaged(ref, `${size} bytes instead of ${ref.bytes}`);
      let total = 0;
      while (total < size) {
        const { bytesRead, buffer } = await file.read(makeRoom(), 0, readBytes, null);
        if (bytesRead === 0) break;
        total += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      if (total !== ref.bytes) throw contentDamaged(ref, `${total} bytes instead of ${ref.bytes}`);
    } finally {
      await file.close();
    }
  }

  /** Only where nobody can be committing the same content. */
  async remove(digest: string): Promise<void> {
    await rm(this.pathOf(digest), { force: true });
  }

  /** How much all content takes up, with what is being written. */
  async usedBytes(): Promise<number> {
    let bytes = await this.packs.usedBytes();
    for (const folder of [this.#temporaryFolder, ...shards().map((shard) => join(this.#folder, shard))]) {
      const names = await readdir(folder);
      bytes += (await Promise.all(names.map((name) => sizeOf(join(folder, name))))).reduce(
        (a, b) => a + b,
        0,
      );
    }
    return bytes;
  }

  /**
   * Removes what was left half-written and what nobody needs any more; not while a content is being written. Returns how many
   * contents are gone.
   */
  async sweep(live: ReadonlySet<string>): Promise<number> {
    for (const name of await readdir(this.#temporaryFolder)) {
      await rm(join(this.#temporaryFolder, name), { force: true });
    }
    let removed = 0;
    for (const [index, shard] of shards().entries()) {
      removed += await this.#sweepShard(shard, live);
      if ((index + 1) % shardsAtOnce === 0) await turn();
    }
    return removed;
  }

  async #sweepShard(shard: string, live: ReadonlySet<string>): Promise<number> {
    const folder = join(this.#folder, shard);
    let removed = 0;
    // Most are empty: the way through another thread takes far longer than the look.
    for (const name of readdirSync(folder)) {
      if (live.has(name)) continue;
      await rm(join(folder, name), { force: true });
      removed++;
    }
    return removed;
  }

  get #temporaryFolder(): string {
    return join(this.#folder, 'tmp');
  }

  /** The file that holds the content, when it is there. */
  pathOf(digest: string): string {
    if (!digestForm.test(digest)) {
      throw new PhaserLinkError({
        code: 'content-name-invalid',
        retry: 'permanent',
        text: `${JSON.stringify(digest)} is not a SHA-256 digest in hexadecimal digits`,
      });
    }
    return join(this.#folder, digest.slice(0, 2), digest);
  }

  async #openContent(ref: ContentRef): Promise<FileHandle> {
    const path = this.pathOf(ref.digest);
    try {
      return await open(path, 'r');
    } catch (error) {
      throw systemErrorCode(error) === 'ENOENT' ? contentMissing(path, error) : error;
    }
  }
}

export class SpoolWriter implements ContentWriter {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #pathOf: (digest: string) => string;
  readonly #takeSmall: TakeSmall;
  readonly #hash = createHash('sha256');
  readonly #gathered = new GatheredBytes(smallContentBytes, firstRoomBytes);
  /** Opened when more has come than is gathered. */
  #file: FileHandle | null = null;
  #bytes = 0;
  #ended = false;

  constructor(path: string, maxBytes: number, pathOf: (digest: string) => string, takeSmall: TakeSmall) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#pathOf = pathOf;
    this.#takeSmall = takeSmall;
  }

  /** Resolves when the chunk may be used for something else; one call at a time. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) throw new LimitError('a content in the spool', this.#maxBytes, 'bytes');
    for (let at = 0; at < chunk.length; ) {
      at += this.#gathered.take(chunk.subarray(at));
      if (this.#gathered.isFull) await this.#passOn();
    }
  }

  async commit(): Promise<ContentRef> {
    if (this.#file === null) return this.#commitAtOnce();
    await this.#passOn();
    const ref = this.#ref();
    const path = this.#pathOf(ref.digest);
    // The same content may be there already, and durable: it is replaced by itself, whole at every moment.
    if (existsSync(path)) await this.#file.sync();
    await this.#file.close();
    return this.#named(ref, path);
  }

  async discard(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#file?.close();
    await rm(this.#path, { force: true });
  }

  async #passOn(): Promise<void> {
    const { bytes } = this.#gathered;
    this.#hash.update(bytes);
    this.#file ??= await open(this.#path, 'wx', 0o600);
    await writeAll(this.#file, bytes);
    this.#gathered.clear();
  }

  #commitAtOnce(): ContentRef {
    const { bytes } = this.#gathered;
    this.#hash.update(bytes);
    const ref = this.#ref();
    if (this.#takeSmall(ref, bytes)) {
      this.#ended = true;
      return ref;
    }
    const path = this.#pathOf(ref.digest);
    const file = openSync(this.#path, 'wx', 0o600);
    try {
      writeAllAtOnce(file, bytes);
      if (existsSync(path)) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return this.#named(ref, path);
  }

  #ref(): ContentRef {
    return { digest: this.#hash.digest('hex'), bytes: this.#bytes };
  }

  #named(ref: ContentRef, path: string): ContentRef {
    renameSync(this.#path, path);
    this.#ended = true;
    return ref;
  }
}

/** Of a file that has just gone, nothing. */
async function sizeOf(path: string): Promise<number> {
  return (await statIfThere(path))?.size ?? 0;
}

/** The first two digits of every digest. */
function shards(): string[] {
  return Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));
}
