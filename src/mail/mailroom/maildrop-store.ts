/** The mail room's maildrops on disk: a folder a mailbox, a file a message, its name the unique-id. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '#base/clock.js';
import { makeFolderDurably, renameDurably, syncFolder, writeAll } from '#base/durable-files.js';
import { PhaserLinkError, systemErrorCode } from '#base/errors.js';
import type { MaildropEntry } from '#wire/pop3-server.js';

export const maxMessagesPerMaildrop = 50_000;

const mailboxName = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/;
const messageFile = /^([0-9a-z]+-[0-9a-f]+)\.eml$/;
const readSize = 256 * 1024;

/** A message on its way into a maildrop; nothing of it is there before `commit` returns, then it is on disk. */
export interface MessageWriter {
  readonly uniqueId: string;
  write(chunk: Uint8Array): Promise<void>;
  /** Throws `maildrop-full` when it does not fit. */
  commit(): Promise<MaildropEntry>;
  /** Forgets what was written; harmless after `commit`. */
  discard(): Promise<void>;
}

export class MaildropStore {
  readonly #folder: string;
  readonly #incoming: string;
  readonly #maxMailboxBytes: number;
  readonly #clock: Clock;
  readonly #maildrops = new Map<string, Maildrop>();

  constructor(folder: string, maxMailboxBytes: number, clock: Clock) {
    this.#folder = join(folder, 'maildrops');
    this.#incoming = join(folder, 'incoming');
    this.#maxMailboxBytes = maxMailboxBytes;
    this.#clock = clock;
  }

  /** Makes the maildrops, reads what is in them, and removes what a crash left half written. */
  async open(mailboxes: readonly string[]): Promise<void> {
    await rm(this.#incoming, { recursive: true, force: true });
    await makeFolderDurably(this.#incoming);
    for (const name of mailboxes) {
      if (!mailboxName.test(name)) {
        throw new PhaserLinkError({
          code: 'mailroom-bad-mailbox-name',
          retry: 'permanent',
          text: `the mailbox name "${name}" does not do; use up to 64 letters, digits and . _ @ + -, a letter or digit first`,
        });
      }
      const folder = join(this.#folder, name);
      await makeFolderDurably(folder);
      this.#maildrops.set(name, new Maildrop(folder, this.#maxMailboxBytes, await readEntries(folder)));
    }
  }

  maildrop(name: string): Maildrop {
    const maildrop = this.#maildrops.get(name);
    if (maildrop === undefined) throw new Error(`no maildrop of the name ${name} was opened`);
    return maildrop;
  }

  async create(name: string): Promise<MessageWriter> {
    const maildrop = this.maildrop(name);
    // Ordered by arrival as long as the clock does not jump, unique in any case.
    const uniqueId = `${this.#clock.now().toString(36).padStart(9, '0')}-${randomBytes(8).toString('hex')}`;
    const temporary = join(this.#incoming, `${uniqueId}.new`);
    return new FileWriter(uniqueId, temporary, await open(temporary, 'wx', 0o600), maildrop);
  }
}

export class Maildrop {
  readonly #folder: string;
  readonly #maxOctets: number;
  /** In the order of arrival. */
  readonly #entries: Map<string, MaildropEntry>;
  #octets: number;
  #locked = false;

  constructor(folder: string, maxOctets: number, entries: MaildropEntry[]) {
    this.#folder = folder;
    this.#maxOctets = maxOctets;
    this.#entries = new Map(entries.map((entry) => [entry.uniqueId, entry]));
    this.#octets = entries.reduce((sum, entry) => sum + entry.octets, 0);
  }

  /** Whether a message of this size fits now. */
  hasRoomFor(octets: number): boolean {
    return this.#octets + octets <= this.#maxOctets && this.#entries.size < maxMessagesPerMaildrop;
  }

  /** RFC 1939 §4: the exclusive lock and the messages as they are now; null when another session has it. */
  lock(): readonly MaildropEntry[] | null {
    if (this.#locked) return null;
    this.#locked = true;
    return [...this.#entries.values()];
  }

  unlock(): void {
    this.#locked = false;
  }

  /** Takes over a closed, synced file. */
  async add(entry: MaildropEntry, from: string): Promise<void> {
    if (!this.hasRoomFor(entry.octets)) {
      throw new PhaserLinkError({
        code: 'maildrop-full',
        retry: 'temporary',
        text: `the maildrop ${this.#folder} is full; fetch its mail, or raise maxMailboxBytes`,
        publicText: 'the mailbox is full',
      });
    }
    this.#octets += entry.octets;
    try {
      await renameDurably(from, this.#path(entry.uniqueId));
      this.#entries.set(entry.uniqueId, entry);
    } catch (error) {
      this.#octets -= entry.octets;
      throw error;
    }
  }

  /** The message's bytes; the file is open, and so the message readable to its end, when this returns. To be destroyed. */
  async read(entry: MaildropEntry): Promise<Readable> {
    const file = await open(this.#path(entry.uniqueId), 'r');
    return file.createReadStream({ highWaterMark: readSize });
  }

  /** Removes the messages for good and says which are gone. */
  async remove(entries: readonly MaildropEntry[]): Promise<MaildropEntry[]> {
    const removed: MaildropEntry[] = [];
    for (const entry of entries) {
      try {
        await rm(this.#path(entry.uniqueId), { force: true });
      } catch {
        continue;
      }
      if (this.#entries.delete(entry.uniqueId)) this.#octets -= entry.octets;
      removed.push(entry);
    }
    if (removed.length > 0) await syncFolder(this.#folder);
    return removed;
  }

  #path(uniqueId: string): string {
    return join(this.#folder, `${uniqueId}.eml`);
  }
}

class FileWriter implements MessageWriter {
  readonly uniqueId: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #maildrop: Maildrop;
  #octets = 0;
  #closed = false;

  constructor(uniqueId: string, temporary: string, file: FileHandle, maildrop: Maildrop) {
    this.uniqueId = uniqueId;
    this.#temporary = temporary;
    this.#file = file;
    this.#maildrop = maildrop;
  }

  async write(chunk: Uint8Array): Promise<void> {
    await writeAll(this.#file, chunk);
    this.#octets += chunk.length;
  }

  async commit(): Promise<MaildropEntry> {
    await this.#file.sync();
    await this.#close();
    const entry = { uniqueId: this.uniqueId, octets: this.#octets };
    await this.#maildrop.add(entry, this.#temporary);
    return entry;
  }

  async discard(): Promise<void> {
    await this.#close();
    await rm(this.#temporary, { force: true });
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
  }
}

async function readEntries(folder: string): Promise<MaildropEntry[]> {
  const entries: MaildropEntry[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const uniqueId = messageFile.exec(name)?.[1];
    if (uniqueId === undefined) continue;
    try {
      entries.push({ uniqueId, octets: (await stat(join(folder, name))).size });
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
  }
  return entries;
}
