/**
 * Packs: files in which the small contents of a few mails lie one behind the other, for to make a file for each takes longer
 * than to read its mail. Only the ledger knows what lies where.
 */
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolderDurably, statIfThere, syncFile, syncFolder, writeAllAtOnce } from '#base/durable-files.js';
import { PhaserLinkError, systemErrorCode } from '#base/errors.js';
import { together } from '#base/together.js';
import type { PackedContent } from '#vocab/line.js';
import { contentDamaged, contentMissing } from './content-errors.js';

const nameForm = /^[0-9a-f-]{36}$/;

export class Packs {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  make(): Promise<void> {
    return makeFolderDurably(this.#folder);
  }

  /** A name that no pack has had; its file is made with the first content. */
  newName(): string {
    return randomUUID();
  }

  append(name: string): PackWriter {
    return new PackWriter(this.pathOf(name));
  }

  /**
   * Into `room`, which is to be large enough. Throws `content-missing`, or `content-damaged` when the bytes are not those of the
   * digest. The whole process waits for so little as this.
   */
  read(content: PackedContent, room: Buffer = Buffer.allocUnsafe(content.bytes)): Buffer {
    const file = this.#open(content.pack);
    try {
      const buffer = room.subarray(0, content.bytes);
      const bytesRead = readSync(file, buffer, 0, content.bytes, content.at);
      if (bytesRead < content.bytes)
        throw contentDamaged(content, `${bytesRead} bytes instead of ${content.bytes}`);
      // The ledger may be a restored copy, which knows nothing of what has moved since.
      const digest = createHash('sha256').update(buffer).digest('hex');
      if (digest !== content.digest) throw contentDamaged(content, 'other bytes than it had');
      return buffer;
    } finally {
      closeSync(file);
    }
  }

  #open(pack: string): number {
    const path = this.pathOf(pack);
    try {
      return openSync(path, 'r');
    } catch (error) {
      throw systemErrorCode(error) === 'ENOENT' ? contentMissing(path, error) : error;
    }
  }

  /** Whether all of the content is there. */
  async has({ pack, at, bytes }: PackedContent): Promise<boolean> {
    return ((await this.sizeOf(pack)) ?? -1) >= at + bytes;
  }

  /** What lies in them survives a power cut. */
  async makeDurable(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await together([...names.map((name) => syncFile(this.pathOf(name))), syncFolder(this.#folder)]);
  }

  /** How many bytes lie in it; null when it is not there. */
  async sizeOf(name: string): Promise<number | null> {
    return (await statIfThere(this.pathOf(name)))?.size ?? null;
  }

  /** Removes the packs that are not named; not while a content is being written. Returns how many are gone. */
  async sweep(live: ReadonlySet<string>): Promise<number> {
    const dead = (await readdir(this.#folder)).filter((name) => !live.has(name));
    await together(dead.map((name) => rm(join(this.#folder, name), { force: true })));
    return dead.length;
  }

  async remove(name: string): Promise<void> {
    await rm(this.pathOf(name), { force: true });
  }

  async usedBytes(): Promise<number> {
    const names = await readdir(this.#folder);
    const found = await Promise.all(names.map((name) => statIfThere(join(this.#folder, name))));
    return found.reduce((sum, file) => sum + (file?.size ?? 0), 0);
  }

  pathOf(name: string): string {
    if (nameForm.test(name)) return join(this.#folder, name);
    throw new PhaserLinkError({
      code: 'content-name-invalid',
      retry: 'permanent',
      text: `${JSON.stringify(name)} is no name of a pack`,
    });
  }
}

/** Writes contents behind what is in a pack; nobody else does meanwhile. */
export class PackWriter {
  readonly #path: string;
  /** Opened with the first content. */
  #file: number | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Where it begins, in bytes; the whole process waits until the system has it. */
  append(bytes: Uint8Array): number {
    this.#file ??= openSync(this.#path, 'a', 0o600);
    // Asked each time: a write that failed may have left something.
    const at = fstatSync(this.#file).size;
    writeAllAtOnce(this.#file, bytes);
    return at;
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}
