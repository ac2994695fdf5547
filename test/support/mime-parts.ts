/** Runs the MIME parser over whole messages and gathers its events into parts that tests can compare. */
import { type MimeEvent, MimeParser, type PartStart } from '#wire/mime-parser.js';

export interface ParsedPart {
  start: PartStart;
  body: Buffer;
  /** Whether its part-end has come. */
  ended: boolean;
}

export function parseMail(chunks: Iterable<Uint8Array>): ParsedPart[] {
  const parser = new MimeParser();
  const events: MimeEvent[] = [];
  for (const chunk of chunks) events.push(...parser.push(chunk));
  events.push(...parser.end());
  return gatherParts(events);
}

export function parseWhole(mail: string | Buffer): ParsedPart[] {
  return parseMail([typeof mail === 'string' ? Buffer.from(mail, 'latin1') : mail]);
}

/** The leaves' bodies in order. */
export function leafBodies(mail: string | Buffer): string[] {
  return parseWhole(mail)
    .filter(({ start }) => !start.isMultipart)
    .map(({ body }) => body.toString('latin1'));
}

/** Throws unless body and end always belong to a part that is open. */
function gatherParts(events: readonly MimeEvent[]): ParsedPart[] {
  const parts: ParsedPart[] = [];
  let leaf: ParsedPart | undefined;
  for (const event of events) {
    if (event.type === 'part-start') {
      const part = { start: event, body: Buffer.alloc(0), ended: false };
      parts.push(part);
      leaf = event.isMultipart ? undefined : part;
    } else if (event.type === 'too-much') {
      throw event.error;
    } else if (event.type === 'part-body') {
      if (leaf === undefined) throw new Error('a body without a part');
      leaf.body = Buffer.concat([leaf.body, event.bytes]);
    } else {
      const ended = parts.findLast(({ start }) => start.path.join('.') === event.path.join('.'));
      if (ended === undefined || ended.ended) throw new Error('an end without a part');
      ended.ended = true;
      if (ended === leaf) leaf = undefined;
    }
  }
  if (parts.some(({ ended }) => !ended)) throw new Error('a part without an end');
  return parts;
}
