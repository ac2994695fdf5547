/** Our POP3 client as a Mailbox. */
import type { Clock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import type { LoginMethod } from '#vocab/login-methods.js';
import { parseStat } from '#wire/pop3.js';
import { describeCapabilities } from '#wire/pop3-capabilities.js';
import { methodFacts } from './choose-login.js';
import type { Mailbox, MailboxSession } from './mailbox.js';
import { pop3Errors } from './pop3-errors.js';
import { type LoggedIn, type LoginSettings, logIn } from './pop3-login.js';
import { Pop3Maildrop } from './pop3-maildrop.js';

export type Pop3MailboxSettings = LoginSettings;

/** What `check` tells of a mailbox. */
export interface MailboxProbe {
  messages: number;
  octets: number;
  /** The TLS version, or null without TLS. */
  tls: string | null;
  /** How we logged in, as the standards call it. */
  login: string;
  /** What the server can do, in words. */
  capabilities: string;
}

export class Pop3Mailbox implements Mailbox {
  readonly name: string;
  readonly #settings: Pop3MailboxSettings;
  readonly #clock: Clock;
  readonly #log: Log;
  /** The way to log in that has worked last. */
  #method: LoginMethod | null = null;
  /** What the last session has logged; the same trouble is told once. */
  #oddities: ReadonlySet<string> = new Set();
  readonly #spared = new Set<string>();

  constructor(settings: Pop3MailboxSettings, clock: Clock, log: Log) {
    this.#settings = settings;
    this.name = `${settings.user}@${settings.host}:${settings.port}`;
    this.#clock = clock;
    this.#log = log;
  }

  async open(signal: AbortSignal): Promise<MailboxSession> {
    const loggedIn = await this.#logIn(signal);
    const [before, now] = [this.#oddities, new Set<string>()];
    this.#oddities = now;
    return new Pop3Maildrop(loggedIn, this.#spared, (fields, text) => {
      now.add(text);
      if (before.has(text)) return;
      this.#log.warn({ event: 'mailbox-oddity', mailbox: this.name, ...fields }, text);
    });
  }

  /** Logs in, counts, and leaves everything as it is. */
  async probe(signal: AbortSignal): Promise<MailboxProbe> {
    const { connection, method, capabilities } = await this.#logIn(signal);
    try {
      const reply = await connection.command('STAT');
      if (!reply.ok) throw pop3Errors.commandRefused(connection.server, 'STAT', reply);
      const counts = parseStat(reply.text);
      if (counts === null) throw pop3Errors.protocolError(connection.server, 'its answer to STAT is none');
      const { tls } = connection;
      await connection.command('QUIT');
      const { title } = methodFacts[method];
      return { ...counts, tls, login: title, capabilities: describeCapabilities(capabilities) };
    } finally {
      connection.destroy();
    }
  }

  async #logIn(signal: AbortSignal): Promise<LoggedIn> {
    const loggedIn = await logIn(this.#settings, this.#method, this.#clock, signal);
    this.#method = loggedIn.method;
    return loggedIn;
  }
}
