/** A bounded look at the header of a mail that could not be read, so that people know which one it is. */
import { cleanForDisplay } from '#base/display-text.js';
import type { ContentStore, HeaderLine, RawMessage } from '#vocab/line.js';
import { parseHeader } from '#wire/mime-header.js';
import { decodeHeaderWords } from '#wire/mime-words.js';
import { bytesOf } from './message-bytes.js';

/** No more of the mail is read, and no more of it is kept. */
const maxHeaderBytes = 32_768;
const maxHeaderLines = 500;
const maxFields = 50;
const maxNameLength = 80;
const maxValueLength = 300;
/** How much of a value is decoded, in characters. */
const maxEncodedLength = 2000;

/** Its first header fields in their order, clean and short; none where there is nothing that looks like one. */
export async function lookAtHeader(message: RawMessage, content: ContentStore): Promise<HeaderLine[]> {
  const header = linesOfHeader(await firstBytes(message, content));
  return parseHeader(header)
    .slice(0, maxFields)
    .map(({ name, value }) => ({
      name: cleanForDisplay(name, maxNameLength),
      value: cleanForDisplay(decoded(value.slice(0, maxEncodedLength)), maxValueLength),
    }));
}

async function firstBytes(message: RawMessage, content: ContentStore): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of bytesOf(message, content)) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes >= maxHeaderBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxHeaderBytes);
}

/** Up to the empty line (RFC 5322 §2.1), and so few that their number cannot exceed a limit. */
function linesOfHeader(bytes: Buffer): Buffer {
  let end = 0;
  for (let lines = 0; lines < maxHeaderLines && end < bytes.length; lines++) {
    const lineEnd = bytes.indexOf('\n', end);
    const next = lineEnd < 0 ? bytes.length : lineEnd + 1;
    if (bytes.toString('latin1', end, next).trimEnd() === '') break;
    end = next;
  }
  return bytes.subarray(0, end);
}

/** As it came, where its encoded words cannot be decoded. */
function decoded(value: string): string {
  try {
    return decodeHeaderWords(value);
  } catch {
    return value;
  }
}
