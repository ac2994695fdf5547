/** The built-in mail room: SMTP in, POP3 out, for demos, tests and small places without a mail server. */
import type { Clock } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { MaildropStore } from './maildrop-store.js';
import { Passwords } from './passwords.js';
import { Pop3Face } from './pop3-face.js';
import { SmtpFace } from './smtp-face.js';

export interface MailroomMailbox {
  /** The POP3 user. */
  name: string;
  password: string;
  addresses: string[];
}

export interface MailroomSettings {
  host: string;
  /** 0 takes a free one, here and below. */
  smtpPort: number;
  pop3Port: number;
  dataDir: string;
  mailboxes: MailroomMailbox[];
  maxMessageBytes: number;
  maxMailboxBytes: number;
}

export class Mailroom {
  readonly #settings: MailroomSettings;
  readonly #log: Log;
  readonly #store: MaildropStore;
  readonly #smtp: SmtpFace;
  readonly #pop3: Pop3Face;

  constructor(settings: MailroomSettings, clock: Clock, log: Log) {
    const { host, smtpPort, pop3Port, dataDir, mailboxes, maxMessageBytes, maxMailboxBytes } = settings;
    this.#settings = settings;
    this.#log = log;
    this.#store = new MaildropStore(dataDir, maxMailboxBytes, clock);
    const mailboxByAddress = indexAddresses(mailboxes);
    this.#smtp = new SmtpFace(
      { host, port: smtpPort, maxMessageBytes, mailboxByAddress },
      this.#store,
      clock,
      log,
    );
    this.#pop3 = new Pop3Face({ host, port: pop3Port }, this.#store, new Passwords(mailboxes), clock, log);
  }

  /** Opens the maildrops and listens; returns the ports. */
  async start(): Promise<{ smtpPort: number; pop3Port: number }> {
    await this.#store.open(this.#settings.mailboxes.map(({ name }) => name));
    const smtpPort = await this.#listen('smtp', this.#smtp, this.#settings.smtpPort);
    try {
      return { smtpPort, pop3Port: await this.#listen('pop3', this.#pop3, this.#settings.pop3Port) };
    } catch (error) {
      await this.#smtp.stop();
      throw error;
    }
  }

  /** Mail being received is finished or refused; POP3 sessions are dropped, what they marked stays. */
  async stop(): Promise<void> {
    await Promise.all([this.#smtp.stop(), this.#pop3.stop()]);
  }

  async #listen(face: string, server: { start(): Promise<number> }, wanted: number): Promise<number> {
    const { host } = this.#settings;
    try {
      const port = await server.start();
      this.#log.info({ event: 'listening', face, port }, `the mail room speaks ${face} on ${host}:${port}`);
      return port;
    } catch (cause) {
      throw new PhaserLinkError({
        code: 'mailroom-cannot-listen',
        retry: 'permanent',
        text: `cannot listen for ${face} on ${host}:${wanted}: ${errorText(cause)}; choose another port`,
        cause,
      });
    }
  }
}

function indexAddresses(mailboxes: readonly MailroomMailbox[]): Map<string, string> {
  const index = new Map<string, string>();
  for (const { name, addresses } of mailboxes) {
    for (const address of addresses.map((written) => written.toLowerCase())) {
      if (index.has(address)) {
        throw new PhaserLinkError({
          code: 'mailroom-address-twice',
          retry: 'permanent',
          text: `the address ${address} belongs to two mailboxes; give it to one`,
        });
      }
      index.set(address, name);
    }
  }
  return index;
}
