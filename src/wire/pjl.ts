/** PJL as a host speaks it: commands for a printer, and its answers found in whatever else comes back. */
import { FramedMessages } from './framed-messages.js';
import { exitLanguage } from './printer-wrapping.js';

// HP Printer Job Language Technical Reference Manual (5021-0380), chapters 3 to 7; page numbers are its own.

/** The longest answer that is still taken for one: INFO CONFIG and INFO VARIABLES have some kilobytes. */
export const maxPjlAnswerBytes = 16_384;

export interface PjlAnswer {
  /** Its first line, behind `@PJL`: `USTATUS JOB`, `ECHO` with its words. */
  subject: string;
  /** The lines that name no value: `START`, the number of a page. */
  words: string[];
  /** By their names in upper case, without quotes. */
  values: Record<string, string>;
}

/** A reader for one connection: an answer begins with `@PJL` and ends with a form feed (7-4). */
export class PjlAnswerReader {
  readonly #frames = new FramedMessages('@PJL ', '\f', maxPjlAnswerBytes);

  push(chunk: Uint8Array): PjlAnswer[] {
    return this.#frames.push(chunk).map(parseAnswer);
  }
}

function parseAnswer(text: string): PjlAnswer {
  const [subject = '', ...lines] = text.split('\n').map((line) => line.trim());
  const answer: PjlAnswer = { subject, words: [], values: Object.create(null) };
  for (const line of lines) {
    const [, name, value] = /^([A-Z]\w*) ?= ?(.*)$/i.exec(line) ?? [];
    if (name !== undefined) answer.values[name.toUpperCase()] = unquoted(value ?? '');
    else if (line !== '') answer.words.push(unquoted(line));
  }
  return answer;
}

function unquoted(text: string): string {
  return /^"(.*)"$/.exec(text)?.[1] ?? text;
}

/** The commands, each a line of its own, with what leads into PJL in front; no value may hold a line end or a quote. */
export function formatPjl(...commands: string[]): Buffer {
  const lines = commands.map((command) => `@PJL ${command}\r\n`).join('');
  return Buffer.concat([exitLanguage, Buffer.from(`@PJL\r\n${lines}`, 'latin1')]);
}

/** An answer as a printer gives it: its first line, behind `@PJL`, and the others. */
export function formatPjlAnswer(subject: string, ...lines: string[]): Buffer {
  return Buffer.from(`@PJL ${[subject, ...lines].join('\r\n')}\r\n\f`, 'latin1');
}

/** Every printed page there has been; null when this is another answer, or none to that. */
export function pageCountOf({ subject, words, values }: PjlAnswer): number | null {
  if (subject !== 'INFO PAGECOUNT') return null;
  const count = values.PAGECOUNT ?? words[0] ?? '';
  return /^\d{1,10}$/.test(count) ? Number(count) : null;
}

/** What the printer calls itself; null when this is another answer. */
export function productOf({ subject, words }: PjlAnswer): string | null {
  return subject === 'INFO ID' ? (words[0] ?? '') : null;
}

export interface PjlStatus {
  code: number;
  /** What the panel shows, in its own language. */
  display: string;
  online: boolean;
}

/** Asked for, or told unasked when it changes (7-33); null when this is another answer. */
export function statusOf({ subject, values }: PjlAnswer): PjlStatus | null {
  if (subject !== 'INFO STATUS' && subject !== 'USTATUS DEVICE' && subject !== 'USTATUS TIMED') return null;
  if (!/^\d{5}$/.test(values.CODE ?? '')) return null;
  return { code: Number(values.CODE), display: values.DISPLAY ?? '', online: values.ONLINE !== 'FALSE' };
}

export interface PjlJobEnd {
  pages: number | null;
  /** 5-14: `OK`, or by whom or what it was canceled; printers before the LaserJet 5 do not say. */
  result: string;
}

/** The end of the job that EOJ has called so; null when this is another answer. */
export function jobEndOf({ subject, words, values }: PjlAnswer, name: string): PjlJobEnd | null {
  if (subject !== 'USTATUS JOB' || words[0] !== 'END' || values.NAME !== name) return null;
  const pages = /^\d{1,10}$/.test(values.PAGES ?? '') ? Number(values.PAGES) : null;
  return { pages, result: values.RESULT ?? '' };
}
