/** Decodes the encoded words in header text (RFC 2047), also as senders write them who do not keep to it. */
import { LimitError } from '#base/errors.js';
import { decodeCharset } from './charset.js';
import { createTransferDecoder } from './mime-transfer.js';

const maxEncodedTextLength = 16_384;

/** RFC 2047 §2; some senders put blanks into it, or text right beside it. RFC 2231 §5 puts a language behind the charset. */
const encodedWord = /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?]*)\?=/gi;

interface Word {
  charset: string;
  encoding: string;
  text: string;
}

/** Text with its encoded words decoded; nothing is cleaned. What is no encoded word stays as it is. */
export function decodeHeaderWords(text: string): string {
  if (!text.includes('=?')) return text;
  if (text.length > maxEncodedTextLength) {
    throw new LimitError('a header field with encoded words', maxEncodedTextLength, 'characters');
  }
  let decoded = '';
  let end = 0;
  let run: Word[] = [];
  for (const { 0: whole, 1: charset = '', 2: encoding = '', 3: encoded = '', index } of text.matchAll(
    encodedWord,
  )) {
    const between = text.slice(end, index);
    const word = { charset: charset.toLowerCase(), encoding: encoding.toLowerCase(), text: encoded };
    // RFC 2047 §6.2: white space between encoded words is not shown.
    const isAdjacent = run.length > 0 && between.trim() === '';
    if (!isAdjacent || run[0]?.charset !== word.charset) {
      decoded += decodeRun(run) + (isAdjacent ? '' : between);
      run = [];
    }
    run.push(word);
    end = index + whole.length;
  }
  return decoded + decodeRun(run) + text.slice(end);
}

/** Words of one charset. Many senders cut a character, a shift sequence or even a group of base64 in two. */
function decodeRun(words: readonly Word[]): string {
  const pieces: Buffer[] = [];
  let base64 = createTransferDecoder('base64');
  for (const [index, { encoding, text }] of words.entries()) {
    if (encoding === 'q') {
      pieces.push(decodeQ(text));
      continue;
    }
    pieces.push(base64.write(Buffer.from(text, 'latin1')));
    if (words[index + 1]?.encoding === 'b') continue;
    pieces.push(base64.end());
    base64 = createTransferDecoder('base64');
  }
  return words[0] === undefined ? '' : decodeCharset(Buffer.concat(pieces), words[0].charset);
}

/** RFC 2047 §4.2 */
function decodeQ(text: string): Buffer {
  return decodeHexEscapes(text.replaceAll('_', ' '), '=');
}

/** Bytes out of text in which some are written as two hexadecimal digits behind `mark`; a malformed escape stays. */
export function decodeHexEscapes(text: string, mark: '=' | '%'): Buffer {
  const pieces = text.split(mark).map((piece, index) => {
    const code = index > 0 ? /^[0-9a-f]{2}/i.exec(piece)?.[0] : undefined;
    if (code === undefined) return Buffer.from(index > 0 ? mark + piece : piece);
    return Buffer.concat([Buffer.from(code, 'hex'), Buffer.from(piece.slice(2))]);
  });
  return Buffer.concat(pieces);
}
