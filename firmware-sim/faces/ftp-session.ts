/** One client of the FTP face: what each command does, and the one transfer that may run beside the commands (RFC 959). */
import type { Socket } from 'node:net';
import { cleanForDisplay } from '#base/display-text.js';
import { errorCode } from '#base/errors.js';
import { writeWhenRoom } from '#runtime/flow.js';
import { Stopwatch } from '#runtime/stopwatch.js';
import { type FtpCommand, formatFtpReply, formatHostPort, ftpHelpLines, parseHostPort } from '#wire/ftp.js';
import { accountingFileName, formatAccountingCsv } from '../jobs/accounting-csv.js';
import { machineStatus, statusLine } from '../machine/status.js';
import type { FtpFaceOptions } from './ftp.js';
import { FtpData, plainAddress } from './ftp-data.js';
import { patiently, takeAsTheMachineDoes, textForClients } from './tcp-face.js';

/** What the print server calls its only place (FACTS 7.2). */
const directory = 'PRINTER:1';
const maxNameCharacters = 131;

/** RFC 959 §4.2.2, for what keeps a job from being taken. */
const refusals: Readonly<Record<string, number>> = {
  'printer-busy': 450,
  'printer-disk-full': 452,
  'limit-exceeded': 552,
};

type Handler = (session: FtpSession, argument: string) => Promise<void>;

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['USER', (session, user) => session.logIn(user)],
  // FACTS 7.2: there is no password, so any will do.
  ['PASS', (session) => session.reply(230, 'User logged in.')],
  ['PWD', (session) => session.reply(257, `"${directory}" is current directory.`)],
  ['SYST', (session) => session.reply(215, 'PRINTER Type: L8')],
  ['NOOP', (session) => session.reply(200, 'NOOP command successful.')],
  ['HELP', (session) => session.help()],
  ['STAT', (session) => session.status()],
  ['TYPE', (session, type) => session.choose('TYPE', type, /^(?:A(?: N)?|I)$/i)],
  ['MODE', (session, mode) => session.choose('MODE', mode, /^S$/i)],
  ['STRU', (session, structure) => session.choose('STRU', structure, /^[FR]$/i)],
  ['PORT', (session, address) => session.port(address)],
  ['PASV', (session) => session.passive()],
  ['STOR', (session, name) => session.store(name)],
  ['RETR', (session, name) => session.retrieve(name)],
  ['ABOR', (session) => session.abort()],
]);
const understood: ReadonlySet<string> = new Set([...handlers.keys(), 'QUIT']);

/** Answered while a file is on its way; all other commands wait for its end. */
const duringTransfer: ReadonlySet<string> = new Set(['ABOR', 'STAT']);
/** RFC 959 leaves open what a stranger may ask; ours may ask this. */
const beforeLogIn: ReadonlySet<string> = new Set(['USER', 'PASS', 'HELP', 'NOOP', 'SYST']);

export class FtpSession {
  readonly #control: Socket;
  readonly #options: FtpFaceOptions;
  readonly #data: FtpData;
  readonly #chosen = new Map([
    ['TYPE', 'A N'],
    ['MODE', 'S'],
    ['STRU', 'F'],
  ]);
  #user: string | null = null;
  #transfer: Promise<void> | null = null;
  #aborted = false;

  constructor(control: Socket, options: FtpFaceOptions) {
    this.#control = control;
    this.#options = options;
    this.#data = new FtpData(plainAddress(control.remoteAddress), options.clock);
  }

  get transferring(): boolean {
    return this.#transfer !== null;
  }

  /** False when the client has taken its leave. */
  async obey({ verb, argument }: FtpCommand): Promise<boolean> {
    if (!duringTransfer.has(verb)) await this.#transfer;
    if (verb === 'QUIT') {
      await this.reply(221, 'Goodbye.');
      return false;
    }
    const handler = handlers.get(verb);
    if (handler === undefined) await this.reply(500, `${cleanForDisplay(verb, 20)} not understood.`);
    else if (this.#user === null && !beforeLogIn.has(verb)) await this.reply(530, 'Please say USER first.');
    else await handler(this, argument);
    return true;
  }

  async end(): Promise<void> {
    this.#data.close();
    await this.#transfer;
  }

  reply(code: number, ...lines: string[]): Promise<void> {
    return writeWhenRoom(this.#control, Buffer.from(formatFtpReply(code, ...lines)));
  }

  async logIn(user: string): Promise<void> {
    this.#user = cleanForDisplay(user, maxNameCharacters);
    await this.reply(230, 'User logged in.');
  }

  async help(): Promise<void> {
    await this.reply(
      214,
      'The following commands are recognized (* => unimplemented).',
      ...ftpHelpLines(understood),
      'What is stored is printed.',
    );
  }

  async status(): Promise<void> {
    const { machine, queue } = this.#options.printer;
    const open = queue.list().filter(({ endedAt }) => endedAt === null).length;
    await this.reply(
      211,
      `${machine.device.model} (simulated) FTP server status:`,
      `printer: ${statusLine(machineStatus(machine.state))}`,
      `jobs not ended: ${open}`,
      [...this.#chosen].map(([what, value]) => `${what}: ${value}`).join('; '),
      'End of status.',
    );
  }

  async choose(what: string, value: string, allowed: RegExp): Promise<void> {
    if (!allowed.test(value))
      return this.reply(504, `${what} ${cleanForDisplay(value, 20)} is not implemented.`);
    this.#chosen.set(what, value.toUpperCase());
    await this.reply(200, `${what} set to ${value.toUpperCase()}.`);
  }

  async port(argument: string): Promise<void> {
    const address = parseHostPort(argument);
    if (address === null) await this.reply(501, 'PORT needs six numbers.');
    else if (this.#data.usePort(address)) await this.reply(200, 'PORT command successful.');
    else await this.reply(500, 'PORT is possible only to your own address, from port 1024 on.');
  }

  async passive(): Promise<void> {
    const host = plainAddress(this.#control.localAddress);
    // RFC 959 knows no other addresses.
    if (host.includes(':')) return this.reply(502, 'PASV is not possible over IPv6.');
    const port = await this.#data.usePassive(host);
    await this.reply(227, `Entering Passive Mode (${formatHostPort({ host, port })})`);
  }

  store(argument: string): Promise<void> {
    return this.#begin(async (socket) => {
      const { printer, clock, waitTimeoutSeconds } = this.#options;
      const { queue, machine } = printer;
      const name = cleanForDisplay(argument, maxNameCharacters);
      const host = plainAddress(this.#control.remoteAddress);
      const job = queue.open({ channel: 'ftp', name, user: this.#user ?? '', host, options: {} });
      const patience = new Stopwatch(clock, waitTimeoutSeconds, () => socket.destroy());
      try {
        const writer = await job.addDocument(null);
        try {
          const chunks = takeAsTheMachineDoes(patiently(socket, patience), machine, clock);
          for await (const chunk of chunks) await writer.write(chunk);
        } catch (error) {
          await writer.discard();
          throw error;
        }
        const document = await writer.end();
        // A client that takes it back may end its connection as if all were said.
        if (this.#aborted) {
          await job.discard(document);
          throw new Error('the client aborted');
        }
        job.keep(document);
        job.close();
      } catch (error) {
        job.abandon();
        throw error;
      }
    });
  }

  async retrieve(argument: string): Promise<void> {
    if (argument.replace(/^\/|^PRINTER:1\//i, '') !== accountingFileName)
      return this.reply(550, `There is no file but ${accountingFileName}.`);
    await this.#begin(async (socket) => {
      const csv = formatAccountingCsv(this.#options.printer.accounting.records);
      await writeWhenRoom(socket, Buffer.from(csv));
      socket.end();
    });
  }

  async abort(): Promise<void> {
    if (this.#transfer !== null) {
      this.#aborted = true;
      this.#data.close();
      await this.#transfer;
    }
    // RFC 959 §4.1.3, ABOR: the transfer has its own reply, 426, before this one.
    await this.reply(226, 'ABOR command successful.');
  }

  /** The preliminary reply is out when this resolves; the transfer goes on beside the commands. */
  async #begin(transfer: (socket: Socket) => Promise<void>): Promise<void> {
    await this.reply(150, 'Opening data connection.');
    this.#aborted = false;
    this.#transfer = this.#run(transfer).finally(() => {
      this.#transfer = null;
    });
  }

  async #run(transfer: (socket: Socket) => Promise<void>): Promise<void> {
    const socket = await this.#data.open();
    if (socket === null) return this.reply(425, 'There is no data connection; PASV or PORT first.');
    try {
      await transfer(socket);
      await this.reply(226, 'Transfer complete.');
    } catch (error) {
      const code = refusals[errorCode(error)];
      if (code === undefined) await this.reply(426, 'The transfer was aborted; nothing is printed.');
      else await this.reply(code, `${textForClients(error)}.`);
    } finally {
      socket.destroySoon();
    }
  }
}
