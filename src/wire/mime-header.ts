/** Header fields of an entity: bytes to names and values (RFC 5322 §2.2), and what the MIME fields among them say. */
import { isUtf8 } from 'node:buffer';
import { LimitError } from '#base/errors.js';
import { decodeCharset, decodeUnlabelled } from './charset.js';
import { parseParameters } from './mime-parameters.js';

const maxHeaderFields = 1000;

export interface HeaderField {
  /** In lower case. */
  name: string;
  /** Unfolded, without the white space around it; encoded words stand as they came. */
  value: string;
}

/** What the Content- fields say of an entity (RFC 2045, RFC 2183). */
export interface EntityDescription {
  /** In lower case; the default of its place when the field is absent or malformed. */
  mediaType: string;
  /** By name in lower case. */
  parameters: ReadonlyMap<string, string>;
  /** In lower case; `7bit` when absent. */
  transferEncoding: string;
  /** `attachment`, `inline`, … in lower case; null when absent. */
  disposition: string | null;
  /** As the sender wrote it: may hold path separators and control characters. */
  fileName: string | null;
  /** Without its angle brackets; null when absent (RFC 2045 §7). */
  contentId: string | null;
}

const hasByteAbove127 = /[\x80-\xff]/;
const fieldStart = /^([!-9;-~]+)[ \t]*:/;

/** `bytes` are the header's lines, with either line end; what is not a field is ignored. */
export function parseHeader(bytes: Buffer): HeaderField[] {
  const text = bytes.toString('latin1');
  const decodeRaw = rawDecoder(text);
  const fields: { name: string; lines: string[] }[] = [];
  let current: string[] | null = null;
  for (const rawLine of text.split('\n')) {
    const line = rawLine.endsWith('\r') ? rawLine.slice(0, -1) : rawLine;
    if (line.startsWith(' ') || line.startsWith('\t')) {
      current?.push(line);
      continue;
    }
    const name = fieldStart.exec(line)?.[1];
    if (name === undefined) {
      current = null;
      continue;
    }
    if (fields.length === maxHeaderFields) throw new LimitError('a header', maxHeaderFields, 'fields');
    current = [line.slice(line.indexOf(':') + 1)];
    fields.push({ name: name.toLowerCase(), lines: current });
  }
  // RFC 5322 §2.2.3: unfolding removes the line ends and nothing else.
  return fields.map(({ name, lines }) => ({ name, value: trimBlanks(decodeRaw(lines.join(''))) }));
}

/**
 * For values as Latin-1. RFC 6532 allows UTF-8; other bytes above 127 are from before MIME, or of a device that has never heard of
 * it: then a charset that the header names elsewhere is likely theirs.
 */
function rawDecoder(header: string): (value: string) => string {
  let charset: string | null = null;
  return (value) => {
    if (!hasByteAbove127.test(value)) return value;
    const bytes = Buffer.from(value, 'latin1');
    if (isUtf8(bytes)) return decodeUnlabelled(bytes);
    charset ??= findCharset(header);
    return decodeCharset(bytes, charset);
  };
}

/** The first charset named in the header that is neither ASCII nor UTF-8; empty when there is none. */
function findCharset(header: string): string {
  for (const [, ofText, ofWord] of header.matchAll(/\bcharset\s*=\s*"?([\w.:-]+)|=\?([\w.:-]+)\?[bq]\?/gi)) {
    const name = ofText ?? ofWord ?? '';
    if (!/^(?:utf-?8|us-?ascii)$/i.test(name)) return name;
  }
  return '';
}

/** The value of the first field of this name (lower case), or null. */
export function headerValue(fields: readonly HeaderField[], name: string): string | null {
  return fields.find((field) => field.name === name)?.value ?? null;
}

export function headerValues(fields: readonly HeaderField[], name: string): string[] {
  return fields.filter((field) => field.name === name).map((field) => field.value);
}

/** Some senders forget it behind the media type. */
const missingSemicolon = /^([^\s;/]+\/[^\s;]+)(?=\s+[\w-]+\*?=)/;
const mediaTypeForm = /^[!#$%&'*+.^_`{|}~\w-]+\/[!#$%&'*+.^_`{|}~\w-]+$/;

/** `defaultMediaType` is what a missing or malformed Content-Type means here (RFC 2045 §5.2, RFC 2046 §5.1.5). */
export function describeEntity(fields: readonly HeaderField[], defaultMediaType: string): EntityDescription {
  const type = parseParameters((headerValue(fields, 'content-type') ?? '').replace(missingSemicolon, '$1;'));
  const disposition = parseParameters(headerValue(fields, 'content-disposition') ?? '');
  const encoding = parseParameters(headerValue(fields, 'content-transfer-encoding') ?? '');
  const mediaType = type.value.toLowerCase();
  return {
    mediaType: mediaTypeForm.test(mediaType) ? mediaType : defaultMediaType,
    parameters: type.parameters,
    transferEncoding: encoding.value.toLowerCase() || '7bit',
    disposition: disposition.value.toLowerCase() || null,
    fileName: disposition.parameters.get('filename') || type.parameters.get('name') || null,
    contentId: /^<?([^<>\s]+)/.exec(headerValue(fields, 'content-id') ?? '')?.[1] ?? null,
  };
}

function trimBlanks(value: string): string {
  return value.replace(/^[ \t]+/, '').trimEnd();
}
