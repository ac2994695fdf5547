/** Sends our own mails by SMTP: status messages with a null reverse-path, one recipient each. */

import type { SendMailOptions, SMTPTransportOptions } from 'nodemailer';
import type { Clock } from '#base/clock.js';
import type { OutgoingMail } from '#vocab/line.js';
import type { AccessTokens } from './oauth/token-source.js';
import { badAddress, isTokenRefused, sendError } from './smtp-errors.js';

export const connectTimeoutMs = 30_000;
/** RFC 5321 §4.5.3.2: how long a server may think, except after the last dot. */
export const replyTimeoutMs = 5 * 60_000;
/** For one mail, from the connection to the last reply; §4.5.3.2.6 gives ten minutes after the last dot alone. */
export const sendTimeoutMs = 15 * 60_000;
const maxAddressLength = 254;
const maxSubjectLength = 200;

export interface MailSenderSettings {
  host: string;
  port: number;
  security: 'tls' | 'starttls' | 'none';
  user?: string | undefined;
  password?: string | undefined;
  /** In the place of the password: logs in by XOAUTH2. */
  accessTokens?: AccessTokens | undefined;
  /** The address that stands in our mails' From. */
  from: string;
  /** PEM of the certificate authority to trust instead of the system's. */
  ca?: string | undefined;
}

/** An addr-spec without quoting or comments: whatever else there is, we need not write to. */
const plainAddress = /^[^\s\p{Cc}"(),:;<>@[\\\]]+@[^\s\p{Cc}"(),:;<>@[\\\]]+$/u;
const plainMessageId = /^<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>$/;

export class MailSender {
  readonly #server: string;
  readonly #from: string;
  readonly #clock: Clock;
  readonly #settings: MailSenderSettings;

  constructor(settings: MailSenderSettings, clock: Clock) {
    this.#server = `${settings.host}:${settings.port}`;
    this.#from = settings.from;
    this.#clock = clock;
    this.#settings = settings;
  }

  /**
   * Returns when the server has taken the mail. An error is permanent only when the server refused this mail for
   * good; a wrong password or certificate is temporary, because the mail is as good as before when that is mended.
   */
  async send(mail: OutgoingMail & { messageId: string }, signal?: AbortSignal): Promise<void> {
    const message = this.#compose(mail);
    const cut = new AbortController();
    const abort = () => cut.abort();
    const cancel = this.#clock.schedule(sendTimeoutMs, abort);
    // Not `AbortSignal.any`: on Node 20 every one leaves something behind on a signal that lives long.
    signal?.addEventListener('abort', abort);
    try {
      signal?.throwIfAborted();
      const send = (transport: Transport) => transport.sendMail({ ...message, signal: cut.signal });
      await this.#withTransport(send, cut.signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw sendError(this.#server, error);
    } finally {
      cancel();
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Connects and logs in, and sends nothing. */
  async verify(signal: AbortSignal): Promise<void> {
    try {
      await this.#withTransport((transport) => transport.verify(), signal);
    } catch (error) {
      throw sendError(this.#server, error);
    }
  }

  /** A token that looks good may have been withdrawn: when the server refuses it, another one is tried. */
  async #withTransport(use: (transport: Transport) => Promise<unknown>, signal: AbortSignal): Promise<void> {
    const { accessTokens } = this.#settings;
    const token = await accessTokens?.accessToken(signal);
    try {
      await use(await createTransport(this.#settings, token));
    } catch (error) {
      if (!isTokenRefused(error)) throw error;
      const other = await accessTokens?.accessToken(signal, token);
      if (other === token) throw error;
      await use(await createTransport(this.#settings, other));
    }
  }

  /** Addresses go as objects: the library takes a string for a list of addresses. */
  #compose(mail: OutgoingMail & { messageId: string }): SendMailOptions {
    const to = { name: '', address: checkedAddress(mail.to) };
    const from = { name: '', address: checkedAddress(this.#from) };
    const inReplyTo = plainMessageId.test(mail.inReplyTo ?? '') ? mail.inReplyTo : null;
    return {
      // RFC 3834 §3.3: a null reverse-path, so that nothing answers the answer.
      envelope: { from: false, to: [to] },
      from,
      to,
      subject: oneLine(mail.subject).slice(0, maxSubjectLength),
      text: mail.text,
      // Neither flowed nor folded on the way, so that `Key: value` lines arrive as they are.
      textEncoding: 'quoted-printable',
      date: new Date(this.#clock.now()),
      messageId: mail.messageId,
      headers: { 'Auto-Submitted': mail.autoSubmitted },
      ...(inReplyTo === null ? {} : { inReplyTo, references: inReplyTo }),
    };
  }
}

type Transport = Awaited<ReturnType<typeof createTransport>>;

async function createTransport(settings: MailSenderSettings, accessToken?: string) {
  const { host, port, security, user, password, ca } = settings;
  const options: SMTPTransportOptions = {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: replyTimeoutMs,
    socketTimeout: replyTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  if (user !== undefined) {
    options.auth =
      accessToken === undefined ? { user, pass: password ?? '' } : { type: 'OAuth2', user, accessToken };
    // Without it a server that offers no login would get the mail without one.
    options.forceAuth = true;
  }
  // Most commands never mail, and the library takes its time to load.
  return (await import('nodemailer')).createTransport(options);
}

function checkedAddress(address: string): string {
  if (address.length <= maxAddressLength && plainAddress.test(address)) return address;
  throw badAddress(address);
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
