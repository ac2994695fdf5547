/** What `phaserlink jobs` shows: the ledger's jobs for programs and for people; reads only. */
import { isoTime, systemClock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { jobStateReasons } from '#vocab/job-states.js';
import { toldOf } from '#vocab/left-out.js';
import type { Job, LeftOutPart } from '#vocab/line.js';
import { missingNumbers, numberRanges } from '#vocab/split-mail.js';
import type { Part } from '#vocab/wishes.js';
import { loadPhaserLinkSettings } from './config/load.js';
import { Ledger } from './jobs/ledger.js';
import type { OpenSet } from './jobs/split-rows.js';

/** A job as `jobs --json` gives it; times are ISO 8601, states and reasons IPP's words. */
export interface JobReport {
  id: number;
  state: string;
  reasons: string[];
  description: string;
  sender: string;
  messageIds: string[];
  documents: { name: string; format: string; bytes: number; notPrinted: string | null }[];
  /** Of a split mail that is still arriving; null for all other jobs. `total`: null while it is not known. */
  pieces: { received: number; total: number | null; missing: number[] } | null;
  leftOut: LeftOutPart[];
  pages: { expected: number | null; confirmed: number | null };
  /** From this page on, and how many times. */
  part: Part;
  againOf: number | null;
  heldSince: string | null;
  releaseCode: string | null;
  createdAt: string;
  completedAt: string | null;
}

/** Opens the ledger of a settings file for reading, beside a running server. */
export async function withLedger<T>(config: string, run: (ledger: Ledger) => Promise<T>): Promise<T> {
  const { settings } = loadPhaserLinkSettings(config, process.env);
  const ledger = await Ledger.open({ dataDir: settings.dataDir, clock: systemClock, readOnly: true });
  try {
    return await run(ledger);
  } finally {
    await ledger.close();
  }
}

/** All jobs, oldest first, or the one with this number. Throws `no-such-job`. */
export async function jobReports(config: string, id: number | null): Promise<JobReport[]> {
  return withLedger(config, async (ledger) => {
    const jobs = id === null ? await ledger.jobs() : [await ledger.job(id)];
    const sets = await ledger.openSets();
    return jobs.map((job) => {
      if (job === null) throw noSuchJob(String(id));
      return reportJob(job, sets);
    });
  });
}

export function noSuchJob(key: string): PhaserLinkError {
  const text = `there is no job ${key}; "phaserlink jobs" lists them all`;
  return new PhaserLinkError({ code: 'no-such-job', retry: 'permanent', text });
}

/** `sets`: the split mails that are still arriving. */
export function reportJob(job: Job, sets: readonly OpenSet[]): JobReport {
  const set = sets.find(({ jobId }) => jobId === job.id);
  return {
    id: job.id,
    state: job.state,
    reasons: job.reasons,
    description: job.description,
    sender: job.sender,
    messageIds: job.messageIds,
    documents: job.documents.map(({ name, format, content, notPrinted }) => ({
      name,
      format,
      bytes: content.bytes,
      notPrinted,
    })),
    pieces: set ? reportPieces(set) : null,
    leftOut: job.leftOut,
    pages: job.pages,
    part: job.part,
    againOf: job.againOf,
    heldSince: job.heldSince === null ? null : isoTime(job.heldSince),
    releaseCode: job.releaseCode,
    createdAt: isoTime(job.createdAt),
    completedAt: job.completedAt === null ? null : isoTime(job.completedAt),
  };
}

function reportPieces({ pieces, total }: OpenSet): JobReport['pieces'] {
  const numbers = pieces.map(({ number }) => number);
  return { received: numbers.length, total, missing: missingNumbers(numbers, total) };
}

/** One line a job. */
export function formatJobTable(jobs: readonly JobReport[]): string {
  if (jobs.length === 0) return 'No job has come yet.\n';
  const rows = jobs.map(({ id, state, pages, createdAt, sender, description }) => [
    String(id),
    state,
    formatPages(pages),
    createdAt.slice(0, 16).replace('T', ' '),
    sender,
    description,
  ]);
  return formatTable([['Job', 'State', 'Pages', 'Received (UTC)', 'Sender', 'Description'], ...rows]);
}

export function formatJob(job: JobReport): string {
  const reasons = job.reasons.map(
    (reason) => jobStateReasons[reason as keyof typeof jobStateReasons] ?? reason,
  );
  return formatTable([
    ['Job', String(job.id)],
    ['Description', job.description],
    ['State', reasons.length > 0 ? `${job.state} (${reasons.join('; ')})` : job.state],
    ...(job.pieces === null ? [] : [['Pieces', formatPieces(job.pieces)]]),
    ['Pages', formatPages(job.pages)],
    ...(job.releaseCode === null ? [] : [['Held', `since ${job.heldSince}; code ${job.releaseCode}`]]),
    ...(job.againOf === null ? [] : [['Again', `of job ${job.againOf}`]]),
    ['Sender', job.sender],
    ...job.documents.map(({ name, format, bytes, notPrinted }) => [
      'Document',
      `${name}, ${format}, ${bytes} bytes${notPrinted === null ? '' : `: not printed, ${notPrinted}`}`,
    ]),
    ...job.leftOut
      .filter((part) => toldOf(part) !== 'quiet')
      .map(({ name, mediaType, bytes, reason }) => [
        'Left out',
        `${name}, ${mediaType}, ${bytes} bytes: ${reason}`,
      ]),
    ['Received', job.createdAt],
    ['Completed', job.completedAt ?? 'not yet'],
    ...job.messageIds.map((messageId) => ['Message-ID', messageId]),
  ]);
}

function formatPages({ confirmed, expected }: JobReport['pages']): string {
  return `${confirmed ?? '-'} of ${expected ?? '?'}`;
}

function formatPieces({ received, total, missing }: NonNullable<JobReport['pieces']>): string {
  const named = missing.length > 0 ? `; missing: ${numberRanges(missing).join(', ')}` : '';
  return `${received} of ${total ?? '?'}${named}`;
}

export function formatTable(rows: readonly string[][]): string {
  const widths = rows.reduce<number[]>(
    (wide, row) => row.map((cell, n) => Math.max(wide[n] ?? 0, cell.length)),
    [],
  );
  const lines = rows.map((row) =>
    row.map((cell, n) => (n === row.length - 1 ? cell : cell.padEnd(widths[n] ?? 0))),
  );
  return lines.map((cells) => `${cells.join('  ')}\n`).join('');
}
