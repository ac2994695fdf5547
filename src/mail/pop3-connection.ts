/** One connection to a POP3 server: commands with their replies, several in flight, and multi-line answers as streams. */
import type { Clock } from '#base/clock.js';
import { cleanForDisplay } from '#base/display-text.js';
import { LimitError } from '#base/errors.js';
import { DotUnstuffer } from '#wire/dot-stuffing.js';
import { LineSplitter } from '#wire/lines.js';
import { formatCommand, type Pop3Keyword, type Pop3Reply, parseReply, unstuffLine } from '#wire/pop3.js';
import { type Challenge, maxResponseLineLength, parseAuthReply } from '#wire/pop3-auth.js';
import { Pace, type PaceLimits } from './pace.js';
import { pop3Errors } from './pop3-errors.js';
import { type Pop3Server, Pop3Socket } from './pop3-socket.js';

/** How long the server may think about a command; deleting thousands of messages at QUIT takes a while. */
export const replyTimeoutMs = 120_000;
/** How long a message may stand still on its way. */
export const silenceTimeoutMs = 60_000;
/** A message or a listing that has taken longer than this must have come, on the average, no slower than the next. */
export const trickleGraceMs = 120_000;
export const slowestOctetsPerSecond = 1024;
/** Above this no message of any kind is taken. */
export const maxRetrievedOctets = 2 ** 30;
/** What nobody wants to have any more is read and forgotten; beyond this the connection is dropped. */
export const maxForgottenOctets = 64 * 2 ** 20;
/** Of one listing, or one status line; a line in it may be longer than anybody reads, and is shortened. */
export const maxAnswerOctets = 64 * 2 ** 20;
/** Lines of one listing. */
export const maxListedLines = 200_000;
/** Some servers leave an empty line, or a second lone dot, behind a message (Exchange Online, hMailServer). */
const maxStrayLines = 10;

/** Of what is no status line, in the error. */
const maxLineShown = 80;

/** A status line has to be there in time as a whole. */
const replyPace: PaceLimits = {
  silenceMs: replyTimeoutMs,
  graceMs: replyTimeoutMs,
  octetsPerSecond: Number.POSITIVE_INFINITY,
};
const listingPace: PaceLimits = {
  silenceMs: replyTimeoutMs,
  graceMs: trickleGraceMs,
  octetsPerSecond: slowestOctetsPerSecond,
};
const messagePace: PaceLimits = { ...listingPace, silenceMs: silenceTimeoutMs };

export class Pop3Connection {
  /** For messages. */
  readonly server: string;
  readonly #socket: Pop3Socket;
  readonly #lines = new LineSplitter('a line of the mail server', maxResponseLineLength, 'shorten');
  #greeting = '';
  readonly #secrets = new Set<string>();

  private constructor(socket: Pop3Socket) {
    this.#socket = socket;
    this.server = socket.server;
  }

  /** Connects, makes the connection secure as the settings say, and has heard the greeting. */
  static async open(address: Pop3Server, clock: Clock, signal: AbortSignal): Promise<Pop3Connection> {
    const connection = new Pop3Connection(await Pop3Socket.connect(address, clock, signal));
    try {
      await connection.#greet(address);
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** What the server said first. */
  get greeting(): string {
    return this.#greeting;
  }

  /** The TLS version in use, for example `TLSv1.3`, or null. */
  get tls(): string | null {
    return this.#socket.tls;
  }

  /** Sends a command without waiting; each is answered, in this order, by one `reply`. */
  send(keyword: Pop3Keyword, ...args: string[]): void {
    this.#socket.write(formatCommand(keyword, ...args));
  }

  /** Sends the command once with each of these, all in one go; each is answered by one `reply`. */
  sendEach(keyword: Pop3Keyword, args: readonly string[]): void {
    if (args.length > 0) this.#socket.write(Buffer.concat(args.map((arg) => formatCommand(keyword, arg))));
  }

  /** Some servers repeat what they do not understand; from now on this is cut out of whatever they say. */
  conceal(secret: string): void {
    this.#secrets.add(secret);
  }

  /** What the server has said, fit to be shown. */
  withoutSecrets(text: string): string {
    return [...this.#secrets].reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
  }

  /** The status line of the oldest command that has not been answered. */
  async reply(): Promise<Pop3Reply> {
    const reply = await this.#status(parseReply);
    return { ...reply, text: this.withoutSecrets(reply.text) };
  }

  async command(keyword: Pop3Keyword, ...args: string[]): Promise<Pop3Reply> {
    this.send(keyword, ...args);
    return this.reply();
  }

  /** One line of a login's dialogue, and what the server says to it. */
  async exchange(line: Buffer): Promise<Pop3Reply | Challenge> {
    this.#socket.write(line);
    const answer = await this.#status(parseAuthReply);
    return answer.ok === null ? answer : { ...answer, text: this.withoutSecrets(answer.text) };
  }

  /** The lines that follow a status line, up to the lone dot, and how many there were that `parse` made nothing of. */
  async listing<T>(parse: (line: string) => T | null): Promise<{ parsed: T[]; odd: number }> {
    const parsed: T[] = [];
    let odd = 0;
    const pace = new Pace(listingPace);
    for (let lines = 0; ; lines++) {
      const line = unstuffLine((await this.#line(pace)).toString());
      if (line === null) return { parsed, odd };
      if (lines === maxListedLines) {
        this.destroy();
        throw new LimitError('the listing of the mailbox', maxListedLines, 'lines');
      }
      const value = parse(line);
      if (value === null) odd++;
      else parsed.push(value);
    }
  }

  /** The message that follows a status line, read no faster than it is taken; a chunk is good until the next one is asked for. */
  async *message(): AsyncGenerator<Buffer> {
    const decoder = this.#unstuffer();
    const pace = new Pace(messagePace);
    let octets = 0;
    let state: 'reading' | 'failed' | 'complete' = 'reading';
    try {
      for (let chunk = this.#lines.takeRest(); ; ) {
        const { data, end, rest } = decoder.decode(chunk);
        octets += data.length;
        if (end) {
          this.#lines.push(rest);
          state = 'complete';
        }
        if (octets > maxRetrievedOctets) throw new LimitError('a message', maxRetrievedOctets, 'octets');
        if (data.length > 0) yield data;
        if (end) return;
        state = 'failed';
        chunk = await this.#socket.read(pace);
        state = 'reading';
      }
    } finally {
      if (state === 'reading') await this.#forget(decoder, new Pace(messagePace));
    }
  }

  /** Reads over the next so many replies and the messages that follow them. */
  async forgetMessages(count: number): Promise<void> {
    const pace = new Pace(messagePace);
    for (let left = count; left > 0; left--) {
      const { ok } = await this.reply();
      if (ok) await this.#forget(this.#unstuffer(), pace);
    }
  }

  /** Drops the connection; every call that waits, and every later one, throws. */
  destroy(): void {
    this.#socket.destroy();
  }

  async #greet({ security }: Pop3Server): Promise<void> {
    if (security === 'tls') await this.#socket.secure();
    const greeting = await this.reply();
    if (!greeting.ok) throw pop3Errors.commandRefused(this.server, 'the connection', greeting);
    this.#greeting = greeting.text;
    if (security !== 'starttls') return;
    const reply = await this.command('STLS');
    if (!reply.ok) throw pop3Errors.startTlsRefused(this.server, reply);
    // RFC 2595 §4, §2.4: what was said before the handshake may come from anyone.
    this.#lines.takeRest();
    await this.#socket.secure();
  }

  /** Reads on to the end of a message. */
  async #forget(decoder: DotUnstuffer, pace: Pace): Promise<void> {
    for (let chunk = this.#lines.takeRest(); ; chunk = await this.#socket.read(pace)) {
      const { end, rest } = decoder.decode(chunk);
      if (end) return this.#lines.push(rest);
      if (pace.octets > maxForgottenOctets) return this.destroy();
    }
  }

  /** For a message whose status line has just been read; a server has its own way to end lines. */
  #unstuffer(): DotUnstuffer {
    return new DotUnstuffer(this.#lines.lastEndWasBare ? 'LF' : 'CRLF');
  }

  async #status<T>(parse: (line: string) => T | null): Promise<T> {
    const pace = new Pace(replyPace);
    let line = '';
    for (let stray = 0; stray <= maxStrayLines; stray++) {
      line = (await this.#line(pace)).toString();
      if (line === '' || line === '.') continue;
      const reply = parse(line);
      if (reply !== null) return reply;
      break;
    }
    this.destroy();
    const shown = cleanForDisplay(this.withoutSecrets(line), maxLineShown);
    throw pop3Errors.protocolError(this.server, `it said "${shown}"`);
  }

  async #line(pace: Pace): Promise<Buffer> {
    for (;;) {
      const line = this.#lines.next();
      if (line !== null) return line;
      if (pace.octets > maxAnswerOctets) {
        this.destroy();
        throw new LimitError('an answer of the mail server', maxAnswerOctets, 'octets');
      }
      this.#lines.push(await this.#socket.read(pace));
    }
  }
}
