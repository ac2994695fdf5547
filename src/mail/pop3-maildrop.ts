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
  readonly #warn: Warn;
  /** The messages whose RETR has been sent and not been answered, in this order. */
  #asked: ListedMessage[] = [];

  constructor({ connection, capabilities }: LoggedIn, warn: Warn) {
    this.#connection = connection;
    // RFC 2449 §6.7: a server that deletes what it has sent must not be asked for what may be forgotten.
    const pipelines = capabilities?.pipelining === true && capabilities.expireDays !== 0;
    this.#inFlight = pipelines ? maxCommandsInFlight : 1;
    this.#hasTop = capabilities?.top ?? true;
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
    if (!reply.ok) return null;
    const kept: Buffer[] = [];
    let octets = 0;
    for await (const chunk of this.#connection.message()) {
      kept.push(chunk.subarray(0, maxTopBytes - octets));
      octets += chunk.length;
      if (octets >= maxTopBytes) break;
    }
    return Buffer.concat(kept);
  }

  async *retrieve(message: ListedMessage, ahead: readonly ListedMessage[] = []): AsyncGenerator<Uint8Array> {
    if (this.#asked[0]?.number !== message.number) await this.#forgetAsked();
    this.#ask([message, ...ahead]);
    const reply = await this.#connection.reply();
    this.#asked.shift();
    if (!reply.ok) throw this.#refused('RETR', reply);
    yield* this.#connection.message();
  }

  async delete(messages: readonly ListedMessage[]): Promise<void> {
    await this.#forgetAsked();
    let sent = 0;
    for (const [index, { number, uniqueId }] of messages.entries()) {
      for (const next of messages.slice(sent, index + this.#inFlight)) {
        this.#connection.send('DELE', String(next.number));
        sent++;
      }
      const reply = await this.#connection.reply();
      if (reply.ok) continue;
      const { message } = this.#refused('DELE', reply);
      this.#warn({ number, uniqueId }, `${message}; message ${number} stays there and comes again`);
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
  #listing<T>(answer: string, parse: (line: string) => T | null): Promise<T[]> {
    return this.#connection.listing(parse, (line) =>
      this.#warn({ line: line.slice(0, 80) }, `left out a line of ${answer} that makes no sense`),
    );
  }

  /** Asks for the first, and for as many of the others as may be in flight, unless that was done. */
  #ask(wanted: readonly ListedMessage[]): void {
    const inOrder = this.#asked.every(({ number }, index) => number === wanted[index]?.number);
    if (!inOrder) return;
    let octets = this.#asked.reduce((sum, message) => sum + message.octets, 0);
    for (const message of wanted.slice(this.#asked.length, this.#inFlight)) {
      octets += message.octets;
      if (this.#asked.length > 0 && octets > maxOctetsAhead) return;
      this.#connection.send('RETR', String(message.number));
      this.#asked.push(message);
    }
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
