/** One client of the mail room's POP3 side: reads its lines, answers, streams messages, holds the maildrop's lock. */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { type Clock, sleep } from '#base/clock.js';
import { errorText, LimitError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { DotStuffer } from '#wire/dot-stuffing.js';
import { LineSplitter } from '#wire/lines.js';
import { formatReply, maxCommandLineLength } from '#wire/pop3.js';
import {
  initialState,
  loggedIn,
  loginRefused,
  type MaildropEntry,
  maildropInUse,
  messageUnreadable,
  type Pop3Effect,
  type Pop3State,
  type Pop3Step,
  step,
  updated,
} from '#wire/pop3-server.js';
import { TopCutter } from '#wire/top-lines.js';
import type { Maildrop, MaildropStore } from './maildrop-store.js';
import type { Passwords } from './passwords.js';

/** RFC 1939 §3: at least ten minutes. Also the longest that a client may take no byte of an answer. */
export const idleTimeoutMs = 10 * 60_000;
/** What guessing a password costs; RFC 2449 §8.1.1 would call it a login delay. */
export const failedLoginDelayMs = 1_000;
export const maxFailedLogins = 3;

export class Pop3Session {
  readonly #socket: Socket;
  readonly #store: MaildropStore;
  readonly #passwords: Passwords;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #gone = new AbortController();
  #state: Pop3State = initialState;
  #failedLogins = 0;
  #open: { mailbox: string; maildrop: Maildrop } | null = null;
  #cancelIdle = () => {};

  constructor(socket: Socket, store: MaildropStore, passwords: Passwords, clock: Clock, log: Log) {
    this.#socket = socket;
    this.#store = store;
    this.#passwords = passwords;
    this.#clock = clock;
    this.#log = log;
    socket.once('close', () => this.#gone.abort(new Error('the client has gone')));
  }

  /** Ends when the client has quit or gone, or has been shown the door. */
  async run(): Promise<void> {
    const lines = new LineSplitter('a POP3 command', maxCommandLineLength);
    try {
      await this.#write(formatReply({ ok: true, text: 'PhaserLink mail room' }));
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) {
        lines.push(chunk);
        for (let line = lines.next(); line !== null; line = lines.next()) {
          if ((await this.#answer(step(this.#state, line.toString()))) === 'end') return;
        }
        this.#touch();
      }
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      await this.#write(formatReply({ ok: false, text: error.publicText }));
    } finally {
      this.#cancelIdle();
      this.#unlock();
    }
  }

  async #answer({ state, reply, effect }: Pop3Step): Promise<'go on' | 'end'> {
    this.#state = state;
    if (effect?.kind === 'send') {
      await this.#send(effect, reply);
      return 'go on';
    }
    if (reply !== '') await this.#write(reply);
    if (effect?.kind === 'close') return 'end';
    if (effect?.kind === 'login') return this.#login(effect);
    if (effect?.kind === 'update') return this.#answer(updated(await this.#update(effect.deleted)));
    return 'go on';
  }

  async #login({ user, password }: Extract<Pop3Effect, { kind: 'login' }>): Promise<'go on' | 'end'> {
    if (!this.#passwords.match(user, password)) {
      this.#failedLogins++;
      this.#log.warn({ event: 'login-refused', mailbox: user.slice(0, 80) }, 'a POP3 login was refused');
      await sleep(this.#clock, failedLoginDelayMs, this.#gone.signal);
      await this.#answer(loginRefused());
      return this.#failedLogins >= maxFailedLogins ? 'end' : 'go on';
    }
    const maildrop = this.#store.maildrop(user);
    const messages = maildrop.lock();
    if (messages === null) return this.#answer(maildropInUse());
    this.#open = { mailbox: user, maildrop };
    return this.#answer(loggedIn(messages));
  }

  async #send({ message, bodyLines }: Extract<Pop3Effect, { kind: 'send' }>, reply: string): Promise<void> {
    const bytes = await this.#read(message);
    if (bytes === null) {
      await this.#answer(messageUnreadable(this.#state));
      return;
    }
    try {
      await this.#write(reply);
      const stuffer = new DotStuffer();
      const cutter = bodyLines === null ? null : new TopCutter(bodyLines);
      for await (const chunk of bytes) {
        const { data, end } = cutter?.cut(chunk) ?? { data: chunk, end: false };
        await this.#write(stuffer.encode(data));
        if (end) break;
      }
      await this.#write(stuffer.finish());
    } finally {
      bytes.destroy();
    }
  }

  async #read(message: MaildropEntry): Promise<Readable | null> {
    try {
      return (await this.#open?.maildrop.read(message)) ?? null;
    } catch (error) {
      this.#log.error({ event: 'mail-unreadable', uniqueId: message.uniqueId }, errorText(error));
      return null;
    }
  }

  /** Whether every marked message is gone. */
  async #update(deleted: MaildropEntry[]): Promise<boolean> {
    if (this.#open === null) return true;
    const { mailbox, maildrop } = this.#open;
    const removed = await maildrop.remove(deleted);
    // Before the answer, so that the client can come back at once.
    this.#unlock();
    for (const { uniqueId } of removed) {
      this.#log.info(
        { event: 'mail-deleted', mailbox, uniqueId },
        `mail ${uniqueId} deleted from ${mailbox}`,
      );
    }
    return removed.length === deleted.length;
  }

  #unlock(): void {
    this.#open?.maildrop.unlock();
    this.#open = null;
  }

  /** Waits while the client does not take what was written before. */
  async #write(bytes: string | Buffer): Promise<void> {
    this.#gone.signal.throwIfAborted();
    this.#touch();
    if (this.#socket.write(bytes)) return;
    await new Promise<void>((resolve, reject) => {
      const { signal } = this.#gone;
      const drained = () => {
        signal.removeEventListener('abort', gone);
        resolve();
      };
      const gone = () => {
        this.#socket.off('drain', drained);
        reject(signal.reason);
      };
      this.#socket.once('drain', drained);
      signal.addEventListener('abort', gone, { once: true });
    });
  }

  #touch(): void {
    this.#cancelIdle();
    this.#cancelIdle = this.#clock.schedule(idleTimeoutMs, () => this.#socket.destroy());
  }
}
