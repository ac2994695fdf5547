/** What a reply to one of our mails wants: its first line in its sender's own words, and nothing of what it quotes; pure. */
import { maxCopies, maxFromPage, type Wish, wholeOnce } from '#vocab/wishes.js';

export type ReplyWords = Wish | { wish: 'status' | 'help' } | { wish: 'unclear'; line: string };

/** So much of a text is looked at, in characters. */
export const maxReplyLength = 4000;
const maxLineLength = 100;

/** Where programs put the answered mail behind the answer without marking each line. */
const beginsQuote =
  /^(-{2,}.{0,60}\b(original|message|nachricht|mensaje|messaggio)\b|_{8,}|(from|von|de|da)\s*:)/i;
const fillers: ReadonlySet<string> = new Set(['please', 'thanks', 'thank', 'you', 'and', 'page']);
const single = { cancel: 0, release: 0, hold: 0, done: 0, status: 0, help: 0 } as const;

/** Only as a whole is a line understood: what somebody tells us in passing is no wish. */
export function parseReply(text: string): ReplyWords {
  const paragraphs = paragraphsOf(text.slice(0, maxReplyLength));
  for (const [place, { lines, quoted }] of paragraphs.entries()) {
    const [first = ''] = lines;
    if (quoted) continue;
    if (beginsQuote.test(first)) break;
    const wish = parseLine(first);
    if (wish !== null) return wish;
    // "On Monday the printer wrote:" is no word of the sender; the answer may stand behind what is quoted.
    const introduces = lines.at(-1)?.endsWith(':') && paragraphs[place + 1]?.quoted;
    if (!introduces) return { wish: 'unclear', line: first.slice(0, maxLineLength) };
  }
  return { wish: 'unclear', line: '' };
}

interface Paragraph {
  lines: string[];
  quoted: boolean;
}

function paragraphsOf(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let goesOn = false;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const words = line.trim();
    const quoted = words.startsWith('>');
    const last = paragraphs.at(-1);
    if (words !== '') {
      if (goesOn && last?.quoted === quoted) last.lines.push(words);
      else paragraphs.push({ lines: [words], quoted });
    }
    goesOn = words !== '';
  }
  return paragraphs;
}

function parseLine(line: string): ReplyWords | null {
  if (line.length > maxLineLength) return null;
  const words = line
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !fillers.has(word));
  const [only = ''] = words;
  if (words.length === 1 && Object.hasOwn(single, only)) return { wish: only as keyof typeof single };
  return parseAgain(words);
}

/** `again`, `from 8`, `copies 2` and `2 copies`, in any order, each once. */
function parseAgain(words: readonly string[]): ReplyWords | null {
  const found = new Map<string, number>();
  for (let at = 0; at < words.length; at++) {
    const [word = '', next = ''] = words.slice(at, at + 2);
    const [key, number, taken] =
      word === 'again'
        ? ['again', '1', 1]
        : word === 'from' || word === 'copies'
          ? [word, next, 2]
          : next === 'copies' || next === 'copy'
            ? ['copies', word, 2]
            : ['', '', 1];
    if (key === '' || found.has(key) || !/^\d{1,5}$/.test(number)) return null;
    found.set(key, Number(number));
    at += taken - 1;
  }
  if (found.size === 0) return null;
  const part = { from: found.get('from') ?? wholeOnce.from, copies: found.get('copies') ?? wholeOnce.copies };
  if (part.from < 1 || part.from > maxFromPage || part.copies < 1 || part.copies > maxCopies) return null;
  return { wish: 'again', ...part };
}
