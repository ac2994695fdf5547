/** How fast attachments are decoded, beside mailparser in the same run: the same mails in turn, every attachment bit for bit. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { type AttachmentStream, MailParser } from 'mailparser';
import { MimeParser } from '#wire/mime-parser.js';
import { median } from './median.js';

const rounds = Number(process.argv[2] ?? 5);
const loads = [
  { name: '200 mails with 100 KB in base64', mails: 200, documentBytes: 100_000, encode: base64 },
  { name: '10 mails with 5 MB in base64', mails: 10, documentBytes: 5_000_000, encode: base64 },
  { name: '30 mails with 100 KB in quoted-printable', mails: 30, documentBytes: 100_000, encode: quoted },
];
/** As much as a socket gives at once. */
const chunkBytes = 65_536;

const parsers = { ours, mailparser: byMailparser };

for (const { name, mails, documentBytes, encode } of loads) {
  const made = Array.from({ length: mails }, () => makeMail(randomBytes(documentBytes), encode));
  const bytes = made.reduce((sum, { mail }) => sum + mail.length, 0);
  const seconds: Record<keyof typeof parsers, number[]> = { ours: [], mailparser: [] };
  for (let round = 0; round < rounds; round++) {
    for (const [parser, parse] of Object.entries(parsers) as [keyof typeof parsers, typeof ours][]) {
      seconds[parser].push(await timeOf(parse, made));
    }
  }
  const [our, their] = [median(seconds.ours), median(seconds.mailparser)];
  const rate = (time: number) => `${(bytes / time / 1e6).toFixed(0)} MB/s`;
  const ratios = seconds.ours.map((time, round) => (seconds.mailparser[round] ?? Number.NaN) / time);
  const spread = `${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)}`;
  process.stdout.write(
    `${name}, ${rounds} rounds: ours ${rate(our)}, mailparser ${rate(their)}, ratio ${(their / our).toFixed(1)} (${spread})\n`,
  );
}

interface Made {
  mail: Buffer;
  digest: string;
}

/** Only the parsing is timed. */
async function timeOf(parse: (mail: Buffer) => Promise<Buffer>, mails: readonly Made[]): Promise<number> {
  let seconds = 0;
  for (const { mail, digest } of mails) {
    const startedAt = performance.now();
    const attachment = await parse(mail);
    seconds += (performance.now() - startedAt) / 1000;
    if (digestOf(attachment) !== digest) throw new Error('an attachment is not what it was');
  }
  return seconds;
}

async function ours(mail: Buffer): Promise<Buffer> {
  const parser = new MimeParser();
  const body: Buffer[] = [];
  let isAttachment = false;
  const take = (events: ReturnType<MimeParser['end']>) => {
    for (const event of events) {
      if (event.type === 'part-start') isAttachment = event.disposition === 'attachment';
      else if (event.type === 'part-body' && isAttachment) body.push(event.bytes);
    }
  };
  for (let at = 0; at < mail.length; at += chunkBytes) take(parser.push(mail.subarray(at, at + chunkBytes)));
  take(parser.end());
  return Buffer.concat(body);
}

function byMailparser(mail: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parser = new MailParser({ skipHtmlToText: true, skipTextToHtml: true });
    const body: Buffer[] = [];
    parser.on('data', (data: AttachmentStream | { type: 'text' }) => {
      if (data.type !== 'attachment') return;
      data.content.on('data', (chunk: Buffer) => body.push(chunk)).on('end', () => data.release?.());
    });
    parser.on('end', () => resolve(Buffer.concat(body))).on('error', reject);
    Readable.from(chunksOf(mail)).pipe(parser);
  });
}

function* chunksOf(mail: Buffer): Generator<Buffer> {
  for (let at = 0; at < mail.length; at += chunkBytes) yield mail.subarray(at, at + chunkBytes);
}

function makeMail(document: Buffer, encode: (document: Buffer) => string): Made {
  const encoding = encode === base64 ? 'base64' : 'quoted-printable';
  const mail = `From: alice@example.com\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="=_b"\r
\r
--=_b\r
Content-Type: text/plain\r
\r
Please print.\r
--=_b\r
Content-Type: application/octet-stream\r
Content-Transfer-Encoding: ${encoding}\r
Content-Disposition: attachment; filename="tiger.ps"\r
\r
${encode(document)}\r
--=_b--\r
`;
  return { mail: Buffer.from(mail), digest: digestOf(document) };
}

function base64(document: Buffer): string {
  return document.toString('base64').replace(/.{76}(?!$)/g, '$&\r\n');
}

/** RFC 2045 §6.7, three characters for each byte but letters and digits. */
function quoted(document: Buffer): string {
  const words = [...document].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[0-9A-Za-z]/.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += 25) lines.push(words.slice(at, at + 25).join(''));
  return lines.join('=\r\n');
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
