/** The mail room's SMTP side: takes mail for its own mailboxes only, and says 250 when it is safe on disk. */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Clock } from '#base/clock.js';
import { errorText, isTemporary, PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import type { MaildropStore, MessageWriter } from './maildrop-store.js';
import { findMessageId, formatTrace } from './trace-header.js';

const maxConnections = 50;
const maxRecipients = 20;
const maxCommandLineLength = 2048;
/** RFC 5321 §4.5.3.2.7 asks for five minutes. */
const idleTimeoutMs = 5 * 60_000;
/** How long `stop` waits for senders in mid-sentence; they come again. */
const stopGraceMs = 500;
/** Where we stop looking for the Message-ID that goes into the log. */
const maxSearchedHeader = 32 * 1024;

/** Neither logins nor TLS here, and none of the historic jokes that the library keeps. */
const disabledCommands = ['AUTH', 'STARTTLS', 'WIZ', 'SHELL', 'KILL'];

export interface SmtpFaceOptions {
  host: string;
  port: number;
  maxMessageBytes: number;
  /** Mailbox names by their addresses in lower case. */
  mailboxByAddress: ReadonlyMap<string, string>;
}

export class SmtpFace {
  readonly #options: SmtpFaceOptions;
  readonly #store: MaildropStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #server: SMTPServer;
  readonly #deliveries = new Set<Promise<void>>();

  constructor(options: SmtpFaceOptions, store: MaildropStore, clock: Clock, log: Log) {
    this.#options = options;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#server = new SMTPServer({
      banner: 'PhaserLink mail room',
      size: options.maxMessageBytes,
      rejectOversized: true,
      maxClients: maxConnections,
      maxRecipients,
      maxCommandLength: maxCommandLineLength,
      socketTimeout: idleTimeoutMs,
      closeTimeout: stopGraceMs,
      authOptional: true,
      disabledCommands,
      disableReverseLookup: true,
      onRcptTo: ({ address }, session, done) => done(this.#refuseRecipient(address, session)),
      onData: (stream, session, done) => this.#deliver(stream, session, done),
    });
    this.#server.on('error', (error) =>
      this.#log.debug({ event: 'smtp-connection-failed' }, `an SMTP connection failed: ${error.message}`),
    );
  }

  /** Returns the port it listens on. */
  start(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.server.once('error', reject);
      this.#server.listen(this.#options.port, this.#options.host, () => {
        resolve((this.#server.server.address() as AddressInfo).port);
      });
    });
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
    await Promise.allSettled(this.#deliveries);
  }

  /** RFC 5321 §3.3: only our own mailboxes; what will not fit is refused before it is sent. */
  #refuseRecipient(address: string, session: SMTPServerSession): Error | null {
    const mailbox = this.#options.mailboxByAddress.get(address.toLowerCase());
    if (mailbox === undefined)
      return smtpError(550, `no mailbox of this mail room has the address ${address}`);
    const { mailFrom } = session.envelope;
    const declared = mailFrom !== false && mailFrom.args !== false ? Number(mailFrom.args.SIZE ?? 0) : 0;
    if (this.#store.maildrop(mailbox).hasRoomFor(declared)) return null;
    return smtpError(452, 'the mailbox is full');
  }

  #deliver(stream: SMTPServerDataStream, session: SMTPServerSession, done: Done): void {
    const delivery = this.#receive(stream, session).then(
      () => done(),
      (error) => {
        // What is left of the message has to go by before the answer can.
        stream.resume();
        done(this.#answerFor(error));
      },
    );
    this.#deliveries.add(delivery);
    delivery.finally(() => this.#deliveries.delete(delivery));
  }

  /** Writes the message to every recipient's maildrop; all of it is on disk when this returns. */
  async #receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const { mailFrom, rcptTo } = session.envelope;
    const from = mailFrom === false ? '' : mailFrom.address;
    const mailboxes = new Set(rcptTo.flatMap(({ address }) => this.#mailboxOf(address)));
    const writers: { mailbox: string; writer: MessageWriter }[] = [];
    try {
      for (const mailbox of mailboxes) {
        const writer = await this.#store.create(mailbox);
        writers.push({ mailbox, writer });
        await writer.write(Buffer.from(this.#trace(session, from, writer.uniqueId)));
      }
      let head = '';
      for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
        if (stream.sizeExceeded) throw smtpError(552, 'the message is too large');
        if (head.length < maxSearchedHeader) head += chunk.toString('latin1', 0, maxSearchedHeader);
        await Promise.all(writers.map(({ writer }) => writer.write(chunk)));
      }
      const messageId = findMessageId(head);
      for (const { mailbox, writer } of writers) {
        const { uniqueId, octets } = await writer.commit();
        const facts = { mailbox, uniqueId, octets, from, ...(messageId === null ? {} : { messageId }) };
        this.#log.info({ event: 'mail-received', ...facts }, `mail of ${octets} octets for ${mailbox}`);
      }
    } finally {
      await Promise.all(writers.map(({ writer }) => writer.discard()));
    }
  }

  #mailboxOf(address: string): string[] {
    const mailbox = this.#options.mailboxByAddress.get(address.toLowerCase());
    return mailbox === undefined ? [] : [mailbox];
  }

  #trace(session: SMTPServerSession, from: string, uniqueId: string): string {
    return formatTrace({
      reversePath: from,
      helo: session.hostNameAppearsAs,
      remoteAddress: session.remoteAddress,
      protocol: session.transmissionType,
      id: uniqueId,
      receivedAt: this.#clock.now(),
    });
  }

  #answerFor(error: unknown): Error {
    if (error instanceof Error && 'responseCode' in error) return error;
    this.#log.warn({ event: 'mail-not-kept' }, `a mail could not be kept: ${errorText(error)}`);
    if (!(error instanceof PhaserLinkError)) return smtpError(451, 'the mail could not be kept, try again');
    return smtpError(isTemporary(error) ? 452 : 554, error.publicText);
  }
}

type Done = (error?: Error | null) => void;

function smtpError(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
