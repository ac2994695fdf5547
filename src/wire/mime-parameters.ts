/** Takes header values with parameters apart (RFC 2045 §5.1), and joins and decodes what RFC 2231 has split and encoded. */
import { LimitError } from '#base/errors.js';
import { decodeCharset } from './charset.js';
import { decodeHeaderWords, decodeHexEscapes } from './mime-words.js';
import { ParameterReader } from './parameter-reader.js';

const maxParametersLength = 16_384;

/** RFC 2047 §5 forbids encoded words in parameters, but many senders write file names so. */
const parametersWithWords: ReadonlySet<string> = new Set(['name', 'filename']);

export interface ParameterizedValue {
  /** What stands before the first semicolon, without comments. */
  value: string;
  /** By name in lower case, continuations joined and decoded, encoded words in names decoded. */
  parameters: ReadonlyMap<string, string>;
}

/** One piece of a parameter: `name*2*=…` is number 2 and encoded, `name*=…` the only one. */
interface Segment {
  number: number;
  isEncoded: boolean;
  text: string;
}

/** RFC 2231 §3, §4 */
const segmentForm = /^([^*]+)\*(?:(\d{1,9})(\*?))?$/;
const onlySegment = -1;

/** A field value such as `text/plain; name="a.ps"`. */
export function parseParameters(text: string): ParameterizedValue {
  if (text.length > maxParametersLength) {
    throw new LimitError('a header field with parameters', maxParametersLength, 'characters');
  }
  const reader = new ParameterReader(text);
  const value = reader.readMainValue();
  const parameters = new Map<string, string>();
  const split = new Map<string, Segment[]>();
  for (let written = reader.readParameter(); written !== null; written = reader.readParameter()) {
    const [, name, number, mark] = segmentForm.exec(written.name) ?? [];
    if (name === undefined) {
      // Where a parameter comes twice, the first one counts: other readers agree.
      if (!parameters.has(written.name)) parameters.set(written.name, decodePlain(written));
      continue;
    }
    const segments = split.get(name) ?? [];
    segments.push({ number: Number(number ?? onlySegment), isEncoded: mark !== '', text: written.value });
    split.set(name, segments);
  }
  // RFC 6266 §4.3: the plain parameter beside it is for old readers.
  for (const [name, segments] of split) parameters.set(name, joinSegments(name, segments));
  return { value, parameters };
}

function decodePlain({ name, value }: { name: string; value: string }): string {
  return parametersWithWords.has(name) ? decodeHeaderWords(value) : value;
}

function joinSegments(name: string, written: readonly Segment[]): string {
  const inOrder = written
    .toSorted((a, b) => a.number - b.number)
    .filter(({ number }, index, all) => number !== all[index - 1]?.number);
  const segments = inOrder[0]?.number === onlySegment ? inOrder.slice(0, 1) : inOrder;
  if (!segments.some(({ isEncoded }) => isEncoded)) {
    return decodePlain({ name, value: segments.map(({ text }) => text).join('') });
  }
  // RFC 2231 §4: the charset and the language stand in front of the first segment, between quotes.
  const first = segments[0]?.isEncoded ? segments[0].text : '';
  const [head = '', charset = ''] = /^([^']*)'[^']*'/.exec(first) ?? [];
  const bytes = segments.map(({ text, isEncoded }, index) => {
    const content = index === 0 ? text.slice(head.length) : text;
    return isEncoded ? decodeHexEscapes(content, '%') : Buffer.from(content);
  });
  // A character may begin in one segment and end in the next.
  return decodeCharset(Buffer.concat(bytes), charset);
}
