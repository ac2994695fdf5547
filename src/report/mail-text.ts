/** The parts that all our mails are made of: clean values, the `Key: value` block, the subject line. */
import type { LeftOutPart } from '#vocab/line.js';

/** The longest value of a block and the longest subject, in characters. */
const maxValueLength = 500;
const maxSubjectLength = 200;
/** How many lines of one key a block has. */
const maxListed = 50;

export type BlockLine = readonly [key: string, value: string];

/**
 * One line of harmless text: whatever could end the line, move the cursor or turn the reading direction becomes a space.
 * Cut to `limit` characters.
 */
export function oneLine(text: string, limit = maxValueLength): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  const characters = [...clean];
  return characters.length <= limit ? clean : `${characters.slice(0, limit - 1).join('')}…`;
}

/** One line for each value; of a long list the first ones and how many more there are. */
export function listed(key: string, values: readonly string[]): BlockLine[] {
  const lines = values.slice(0, maxListed).map((value): BlockLine => [key, value]);
  return values.length > maxListed ? [...lines, [key, `and ${values.length - maxListed} more`]] : lines;
}

export function leftOutWords({ name, mediaType, bytes, reason }: LeftOutPart): string {
  return `${name} (${mediaType}, ${bytes} bytes): ${reason}`;
}

/** `Key: value` lines, one fact each; programs may rely on them. */
export function formatBlock(lines: readonly BlockLine[]): string {
  return lines.map(([key, value]) => `${key}: ${oneLine(value) || '-'}\n`).join('');
}

/** A sentence or two for people, an empty line, the block for programs. */
export function formatMailText(sentence: string, block: readonly BlockLine[]): string {
  return `${sentence}\n\n${formatBlock(block)}`;
}

/** `[printer name] event: description`. */
export function formatSubject(printerName: string, event: string, description = ''): string {
  const end = description === '' ? '' : `: ${description}`;
  return oneLine(`[${oneLine(printerName)}] ${event}${end}`, maxSubjectLength);
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
