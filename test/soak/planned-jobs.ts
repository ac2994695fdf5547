/** The jobs of a soak: of what they are made, how they are mailed, what their senders answer, and by which marks their pages are known. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NoticeKind } from '#vocab/notices.js';
import type { Random } from './random.js';

export interface PlannedJob {
  number: number;
  description: string;
  sender: string;
  /** Pages of each document. */
  documents: number[];
  /** Bytes of comment in each document. */
  paddingBytes: number;
  /** Mailed in so many pieces; 1 is one mail. */
  pieces: number;
  notify: NoticeKind[];
  /** What its sender replies when told that it is held; null for a job that is not held. */
  heldReply: 'release' | 'copies 2' | 'cancel' | null;
  /** Whether its sender looks into the tray and answers when nobody can know what came out. */
  answersUnknown: boolean;
}

const sendersPerJob = 1 / 4;
/** Page sizes in points: each page of each job has its own. */
const firstWidth = 150;
const widths = 400;
const firstHeight = 150;
const pagesPerRow = 20;

export function planJobs(count: number, random: Random): PlannedJob[] {
  const senders = Math.max(2, Math.ceil(count * sendersPerJob));
  return Array.from({ length: count }, (_, number) => {
    const isSplit = random.chance(0.12);
    // Split mail carries one document.
    const documents = 1 + (!isSplit && random.chance(0.2) ? 1 + random.below(2) : 0);
    return {
      number,
      description: `job-${number}`,
      sender: `user-${random.below(senders)}@example.com`,
      documents: Array.from({ length: documents }, () => 1 + random.below(4)),
      paddingBytes: random.pick([0, 0, 2_000, 2_000, 60_000, 300_000]),
      pieces: isSplit ? 2 + random.below(4) : 1,
      notify: random.chance(0.15) ? ['trace'] : ['printed', 'error'],
      heldReply:
        !isSplit && random.chance(0.12) ? random.pick(['release', 'copies 2', 'cancel'] as const) : null,
      answersUnknown: random.chance(0.6),
    };
  });
}

export function pagesOf({ documents }: PlannedJob): number {
  return documents.reduce((sum, pages) => sum + pages, 0);
}

/** How often each page is to be in the tray. */
export function copiesOf({ heldReply }: PlannedJob): number {
  if (heldReply === 'cancel') return 0;
  return heldReply === 'copies 2' ? 2 : 1;
}

/** The documents as PostScript. */
export function composeDocuments(job: PlannedJob): string[] {
  const width = firstWidth + (job.number % widths);
  const height = firstHeight + Math.floor(job.number / widths) * pagesPerRow;
  let before = 0;
  return job.documents.map((pages) => {
    const first = before;
    before += pages;
    const lines = Array.from(
      { length: pages },
      (_, page) =>
        `%%Page: ${page + 1} ${page + 1}\n<< /PageSize [${width} ${height + first + page}] >> setpagedevice\n20 20 moveto 80 80 lineto stroke showpage`,
    );
    const padding = '% and more\n'.repeat(Math.ceil(job.paddingBytes / 11));
    return `%!PS-Adobe-3.0\n%%Pages: ${pages}\n%%EndComments\n${padding}${lines.join('\n')}\n%%EOF\n`;
  });
}

/** How often each page of each job lies in the tray, by the size of its picture; pages count from 0 through all documents. */
export function lookIntoTray(folder: string): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.png')) continue;
    const png = readFileSync(join(folder, file));
    // PNG Specification, section 11.2.2: width and height stand behind the signature and the head of IHDR.
    const [width, height] = [png.readUInt32BE(16) - firstWidth, png.readUInt32BE(20) - firstHeight];
    const job = width + widths * Math.floor(height / pagesPerRow);
    const pages = found.get(job) ?? [];
    found.set(job, pages);
    const page = height % pagesPerRow;
    pages[page] = (pages[page] ?? 0) + 1;
  }
  return found;
}
