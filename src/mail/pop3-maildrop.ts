/** The TRANSACTION state of POP3 (RFC 1939 §5): lists, streams messages, marks them; several commands in flight. */
import {
  type Pop3Keyword,
  type Pop3Reply,
  parseListLine,
  parseUidlLine,
  responseCodes,
  type UidlLine,
} from '#wire/pop3.js';
import { joinListing } from '#wire/pop3-listing.js';
import type { ListedMessage, MailboxSession } from './mailbox.js';
import type { Pop3Connection } from './pop3-connection.js';
import { pop3Errors } from './pop3-errors.js';
import type { LoggedIn } from './pop3-login.js';

/** Of TOP's answer: room for any header. */
export const maxTopBytes = 256 * 1024;
/** RFC 2449 §6.6 asks for no more than what fits into the window of TCP; each has some ten octets. */
export const maxCommandsInFlight = 32;
/** What messages that are asked for ahead may have together, as far as the server has told; they come in any case. */
export const maxOctetsAhead = 4 * 2 ** 20;
/** Of the messages that one line of the log names. */
const maxNumbersShown = 10;

export type Warn = (fields: Record<string, unknown>, text: string) => void;

export class Pop3Maildrop implements MailboxSession {
  readonly #connection: Pop3Connection;
  readonly #inFlight: number;
  readonly #hasTop: boolean;
  readonly #spared: Set<string>;
  readonly #warn: Warn;
  /** The messages whose RETR has been sent and not been answered, in this order. */
  #asked: ListedMessage[] = [];

  /** `spared` has the unique-ids of messages at whose deletion the server went away the last time. */
  constructor({ connection, capabilities }: LoggedIn, spared: Set<string>, warn: Warn) {
    this.#connection = connection;
    // RFC 2449 §6.7: a server that deletes what it has sent must not be asked for what may be forgotten.
    const pipelines = capabilities?.pipelining === true && capabilities.expireDays !== 0;
    this.#inFlight = pipelines ? maxCommandsInFlight : 1;
    this.#hasTop = capabilities?.top ?? true;
    this.#spared = spared;
    this.#warn = warn;
  }

  async list(): Promise<ListedMessage[]> {
    const named = await this.#uniqueIds();
    await this.#confirmed('LIST');
    const sized = await this.#listing('LIST', parseListLine);
    const { messages, oddities } = joinListing(named, sized);
    for (const { text, numbers } of oddities) {
      const shown = numbers.slice(0, maxNumbersShown).join(', ');
      const more = numbers.length > maxNumbersShown ? ` and ${numbers.length - maxNumbersShown} others` : '';
      this.#warn({ numbers: numbers.length }, `${text}: ${shown}${more}`);
    }
    return messages;
  }

  async top({ number }: ListedMessage, lines: number): Promise<Buffer | null> {
    if (!this.#hasTop) return null;
    const reply = await this.#command('TOP', String(number), String(lines));
    if (!reply.ok) {
      // RFC 3206 §4: it may show it the next time.
      if (reply.code === responseCodes.systemTemporary) throw this.#refused('TOP', reply);
      return null;
    }
    const kept: Buffer[] = [];
    let octets = 0;
    for await (const chunk of this.#connection.message()) {
      kept.push(Buffer.from(chunk.subarray(0, maxTopBytes - octets)));
      octets += chunk.length;
      if (octets >= maxTopBytes) break;
    }
    return Buffer.concat(kept);
  }

  async *retrieve(message: ListedMessage, ahead: readonly ListedMessage[] = []): AsyncGenerator<Uint8Array> {
    if (this.#asked[0]?.number !== message.number) await this.#forgetAsked();
    this.#ask([message, ...ahead.slice(0, this.#inFlight)]);
    const reply = await this.#connection.reply();
    this.#asked.shift();
    if (!reply.ok) throw this.#refused('RETR', reply);
    yield* this.#connection.message();
  }

  async delete(messages: readonly ListedMessage[]): Promise<void> {
    await this.#forgetAsked();
    const marked = messages.filter((message) => !this.#isSpared(message));
    for (let at = 0; at < marked.length; at += this.#inFlight) {
      const together = marked.slice(at, at + this.#inFlight);
      this.#connection.sendEach('DELE', together.map(numberOf));
      for (const message of together) {
        const reply = await this.#deletionOf(message);
        if (!reply.ok) this.#keeps(message, this.#refused('DELE', reply).message);
      }
    }
  }

  async quit(): Promise<void> {
    try {
      await this.#confirmed('QUIT');
    } catch (error) {
      throw pop3Errors.quitUnconfirmed(this.#connection.server, error);
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#connection.destroy();
  }

  /** Once, so that a message at which the server goes away costs only itself, and is tried again after that. */
  #isSpared(message: ListedMessage): boolean {
    if (message.uniqueId === null || !this.#spared.delete(message.uniqueId)) return false;
    this.#keeps(
      message,
      `the mail server ${this.#connection.server} went away when it was told to delete it`,
    );
    return true;
  }

  async #deletionOf({ uniqueId }: ListedMessage): Promise<Pop3Reply> {
    try {
      return await this.#connection.reply();
    } catch (error) {
      if (uniqueId !== null) this.#spared.add(uniqueId);
      throw error;
    }
  }

  #keeps({ number, uniqueId }: ListedMessage, why: string): void {
    this.#warn({ number, uniqueId }, `message ${number} is not deleted and comes again: ${why}`);
  }

  /** Null when the server has none. */
  async #uniqueIds(): Promise<UidlLine[] | null> {
    const reply = await this.#command('UIDL');
    if (reply.ok) return this.#listing('UIDL', parseUidlLine);
    const refusal = this.#refused('UIDL', reply);
    // RFC 3206 §4: it may have them the next time.
    if (reply.code === responseCodes.systemTemporary) throw refusal;
    this.#warn({}, `${refusal.message}; its messages have no unique-ids`);
    return null;
  }

  /** A line that makes no sense costs its own message only. */
  async #listing<T>(answer: string, parse: (line: string) => T | null): Promise<T[]> {
    const { parsed, odd } = await this.#connection.listing(parse);
    if (odd > 0) this.#warn({ lines: odd }, `lines of ${answer} that make no sense: ${odd}`);
    return parsed;
  }

  /** Asks for the first, and for as many of the others as may be in flight, unless that was done. */
  #ask(wanted: readonly ListedMessage[]): void {
    const inOrder = this.#asked.every(({ number }, index) => number === wanted[index]?.number);
    if (!inOrder) return;
    const before = this.#asked.length;
    let octets = this.#asked.reduce((sum, message) => sum + message.octets, 0);
    for (const message of wanted.slice(before, this.#inFlight)) {
      octets += message.octets;
      if (this.#asked.length > 0 && octets > maxOctetsAhead) break;
      this.#asked.push(message);
    }
    this.#connection.sendEach('RETR', this.#asked.slice(before).map(numberOf));
  }

  /** What was asked for ahead and is not wanted after all comes before anything else can. */
  async #forgetAsked(): Promise<void> {
    const { length } = this.#asked;
    this.#asked = [];
    await this.#connection.forgetMessages(length);
  }

  async #command(keyword: Pop3Keyword, ...args: string[]): Promise<Pop3Reply> {
    await this.#forgetAsked();
    return this.#connection.command(keyword, ...args);
  }

  async #confirmed(keyword: Pop3Keyword): Promise<void> {
    const reply = await this.#command(keyword);
    if (!reply.ok) throw this.#refused(keyword, reply);
  }

  #refused(keyword: Pop3Keyword, reply: Pop3Reply): Error {
    return pop3Errors.commandRefused(this.#connection.server, keyword, reply);
  }
}

function numberOf({ number }: ListedMessage): string {
  return String(number);
}
