/** The FTP face: a print server that prints what is stored and keeps nothing; its one file is the job accounting log. */
import type { Socket } from 'node:net';
import type { Clock } from '#base/clock.js';
import { errorText } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { writeWhenRoom } from '#runtime/flow.js';
import { Stopwatch } from '#runtime/stopwatch.js';
import { formatFtpReply, maxFtpLineBytes, parseFtpCommand } from '#wire/ftp.js';
import { LineSplitter } from '#wire/lines.js';
import type { Printer } from '../printer.js';
import { FtpSession } from './ftp-session.js';
import { type Face, patiently, startTcpFace, textForClients } from './tcp-face.js';

export interface FtpFaceOptions {
  host: string;
  port: number;
  /** How long a client may send nothing of a file. */
  waitTimeoutSeconds: number;
  printer: Printer;
  clock: Clock;
  log: Log;
}

/** How long a client may give no command. */
const idleSeconds = 300;

export function startFtpFace(options: FtpFaceOptions): Promise<Face> {
  const { host, port, printer, log } = options;
  return startTcpFace({
    name: 'ftp',
    purpose: 'FTP printing',
    host,
    port,
    machine: printer.machine,
    log,
    serve(socket) {
      serve(socket, options).catch((error: unknown) =>
        log.info(
          { event: 'connection-failed', face: 'ftp', error: errorText(error) },
          `FTP: ${errorText(error)}`,
        ),
      );
    },
  });
}

async function serve(socket: Socket, options: FtpFaceOptions): Promise<void> {
  const session = new FtpSession(socket, options);
  const lines = new LineSplitter('an FTP command line', maxFtpLineBytes);
  const idle = new Stopwatch(options.clock, idleSeconds, () => {
    // While a file is on its way, nobody has to say anything.
    if (session.transferring) idle.reset();
    else socket.destroy();
  });
  try {
    await session.reply(220, 'FTP server ready.');
    // Its own iterator would close the connection before the last reply.
    const chunks: AsyncIterable<Buffer> = socket.iterator({ destroyOnReturn: false });
    for await (const chunk of patiently(chunks, idle)) {
      lines.push(Buffer.from(chunk));
      for (let line = lines.next(); line !== null; line = lines.next()) {
        if (!(await session.obey(parseFtpCommand(line)))) return;
      }
    }
  } catch (error) {
    if (socket.writable)
      await writeWhenRoom(socket, Buffer.from(formatFtpReply(421, `${textForClients(error)}.`)));
    throw error;
  } finally {
    await session.end();
    socket.end();
    socket.destroySoon();
  }
}
