/** Our POP3 client as a Mailbox: logs in, lists by unique-id, streams messages, deletes at QUIT. */
import type { Clock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import {
  type Pop3Keyword,
  type Pop3Reply,
  parseListLine,
  parseStat,
  parseUidlLine,
  responseCodes,
  type UidlLine,
} from '#wire/pop3.js';
import { joinListing } from '#wire/pop3-listing.js';
import type { ListedMessage, Mailbox, MailboxSession } from './mailbox.js';
import { Pop3Connection, type Pop3Server } from './pop3-connection.js';
import { pop3Errors } from './pop3-errors.js';

export interface Pop3MailboxSettings extends Pop3Server {
  user: string;
  password: string;
}

/** What `check` tells of a mailbox. */
export interface MailboxProbe {
  messages: number;
  octets: number;
  /** The TLS version, or null without TLS. */
  tls: string | null;
}

/** Of TOP's answer: room for any header. */
export const maxTopBytes = 256 * 1024;
/** Of the messages that one line of the log names. */
const maxNumbersShown = 10;

type Warn = (fields: Record<string, unknown>, text: string) => void;

export class Pop3Mailbox implements Mailbox {
  readonly name: string;
  readonly #settings: Pop3MailboxSettings;
  readonly #server: string;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(settings: Pop3MailboxSettings, clock: Clock, log: Log) {
    this.#settings = settings;
    this.#server = `${settings.host}:${settings.port}`;
    this.name = `${settings.user}@${this.#server}`;
    this.#clock = clock;
    this.#log = log;
  }

  async open(signal: AbortSignal): Promise<MailboxSession> {
    const connection = await this.#login(signal);
    return new Pop3Session(connection, this.#server, (fields, text) =>
      this.#log.warn({ event: 'mailbox-oddity', mailbox: this.name, ...fields }, text),
    );
  }

  /** Logs in, counts, and leaves everything as it is. */
  async probe(signal: AbortSignal): Promise<MailboxProbe> {
    const connection = await this.#login(signal);
    try {
      const reply = await connection.command('STAT');
      if (!reply.ok) throw pop3Errors.commandRefused(this.#server, 'STAT', reply);
      const counts = parseStat(reply.text);
      if (counts === null) throw pop3Errors.protocolError(this.#server, 'its answer to STAT is none');
      const { tls } = connection;
      await connection.command('QUIT');
      return { ...counts, tls };
    } finally {
      connection.destroy();
    }
  }

  async #login(signal: AbortSignal): Promise<Pop3Connection> {
    const connection = await Pop3Connection.open(this.#settings, this.#clock, signal);
    try {
      const { user, password } = this.#settings;
      // RFC 1939 §7: the server may refuse the name already, or only the pair.
      let reply = await connection.command('USER', user);
      if (reply.ok) reply = await connection.command('PASS', password);
      if (!reply.ok) throw this.#refusal(reply);
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  #refusal(reply: Pop3Reply): Error {
    // RFC 2449 §8.1.2
    if (reply.code === responseCodes.inUse) return pop3Errors.inUse(this.#server, reply);
    return pop3Errors.loginRefused(this.#server, reply);
  }
}

class Pop3Session implements MailboxSession {
  readonly #connection: Pop3Connection;
  readonly #server: string;
  readonly #warn: Warn;

  constructor(connection: Pop3Connection, server: string, warn: Warn) {
    this.#connection = connection;
    this.#server = server;
    this.#warn = warn;
  }

  async list(): Promise<ListedMessage[]> {
    const named = await this.#uniqueIds();
    await this.#confirmed('LIST');
    const sized = this.#parseLines(await this.#connection.listing(), 'LIST', parseListLine);
    const { messages, oddities } = joinListing(named, sized);
    for (const { text, numbers } of oddities) {
      const shown = numbers.slice(0, maxNumbersShown).join(', ');
      const more = numbers.length > maxNumbersShown ? ' and others' : '';
      this.#warn({ numbers }, `messages ${shown}${more} ${text}`);
    }
    return messages;
  }

  async top(message: ListedMessage, lines: number): Promise<Buffer | null> {
    const reply = await this.#connection.command('TOP', String(message.number), String(lines));
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

  async *retrieve(message: ListedMessage): AsyncGenerator<Uint8Array> {
    await this.#confirmed('RETR', String(message.number));
    yield* this.#connection.message();
  }

  async delete(messages: readonly ListedMessage[]): Promise<void> {
    for (const { number } of messages) {
      const reply = await this.#connection.command('DELE', String(number));
      if (!reply.ok) this.#warn({ number }, pop3Errors.commandRefused(this.#server, 'DELE', reply).message);
    }
  }

  async quit(): Promise<void> {
    try {
      await this.#confirmed('QUIT');
    } catch (error) {
      throw pop3Errors.quitUnconfirmed(this.#server, error);
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#connection.destroy();
  }

  /** Null when the server has none. */
  async #uniqueIds(): Promise<UidlLine[] | null> {
    const reply = await this.#connection.command('UIDL');
    if (reply.ok) return this.#parseLines(await this.#connection.listing(), 'UIDL', parseUidlLine);
    const refusal = pop3Errors.commandRefused(this.#server, 'UIDL', reply);
    // RFC 3206 §4: it may have them the next time.
    if (reply.code === responseCodes.systemTemporary) throw refusal;
    this.#warn({}, `${refusal.message}; its messages have no unique-ids`);
    return null;
  }

  async #confirmed(keyword: Pop3Keyword, ...args: string[]): Promise<void> {
    const reply = await this.#connection.command(keyword, ...args);
    if (!reply.ok) throw pop3Errors.commandRefused(this.#server, keyword, reply);
  }

  /** A line that makes no sense costs its own message only. */
  #parseLines<T>(lines: string[], answer: string, parse: (line: string) => T | null): T[] {
    const parsed: T[] = [];
    for (const line of lines) {
      const value = parse(line);
      if (value !== null) parsed.push(value);
      else this.#warn({ line: line.slice(0, 80) }, `left out a line of ${answer} that makes no sense`);
    }
    return parsed;
  }
}
