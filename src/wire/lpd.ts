/** The line printer daemon protocol (RFC 1179) in both directions: commands, sub-commands and the files between them. */
import { LimitError, PhaserLinkError } from '#base/errors.js';
import { decodeUnlabelled } from './charset.js';

export type LpdCommand =
  | { command: 'print-waiting'; queue: string }
  | { command: 'receive-job'; queue: string }
  | { command: 'queue-state'; long: boolean; queue: string; list: readonly string[] }
  /** Without a list: the job that prints now. */
  | { command: 'remove-jobs'; queue: string; agent: string; list: readonly string[] };

export type LpdSubcommand =
  | { subcommand: 'abort' }
  | {
      subcommand: 'control-file' | 'data-file';
      /** Null when the sender does not know yet: the file ends with the connection. */
      bytes: number | null;
      name: string;
    };

export type LpdEvent = LpdCommand | LpdSubcommand | { content: Uint8Array } | { fileEnd: true };

/** RFC 1179 §3.1: the one octet after each step. Any other than zero refuses. */
export const lpdAccepted: Uint8Array = Uint8Array.of(0);
export const lpdRefused: Uint8Array = Uint8Array.of(1);

/** Without its end. The longest are those with a list of users and jobs. */
const maxLineBytes = 1024;
const maxControlFileBytes = 65_536;
/** Senders that do not count (Windows without "LPR byte counting") name a number that no file can have. */
const believableBytes = 2 * 2 ** 30;

const LF = 0x0a;

/** RFC 1179 §5. */
const commandCodes = { 'print-waiting': 1, 'receive-job': 2, short: 3, long: 4, 'remove-jobs': 5 } as const;
/** RFC 1179 §6. */
const subcommandCodes = { abort: 1, 'control-file': 2, 'data-file': 3 } as const;

export function formatLpdCommand(command: LpdCommand): Buffer {
  switch (command.command) {
    case 'queue-state':
      return line(commandCodes[command.long ? 'long' : 'short'], [command.queue, ...command.list]);
    case 'remove-jobs':
      return line(commandCodes['remove-jobs'], [command.queue, command.agent, ...command.list]);
    default:
      return line(commandCodes[command.command], [command.queue]);
  }
}

/** What follows a file's header: its bytes, and then a zero octet where the number of bytes is known. */
export function formatLpdSubcommand(subcommand: LpdSubcommand): Buffer {
  const code = subcommandCodes[subcommand.subcommand];
  if (subcommand.subcommand === 'abort') return line(code, []);
  return line(code, [String(subcommand.bytes ?? 0), subcommand.name]);
}

function line(code: number, words: readonly string[]): Buffer {
  for (const word of words) {
    if (!/^[^\p{Cc}\p{White_Space}]+$/u.test(word)) throw protocolError(`“${word}” cannot be a word of it`);
  }
  return Buffer.from(`${String.fromCharCode(code)}${words.join(' ')}\n`);
}

/** Reads what a client sends on one connection, however the network has split it. Content is lent: it may be a view of a chunk. */
export class LpdReader {
  #reading: 'command' | 'subcommand' | 'content' | 'zero' | 'nothing' = 'command';
  #line: Buffer = Buffer.alloc(0);
  /** Of the present file what has not come yet; null: up to the end of the connection. */
  #left: number | null = 0;
  #fileBegun = false;

  /** Take all of it before the next chunk. Throws at the place where the client breaks the protocol or a limit. */
  *push(chunk: Uint8Array): Generator<LpdEvent, void, undefined> {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0 && this.#reading !== 'nothing') {
      if (this.#reading === 'command' || this.#reading === 'subcommand') {
        const end = rest.indexOf(LF);
        const piece = end === -1 ? rest : rest.subarray(0, end);
        if (this.#line.length + piece.length > maxLineBytes)
          throw new LimitError('an LPD command line', maxLineBytes, 'octets');
        this.#line = Buffer.concat([this.#line, piece]);
        if (end === -1) return;
        rest = rest.subarray(end + 1);
        yield this.#takeLine();
      } else if (this.#reading === 'content') {
        const taken = rest.subarray(0, this.#left ?? rest.length);
        rest = rest.subarray(taken.length);
        yield* this.#takeContent(taken);
      } else {
        if (rest[0] !== 0) throw protocolError('a file does not end with a zero octet where its count ends');
        rest = rest.subarray(1);
        this.#reading = 'subcommand';
        yield { fileEnd: true };
      }
    }
  }

  /** The client has ended its side. Throws when that cuts a file short. */
  *end(): Generator<LpdEvent, void, undefined> {
    const { length } = this.#line;
    const whole = this.#reading === 'zero' || (this.#reading === 'content' && this.#left === null);
    const between = this.#reading !== 'content' && length === 0;
    this.#reading = 'nothing';
    if (whole) yield { fileEnd: true };
    else if (!between) throw protocolError('the connection ends in the middle');
  }

  #takeLine(): LpdCommand | LpdSubcommand {
    const bytes = this.#line.at(-1) === 0x0d ? this.#line.subarray(0, -1) : this.#line;
    this.#line = Buffer.alloc(0);
    const words = decodeUnlabelled(bytes.subarray(1))
      .split(/[ \t\v\f]+/)
      .filter((word) => word !== '');
    if (this.#reading === 'subcommand') return this.#takeSubcommand(bytes[0], words);
    const command = parseCommand(bytes[0], words);
    this.#reading = command.command === 'receive-job' ? 'subcommand' : 'nothing';
    return command;
  }

  #takeSubcommand(code: number | undefined, [count = '', name = '']: string[]): LpdSubcommand {
    if (code === subcommandCodes.abort) return { subcommand: 'abort' };
    const isControl = code === subcommandCodes['control-file'];
    if (!isControl && code !== subcommandCodes['data-file'])
      throw protocolError(`there is no sub-command ${code}`);
    if (!/^\d{1,20}$/.test(count) || name === '')
      throw protocolError('a file needs a count of bytes and a name');
    const counted = Number(count);
    if (isControl && counted > maxControlFileBytes)
      throw new LimitError('an LPD control file', maxControlFileBytes, 'octets');
    this.#reading = isControl && counted === 0 ? 'zero' : 'content';
    this.#fileBegun = false;
    this.#left = !isControl && (counted === 0 || counted > believableBytes) ? null : counted;
    return { subcommand: isControl ? 'control-file' : 'data-file', bytes: this.#left, name };
  }

  *#takeContent(taken: Buffer): Generator<LpdEvent, void, undefined> {
    // No document begins with a zero octet: after a count of 0 it says that the file really is empty.
    if (this.#left === null && !this.#fileBegun && taken[0] === 0) {
      this.#reading = 'subcommand';
      yield { fileEnd: true };
      if (taken.length > 1) yield* this.push(taken.subarray(1));
      return;
    }
    this.#fileBegun = true;
    yield { content: taken };
    if (this.#left === null) return;
    this.#left -= taken.length;
    if (this.#left === 0) this.#reading = 'zero';
  }
}

function parseCommand(code: number | undefined, [queue = '', ...list]: string[]): LpdCommand {
  if (queue === '') throw protocolError('a command names no queue');
  switch (code) {
    case commandCodes['print-waiting']:
      return { command: 'print-waiting', queue };
    case commandCodes['receive-job']:
      return { command: 'receive-job', queue };
    case commandCodes.short:
    case commandCodes.long:
      return { command: 'queue-state', long: code === commandCodes.long, queue, list };
    case commandCodes['remove-jobs']:
      return { command: 'remove-jobs', queue, agent: list[0] ?? '', list: list.slice(1) };
    default:
      throw protocolError(`there is no command ${code}`);
  }
}

function protocolError(what: string): PhaserLinkError {
  return new PhaserLinkError({
    code: 'lpd-protocol',
    retry: 'permanent',
    text: `this is not the line printer daemon protocol (RFC 1179): ${what}`,
  });
}
