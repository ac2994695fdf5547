/** Split mails as text, made by hand after docs/split-mail.md, for tests that need pieces which no proper sender makes. */
import { createHash } from 'node:crypto';
import { mailText } from './mail-texts.js';

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The bytes in so many pieces of nearly the same length. */
export function cutInto(total: number, bytes: Buffer): Buffer[] {
  const size = Math.ceil(bytes.length / total);
  return Array.from({ length: total }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

export interface SplitOptions {
  job?: string;
  total?: number;
  from?: string;
  /** Added to each piece; null leaves a field out. */
  headers?: Record<string, string | null>;
}

/** A document in our own form, a mail for each piece; also one that is cut already. */
export function ownPieces(document: string | Buffer[], options: SplitOptions = {}): string[] {
  const { job = 'job-1', from = 'alice@example.com', headers = {} } = options;
  const pieces =
    typeof document === 'string' ? cutInto(options.total ?? 5, Buffer.from(document, 'latin1')) : document;
  const whole = Buffer.concat(pieces);
  const total = pieces.length;
  return pieces.map((bytes, index) => {
    const type = index === 0 ? 'application/postscript' : 'application/octet-stream';
    return mailText([{ type, name: 'tiger.ps', body: bytes }], {
      From: from,
      Subject: `tiger (${index + 1}/${total})`,
      'Message-ID': `<${job}-${index + 1}@example.com>`,
      'X-PhaserLink-Job': job,
      'X-PhaserLink-Piece': `${index + 1}/${total}`,
      'X-PhaserLink-Piece-SHA256': sha256(bytes),
      'X-PhaserLink-Job-SHA256': sha256(whole),
      ...headers,
    });
  });
}

/** A mail in RFC 2046's form: `inner` is cut between its lines; the total stands in the last piece only. */
export function partialPieces(inner: string, options: SplitOptions = {}): string[] {
  const { job = 'partial-1', total = 3, from = 'alice@example.com', headers = {} } = options;
  const lines = inner.split('\n');
  const size = Math.ceil(lines.length / total);
  return Array.from({ length: total }, (_, index) => {
    const number = index + 1;
    const last = number === total ? `; total=${total}` : '';
    const all: Record<string, string | null> = {
      From: from,
      To: 'printer@example.com',
      Subject: `outside (${number}/${total})`,
      'Message-ID': `<${job}-${number}@example.com>`,
      'MIME-Version': '1.0',
      'Content-Type': `message/partial; id="${job}"; number=${number}${last}`,
      ...headers,
    };
    const head = Object.entries(all).flatMap(([name, value]) =>
      value === null ? [] : [`${name}: ${value}`],
    );
    return [...head, '', ...lines.slice(index * size, number * size)].join('\n');
  });
}
