/** PJL as a printer hears it: takes a channel apart into commands and what is for a page description language. */
import { exitLanguage, pjlPrefix, startsWith } from './printer-wrapping.js';

// HP Printer Job Language Technical Reference Manual (5021-0380), chapters 3 and 4; page numbers are its own.

/** A longer command is cut. */
export const maxPjlCommandBytes = 1024;

export interface PjlCommand {
  /** Without `@PJL`, in one line: `ECHO` with its words. Empty for `@PJL` alone, which does nothing. */
  text: string;
  /** Its first word in upper case, of INFO the category too: `ENTER`, `INFO STATUS`. */
  verb: string;
  /** By their names in upper case, without quotes. */
  options: Record<string, string>;
}

export type PjlChannelEvent = { data: Uint8Array } | { command: PjlCommand } | { exit: true };

/**
 * `push` returns what the chunk completed. Data may be a view into the chunk: it is valid as long as that is left alone.
 * Between UEL and the first thing that is no command, lines are commands (3-2); anything else is data until the next UEL. A channel
 * begins with data, as one without PJL does.
 */
export class PjlChannel {
  #inCommands = false;
  /** Bytes whose meaning the next chunk decides: the beginning of UEL, or of a command's line. */
  #held: Buffer = Buffer.alloc(0);
  #overlong = false;

  push(chunk: Uint8Array): PjlChannelEvent[] {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const bytes = this.#held.length === 0 ? fresh : Buffer.concat([this.#held, fresh]);
    const events: PjlChannelEvent[] = [];
    let at = 0;
    while (at < bytes.length) {
      const next = this.#inCommands ? this.#readCommand(bytes, at, events) : readData(bytes, at, events);
      if (next === null) break;
      at = next.at;
      this.#inCommands = next.inCommands;
    }
    this.#held = Buffer.from(bytes.subarray(at));
    return events;
  }

  /** What was held back at the end of the channel is data, or a command without its line end, which is none. */
  end(): PjlChannelEvent[] {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return this.#inCommands || held.length === 0 ? [] : [{ data: held }];
  }

  #readCommand(bytes: Buffer, at: number, events: PjlChannelEvent[]): Position | null {
    if (mayBegin(bytes, at, exitLanguage)) return null;
    if (startsWith(bytes, at, exitLanguage)) return exit(at, events);
    // White space between commands means nothing.
    const byte = bytes[at];
    if (!this.#overlong && (byte === 0x0d || byte === 0x0a || byte === 0x20 || byte === 0x09))
      return { at: at + 1, inCommands: true };
    if (!this.#overlong && mayBegin(bytes, at, pjlPrefix)) return null;
    if (!this.#overlong && !startsWith(bytes, at, pjlPrefix)) return { at, inCommands: false };
    const end = bytes.indexOf(0x0a, at);
    if (end === -1) {
      if (bytes.length - at <= maxPjlCommandBytes) return null;
      if (!this.#overlong) events.push({ command: parseCommand(bytes, at, at + maxPjlCommandBytes) });
      this.#overlong = true;
      return { at: bytes.length, inCommands: true };
    }
    if (!this.#overlong)
      events.push({ command: parseCommand(bytes, at, Math.min(end, at + maxPjlCommandBytes)) });
    this.#overlong = false;
    const command = events.at(-1);
    const enters = command !== undefined && 'command' in command && command.command.verb === 'ENTER';
    return { at: end + 1, inCommands: !enters };
  }
}

interface Position {
  at: number;
  inCommands: boolean;
}

function readData(bytes: Buffer, at: number, events: PjlChannelEvent[]): Position | null {
  let end = bytes.indexOf(exitLanguage[0] ?? 0, at);
  while (end !== -1 && !startsWith(bytes, end, exitLanguage) && !mayBegin(bytes, end, exitLanguage))
    end = bytes.indexOf(exitLanguage[0] ?? 0, end + 1);
  const dataEnd = end === -1 ? bytes.length : end;
  if (dataEnd > at) {
    events.push({ data: bytes.subarray(at, dataEnd) });
    return { at: dataEnd, inCommands: false };
  }
  return startsWith(bytes, at, exitLanguage) ? exit(at, events) : null;
}

function exit(at: number, events: PjlChannelEvent[]): Position {
  events.push({ exit: true });
  return { at: at + exitLanguage.length, inCommands: true };
}

/** The bytes end before it is clear whether `beginning` stands here. */
function mayBegin(bytes: Buffer, at: number, beginning: Buffer): boolean {
  const rest = bytes.subarray(at);
  return rest.length < beginning.length && beginning.subarray(0, rest.length).equals(rest);
}

function parseCommand(bytes: Buffer, from: number, to: number): PjlCommand {
  const text = bytes.toString('latin1', from + pjlPrefix.length, to).trim();
  const options: Record<string, string> = Object.create(null);
  // 2-6: white space may stand around the equals sign; a value is in quotes where it has any itself.
  for (const [, name, quoted, plain] of text.matchAll(/(?<![\w:])([A-Z][\w:]*)\s*=\s*(?:"([^"]*)"|(\S*))/gi))
    options[(name ?? '').toUpperCase()] = quoted ?? plain ?? '';
  const [verb = ''] = /^[A-Z]{1,20}(?:(?<=^INFO)\s+[A-Z]{1,20})?/i.exec(text) ?? [];
  return { text, verb: verb.toUpperCase().replace(/\s+/, ' '), options };
}
