/** The senders of a soak: they mail their jobs, read what they are told, and answer it when they have looked into the tray. */
import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '#base/clock.js';
import { sendDocument } from '../../src/redirect/send-document.js';
import { sendSplit } from '../../src/redirect/send-split.js';
import { mailBySmtp } from '../support/mail-by-smtp.js';
import { composeDocuments, copiesOf, lookIntoTray, type PlannedJob, pagesOf } from './planned-jobs.js';
import type { Letter } from './post-office.js';
import { printerAddress, type SoakHouse } from './soak-house.js';

const lookAgainMs = 100;

export class People {
  readonly #jobs: ReadonlyMap<string, PlannedJob>;
  readonly #read = new Set<string>();
  /** What was answered about each job, in order. */
  readonly replies = new Map<number, string[]>();
  #writing = 0;
  #failure: unknown = null;

  constructor(jobs: readonly PlannedJob[]) {
    this.#jobs = new Map(jobs.map((job) => [job.description, job]));
  }

  /** Whether somebody is about to answer; throws what kept them from it. */
  get areWriting(): boolean {
    if (this.#failure !== null) throw this.#failure;
    return this.#writing > 0;
  }

  async mail(house: SoakHouse, job: PlannedJob): Promise<void> {
    const { description, notify, pieces, sender: from, heldReply } = job;
    const folder = join(house.folder, 'documents', description);
    await mkdir(folder, { recursive: true });
    const files = composeDocuments(job).map((text, index) => {
      const file = join(folder, `${index}.ps`);
      writeFileSync(file, text);
      return { file, bytes: text.length };
    });
    const request = {
      ...{ to: printerAddress, from, description, notify, files: files.map(({ file }) => file) },
      smtp: { host: '127.0.0.1', port: house.post.port },
    };
    if (pieces === 1) {
      await sendDocument({ ...request, hold: heldReply !== null }, { clock: systemClock });
      return;
    }
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    await sendSplit({ ...request, pieceBytes: Math.ceil(bytes / pieces) }, { clock: systemClock });
  }

  read(house: SoakHouse, letter: Letter): void {
    const job = this.#jobs.get(letter.description);
    // The same mail twice is read once, as by every mail program.
    if (job === undefined || this.#read.has(letter.messageId)) return;
    this.#read.add(letter.messageId);
    this.#writing++;
    this.#answer(house, letter, job)
      .catch((error) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#writing--;
      });
  }

  async #answer(house: SoakHouse, letter: Letter, job: PlannedJob): Promise<void> {
    const words = await this.#wordsFor(house, letter, job);
    if (words === null) return;
    const said = this.replies.get(job.number) ?? [];
    this.replies.set(job.number, [...said, words]);
    const message = [
      `From: ${job.sender}`,
      `To: ${printerAddress}`,
      `Subject: Re: ${letter.subject}`,
      `Message-ID: <${job.number}-${said.length}@people.example.com>`,
      `In-Reply-To: ${letter.messageId}`,
      '',
      words,
      '',
    ].join('\r\n');
    const mail = { from: job.sender, to: [printerAddress], message: Buffer.from(message) };
    const { last } = await mailBySmtp(house.post.port, mail);
    if (!last.startsWith('250')) throw new Error(`a reply was not taken: ${last}`);
  }

  async #wordsFor(house: SoakHouse, { event, state }: Letter, job: PlannedJob): Promise<string | null> {
    if (state !== 'pending-held') return null;
    if (event === 'received') return job.heldReply;
    if (event === 'not-printed') return 'release';
    if (event !== 'outcome-unknown' || !job.answersUnknown) return null;
    return wordsAboutTray(await pagesInTray(house, job), job);
  }
}

/** Looked for when the printer has come to rest. */
async function pagesInTray(house: SoakHouse, job: PlannedJob): Promise<readonly number[]> {
  const isDone = ({ state }: { state: string }) => ['completed', 'canceled', 'aborted'].includes(state);
  while (!(await house.state()).jobs.every(isDone)) await wait(lookAgainMs);
  return lookIntoTray(house.tray).get(job.number) ?? [];
}

/** Null when no words would complete it: then it stays as it is. */
function wordsAboutTray(found: readonly number[], job: PlannedJob): string | null {
  const copies = copiesOf(job);
  const there = found.filter((times) => times === copies).length;
  if (there === pagesOf(job)) return 'done';
  if (found.length === 0) return copies === 1 ? 'again' : `again copies ${copies}`;
  return copies === 1 ? `from ${there + 1}` : null;
}
