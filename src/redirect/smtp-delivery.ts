/** The sender's way to a mail server: connecting, what every mail to a printer says, and what went wrong in words. */
import { createTransport, type NodemailerError, type SendMailOptions } from 'nodemailer';
import { errorText, PhaserLinkError } from '#base/errors.js';
import { holdHeader, maxDescriptionLength, notifyHeader } from '#vocab/notices.js';
import type { SendContext, SendRequest } from './send-request.js';

/** How long the mail server may take to answer the call. */
const connectTimeoutMs = 30_000;
/** How long it may be silent afterwards; RFC 5321 §4.5.3.2.6 gives ten minutes to the end of the data. */
const silenceTimeoutMs = 600_000;
/** RFC 8314 §3.3: TLS from the first byte. */
const submissionsPort = 465;

/** One mail: what it carries, and what it says beside that. */
export interface Letter {
  /** What the job is called where the request does not say it. */
  names: string;
  /** Behind the description in the Subject. */
  mark?: string;
  headers?: Record<string, string>;
  text: string;
  attachments: NonNullable<SendMailOptions['attachments']>;
  /** Of all attachments, before they are encoded. */
  bytes: number;
}

export class SmtpDelivery {
  readonly #request: SendRequest;
  readonly #context: SendContext;
  readonly #transport: {
    sendMail(mail: SendMailOptions): Promise<{ messageId: string; accepted: unknown[] }>;
    close(): void;
  };

  /** With `several`, the letters go over one connection, as long as the server keeps it. */
  constructor(request: SendRequest, context: SendContext, several: boolean) {
    this.#request = request;
    this.#context = context;
    const { host, port } = request.smtp;
    const options = {
      host,
      port,
      secure: port === submissionsPort,
      connectionTimeout: connectTimeoutMs,
      greetingTimeout: connectTimeoutMs,
      socketTimeout: silenceTimeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    };
    this.#transport = several
      ? createTransport({ ...options, pool: true, maxConnections: 1, maxMessages: Number.POSITIVE_INFINITY })
      : createTransport(options);
  }

  /** Returns when the server has taken it. Throws PhaserLinkError with what to do. */
  async send(letter: Letter): Promise<{ messageId: string; accepted: string[] }> {
    try {
      const { messageId, accepted } = await this.#transport.sendMail(this.#compose(letter));
      return { messageId, accepted: accepted.map(String) };
    } catch (error) {
      throw explained(error as NodemailerError, this.#request);
    }
  }

  close(): void {
    this.#transport.close();
  }

  #compose({ names, mark = '', headers = {}, text, attachments, bytes }: Letter): SendMailOptions {
    const { to, from, description, notify, hold } = this.#request;
    const { clock, signal } = this.#context;
    return {
      // As objects: a string would be parsed as a list of addresses.
      from: { name: '', address: from },
      to: { name: '', address: to },
      envelope: {
        from: { name: '', address: from },
        to: { name: '', address: to },
        size: estimateMailBytes(bytes, attachments.length),
      },
      date: new Date(clock.now()),
      subject: `${description ?? [...names].slice(0, maxDescriptionLength).join('')}${mark}`,
      headers: {
        ...headers,
        ...(notify === undefined ? {} : { [notifyHeader]: notify.join(',') }),
        ...(hold ? { [holdHeader]: 'yes' } : {}),
      },
      text,
      attachments,
      signal,
    };
  }
}

/** For the server's SIZE limit (RFC 1870 §6.1 wants an estimate): base64 lines of 76, and the headers. */
function estimateMailBytes(bytes: number, parts: number): number {
  const perPart = 500;
  return Math.ceil(bytes / 57) * 78 + perPart * (parts + 2);
}

/** The mail library's error as one that says who refused what, in the server's own words, and what to do. */
function explained(error: NodemailerError, { to, from, smtp }: SendRequest): PhaserLinkError {
  const server = `the mail server ${smtp.host}:${smtp.port}`;
  const words = error.response ?? errorText(error);
  const facts = (code: string, text: string) => {
    const refusedForGood = (error.responseCode ?? 0) >= 500;
    return new PhaserLinkError({
      code,
      retry: refusedForGood ? 'permanent' : 'temporary',
      text,
      cause: error,
    });
  };
  if (error.command === 'RCPT TO')
    return facts('recipient-refused', `${server} refused the recipient ${to}: ${words}`);
  if (error.command === 'MAIL FROM' && error.responseCode !== undefined) {
    return facts('sender-refused', `${server} refused the sender ${from}: ${words}`);
  }
  // Only the documents are streams.
  if (error.code === 'ESTREAM') return facts('document-changed', `nothing was sent: ${words}; send it again`);
  if (error.code === 'EMESSAGE') return facts('message-refused', `${server} refused the mail: ${words}`);
  if (error.command === 'CONN') {
    return facts(
      'smtp-unreachable',
      `${server} cannot be reached: ${words}; check its name and port, and that it runs`,
    );
  }
  return facts('send-failed', `the mail was not sent by ${server}: ${words}`);
}
