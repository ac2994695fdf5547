/** Encoded words (RFC 2047) and parameters (RFC 2045 §5.1, RFC 2231) of header values, by libmime behind length limits. */
import libmime from 'libmime';
import { LimitError } from '#base/errors.js';

const maxEncodedTextLength = 16_384;
const maxParametersLength = 16_384;

/** RFC 2047 §5 forbids encoded words in parameters, but many senders write file names so. */
const parametersWithWords: ReadonlySet<string> = new Set(['name', 'filename']);

/** Text with its encoded words decoded; nothing is cleaned. */
export function decodeHeaderWords(text: string): string {
  if (!text.includes('=?')) return text;
  if (text.length > maxEncodedTextLength) {
    throw new LimitError('a header field with encoded words', maxEncodedTextLength, 'characters');
  }
  return libmime.decodeWords(text);
}

export interface ParameterizedValue {
  /** What stands before the first semicolon, without comments. */
  value: string;
  /** By name in lower case, continuations joined and decoded, encoded words in names decoded. */
  parameters: ReadonlyMap<string, string>;
}

/** A field value such as `text/plain; name="a.ps"`. */
export function parseParameters(text: string): ParameterizedValue {
  if (text.length > maxParametersLength) {
    throw new LimitError('a header field with parameters', maxParametersLength, 'characters');
  }
  const parsed = libmime.parseHeaderValue(text, { stripComments: true });
  const decoded = new Set(parsed.decodedParams);
  const parameters = new Map<string, string>();
  for (const [name, value] of Object.entries(parsed.params)) {
    const mayHoldWords = parametersWithWords.has(name) && !decoded.has(name);
    parameters.set(name, mayHoldWords ? decodeHeaderWords(value) : value);
  }
  return { value: parsed.value.trim(), parameters };
}
