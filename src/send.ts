/** The command `phaserlink send`: mails documents, whole or split, and tells what the mail server said. */
import { systemClock } from '#base/clock.js';
import type { NoticeKind } from '#vocab/notices.js';
import type { Document } from './redirect/documents.js';
import { sendDocument } from './redirect/send-document.js';
import { inspectRequest, totalBytes } from './redirect/send-request.js';
import { planJobs, sendSplit } from './redirect/send-split.js';
import { count } from './report/mail-text.js';

export interface SendOptions {
  to: string;
  from: string;
  smtp: { host: string; port: number };
  description?: string;
  notify?: NoticeKind[];
  hold?: boolean;
  /** The size of a piece in bytes; whole mails when left out. */
  split?: number;
  resume?: string;
  dryRun?: true;
  json?: true;
}

/** What is printed: for people, and for programs. */
interface Answer {
  text: string;
  data: unknown;
}

export async function send(files: string[], options: SendOptions): Promise<void> {
  const { text, data } =
    options.split === undefined ? await whole(files, options) : await split(files, options);
  process.stdout.write(options.json ? `${JSON.stringify(data, null, 2)}\n` : text);
}

async function whole(files: string[], { dryRun, ...request }: SendOptions): Promise<Answer> {
  const to = `${files.join(', ')} to ${request.to}`;
  if (dryRun) {
    const documents = await inspectRequest({ ...request, files });
    const bytes = totalBytes(documents);
    return {
      text: `Would mail ${to} (${bytes} bytes) in one mail\n`,
      data: { bytes, documents: documents.map(shown) },
    };
  }
  const sent = await sendDocument({ ...request, files }, context());
  return { text: `Mailed ${to} (${sent.bytes} bytes), Message-ID ${sent.messageId}\n`, data: sent };
}

async function split(
  files: string[],
  { dryRun, split: pieceBytes = 0, ...options }: SendOptions,
): Promise<Answer> {
  const request = { ...options, files, pieceBytes };
  if (dryRun) {
    const jobs = await planJobs(request);
    const line = ({ document: { path, bytes }, plan }: (typeof jobs)[number]) =>
      `Would mail ${path} to ${request.to} (${bytes} bytes) in ${count(plan.pieces.length, 'piece')}\n`;
    return {
      text: jobs.map(line).join(''),
      data: jobs.map(({ document, plan }) => ({ ...shown(document), ...plan })),
    };
  }
  const sent = await sendSplit(request, context());
  const line = ({ file, bytes, pieces, job }: (typeof sent)[number]) =>
    `Mailed ${file} to ${request.to} (${bytes} bytes) in ${count(pieces.length, 'piece')}, job ${job}, Message-ID of the first ${pieces[0]?.messageId}\n`;
  return { text: sent.map(line).join(''), data: sent };
}

function shown({ path, contentType, bytes }: Document) {
  return { file: path, contentType, bytes };
}

function context() {
  return { clock: systemClock, ...showProgress(process.stderr) };
}

/** A line that counts up, where somebody watches. */
function showProgress(terminal: NodeJS.WriteStream): { onProgress?: (sent: number, total: number) => void } {
  if (!terminal.isTTY) return {};
  let shown = -1;
  return {
    onProgress(sent, total) {
      const percent = Math.floor((100 * sent) / total);
      if (percent === shown) return;
      shown = percent;
      terminal.write(percent < 100 ? `\rsending ${percent} %` : '\r\x1b[K');
    },
  };
}
