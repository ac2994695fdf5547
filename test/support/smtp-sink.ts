/** A mail server on a free port that keeps what it is given, or refuses it as told. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.js';

export interface SmtpSink {
  smtp: { host: string; port: number };
  /** Each mail whole, and whom the envelope named. */
  mails: { file: string; from: string; to: string[] }[];
}

/** Ends with the running test. */
export async function startSmtpSink(options: SMTPServerOptions = {}): Promise<SmtpSink> {
  const folder = temporaryFolder();
  const mails: SmtpSink['mails'] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, { envelope }, callback) {
      const file = join(folder, `${mails.length}.eml`);
      const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
      const to = envelope.rcptTo.map(({ address }) => address);
      pipeline(stream, createWriteStream(file)).then(
        () => {
          mails.push({ file, from, to });
          callback(null);
        },
        (error) => callback(error),
      );
    },
    ...options,
  });
  // A client that gives up in mid-mail is part of the tests.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { smtp: { host: '127.0.0.1', port: address.port }, mails };
}
