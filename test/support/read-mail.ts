/** Reads mails that tests build out of entities, and what came of them in a form that is easy to compare. */
import type { Submission } from '#vocab/line.js';
import { readMessage } from '../../src/intake/read-message.js';
import { MemoryContentStore } from './memory-content.js';
import { rawMessage } from './raw-message.js';

export async function readMail(mail: Buffer | string, store = new MemoryContentStore()): Promise<Submission> {
  const content = store.put(typeof mail === 'string' ? Buffer.from(mail, 'latin1') : mail);
  return readMessage(rawMessage(content), store);
}

/** A header and a body; a body that is no string goes in base64. */
export function entity(header: string[], body: string | Buffer): string {
  if (typeof body === 'string') return [...header, '', body].join('\r\n');
  const base64 = body.toString('base64').replace(/.{76}/g, '$&\r\n');
  return [...header, 'Content-Transfer-Encoding: base64', '', base64].join('\r\n');
}

let boundaries = 0;

/** `type` may have parameters, such as `related; start="<a>"`. */
export function multipart(type: string, ...parts: string[]): string {
  const boundary = `part-${++boundaries}`;
  const body = parts.flatMap((part) => [`--${boundary}`, part]);
  return [`Content-Type: multipart/${type}; boundary=${boundary}`, '', ...body, `--${boundary}--`].join(
    '\r\n',
  );
}

export function fromAlice(rest: string): string {
  return `From: alice@example.com\r\nSubject: a mail\r\nMIME-Version: 1.0\r\n${rest}`;
}

/** A whole mail of these parts. */
export function mixed(...parts: string[]): string {
  return fromAlice(multipart('mixed', ...parts));
}

export const plain = (text = 'Please print.') => entity(['Content-Type: text/plain; charset=utf-8'], text);
export const html = (text = '<p>Please print.</p>') =>
  entity(['Content-Type: text/html; charset=utf-8'], text);

/** A part with a file name; `disposition` null leaves that field out. */
export function file(
  name: string,
  body: string | Buffer,
  options: { type?: string; disposition?: string | null; contentId?: string } = {},
): string {
  const { type = 'application/octet-stream', disposition = 'attachment', contentId } = options;
  return entity(
    [
      `Content-Type: ${type}; name="${name}"`,
      ...(disposition === null ? [] : [`Content-Disposition: ${disposition}; filename="${name}"`]),
      ...(contentId === undefined ? [] : [`Content-ID: <${contentId}>`]),
    ],
    body,
  );
}

/** As much of a picture as tells its size, and then some bytes. */
export function png(width: number, height: number, bytes = 2000): Buffer {
  const head = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0\x08\x02\0\0\0', 'latin1');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return Buffer.concat([head, Buffer.alloc(bytes, width % 251)]);
}

export function jpeg(width: number, height: number, bytes = 2000): Buffer {
  const frame = Buffer.from([0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  const application = Buffer.concat([Buffer.from([0xff, 0xe1, 0x10, 0x02]), Buffer.alloc(0x1000, 0xff)]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), application, frame, Buffer.alloc(bytes, height % 251)]);
}

/** `a.ps` for a document, `logo.png!decoration` for a part left out, in the order of the mail's lists. */
export function outcome({ documents, leftOut }: Submission): string[] {
  return [
    ...documents.map(({ name }) => name),
    ...leftOut.filter(({ kind }) => kind !== 'letter').map(({ name, kind }) => `${name}!${kind}`),
  ];
}
