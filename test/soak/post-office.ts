/** A real mail server for everybody in a soak: what goes to the printer is put into its maildrop, all else is kept as letters. */
import { createWriteStream } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** A mail of ours as it came; one that comes again has the same Message-ID. */
export interface Letter {
  to: string;
  messageId: string;
  subject: string;
  text: string;
  /** What its block says. */
  event: string;
  state: string;
  description: string;
  pagesConfirmed: number | null;
}

export interface PostOfficeOptions {
  printer: string;
  deliver(mail: Uint8Array): Promise<void>;
  onLetter(letter: Letter): void;
}

export class PostOffice {
  readonly #server: SMTPServer;
  readonly letters: Letter[] = [];

  private constructor(options: PostOfficeOptions) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      onData: (stream, { envelope }, callback) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const to = envelope.rcptTo.map(({ address }) => address);
          this.#take(Buffer.concat(chunks), to, options).then(() => callback(null), callback);
        });
      },
    });
    // A server that is killed in mid-mail is what this is for.
    this.#server.on('error', () => {});
  }

  static async open(options: PostOfficeOptions): Promise<PostOffice> {
    const post = new PostOffice(options);
    await new Promise<void>((resolve) => post.#server.listen(0, '127.0.0.1', resolve));
    return post;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Everything that came, for people who look into what went wrong. */
  writeTo(file: string): void {
    const out = createWriteStream(file);
    for (const letter of this.letters) out.write(`${JSON.stringify(letter)}\n`);
    out.end();
  }

  async #take(mail: Buffer, to: readonly string[], options: PostOfficeOptions): Promise<void> {
    if (to.includes(options.printer)) return options.deliver(mail);
    const { messageId = '', subject = '', text = '' } = await simpleParser(mail);
    const value = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(text)?.[1] ?? '';
    const confirmed = value('Pages-Confirmed');
    const letter = {
      to: to.join(),
      messageId,
      subject,
      text,
      event: value('Event'),
      state: value('State'),
      description: value('Description'),
      pagesConfirmed: /^\d+$/.test(confirmed) ? Number(confirmed) : null,
    };
    this.letters.push(letter);
    options.onLetter(letter);
  }
}
