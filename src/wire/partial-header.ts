/** The header of a mail that was joined from `message/partial` pieces: what of it comes from where (RFC 2046 §5.2.2.1). */
import type { HeaderField } from './mime-header.js';

/** These and all Content- fields belong to the mail inside. */
const ofTheInnerMail: ReadonlySet<string> = new Set(['subject', 'message-id', 'encrypted', 'mime-version']);

function belongsToInner({ name }: HeaderField): boolean {
  return name.startsWith('content-') || ofTheInnerMail.has(name);
}

/** `outer`: the header of the first piece; `inner`: the header that its body begins with. */
export function mergePartialHeader(
  outer: readonly HeaderField[],
  inner: readonly HeaderField[],
): HeaderField[] {
  return [...outer.filter((field) => !belongsToInner(field)), ...inner.filter(belongsToInner)];
}

/** As bytes, each field on one line however long it is, with the blank line that ends a header. */
export function formatHeader(fields: readonly HeaderField[]): Buffer {
  return Buffer.from(`${fields.map(({ name, value }) => `${name}: ${value}\r\n`).join('')}\r\n`);
}

/** How many bytes the header at the beginning of `bytes` takes, its blank line included; -1 when that line is not there. */
export function headerLength(bytes: Buffer): number {
  const end = /(?:^|\n)\r?\n/.exec(bytes.toString('latin1'));
  return end === null ? -1 : end.index + end[0].length;
}
