/** A soak: jobs are mailed to a server that is killed again and again, and at the end each of them is accounted for. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { phaseOf } from '../../src/jobs/job-machine.js';
import type { RunningProgram } from '../support/running-program.js';
import { Gremlin, type Trouble } from './gremlin.js';
import { judgeSoak, type SoakVerdict } from './judge-soak.js';
import { KillOrders } from './kill-orders.js';
import { People } from './people.js';
import { lookIntoTray, type PlannedJob, planJobs } from './planned-jobs.js';
import { type Random, randomFrom } from './random.js';
import { SoakHouse } from './soak-house.js';

export interface SoakOptions {
  jobs: number;
  seed: number;
  /** Also makes the printer fail. */
  troubles: boolean;
  /** Goes on killing until so many kills, also when all jobs are printed. */
  minKills: number;
  /** Aborted, no more jobs are mailed. */
  enough: AbortSignal;
  report(line: string): void;
}

export interface SoakReport extends SoakVerdict {
  seed: number;
  seconds: number;
  kills: number;
  /** By place, `before commit of jobs` and the like. */
  killsBy: Record<string, number>;
  /** The durable steps that the servers came to. */
  steps: string[];
  troubles: Partial<Record<Trouble, number>>;
  /** Kept when something is wrong. */
  folder: string;
}

/** So many jobs are under way at the most, and so many come at once. */
const maxUnderWay = 20;
const maxAtOnce = 8;
const lookEveryMs = 250;
const reportEveryKills = 20;
/** A server that has not come to its step by then is killed where it is. */
const longestLifeMs = 10_000;
/** Without any change for so long, nothing will change. */
const stuckAfterMs = 180_000;

export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const begun = Date.now();
  const random = randomFrom(options.seed);
  const jobs = planJobs(options.jobs, random);
  const people = new People(jobs);
  const house: SoakHouse = await SoakHouse.build((letter) => people.read(house, letter));
  const gremlin = options.troubles ? new Gremlin(house, random) : null;
  const orders = new KillOrders(random);
  const soak = new Soak(house, people, jobs, orders);
  const faults: string[] = [];
  try {
    await soak.killAgainAndAgain(random, options);
    await gremlin?.quiet();
    faults.push(...(await soak.comeToRest()));
    faults.push(...(await whatIsLeft(house)));
  } catch (error) {
    faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    gremlin?.stop();
    await soak.server?.end('SIGKILL');
    house.post.writeTo(join(house.folder, 'letters.jsonl'));
    await house.stop();
  }
  const left = house.processes();
  if (left.length > 0) faults.push(`processes are left: ${left.join('; ')}`);
  const verdict = judgeSoak({
    jobs: jobs.slice(0, soak.mailed),
    tray: lookIntoTray(house.tray),
    letters: house.post.letters,
    replies: people.replies,
    ledger: await house.ledger((ledger) => ledger.jobs()),
  });
  const report: SoakReport = {
    ...verdict,
    faults: [...faults, ...verdict.faults],
    seed: options.seed,
    seconds: Math.round((Date.now() - begun) / 1000),
    kills: [...orders.kills.values()].reduce((sum, times) => sum + times, 0),
    killsBy: Object.fromEntries([...orders.kills].sort()),
    steps: [...orders.seen].sort(),
    troubles: Object.fromEntries(gremlin?.done ?? []),
    folder: house.folder,
  };
  if (report.faults.length === 0) house.remove();
  return report;
}

class Soak {
  readonly #house: SoakHouse;
  readonly #people: People;
  readonly #toMail: PlannedJob[];
  readonly #orders: KillOrders;
  server: RunningProgram | null = null;
  mailed = 0;

  constructor(house: SoakHouse, people: People, jobs: readonly PlannedJob[], orders: KillOrders) {
    this.#house = house;
    this.#people = people;
    this.#toMail = [...jobs];
    this.#orders = orders;
  }

  async killAgainAndAgain(random: Random, { minKills, enough, report, jobs }: SoakOptions): Promise<void> {
    for (let kill = 1; ; kill++) {
      if (enough.aborted) this.#toMail.length = 0;
      // Otherwise only what waits behind unknown outcomes would be under way in the end.
      if (await this.#isAtRest()) await this.#releaseBlocked();
      await this.#mailSome(1 + random.below(maxAtOnce));
      const order = this.#orders.next();
      const isMoment = 'afterMs' in order;
      const server = this.#house.serve(isMoment ? null : order);
      this.server = server;
      if (isMoment) await Promise.race([server.ended, momentAfterStart(server, order.afterMs)]);
      else
        await Promise.race([
          server.ended,
          this.#nothingToDo(server),
          momentAfterStart(server, longestLifeMs),
        ]);
      const { signal, status, stderr } = await server.end('SIGKILL');
      if (signal !== 'SIGKILL') throw new Error(`the server ended by itself with ${status}: ${stderr}`);
      const notes = this.#house.notes();
      this.#orders.learn(notes);
      if (!/^killed /m.test(notes)) this.#orders.count('at any moment');
      if (kill % reportEveryKills === 0) {
        report(`${kill} kills, ${this.mailed} of ${jobs} jobs mailed, ${await this.#progress()}`);
      }
      if (this.#toMail.length === 0 && kill >= minKills && (await this.#isAtRest())) return;
    }
  }

  /** What is wrong when a server that nobody kills has done what there is to do. */
  async comeToRest(): Promise<string[]> {
    const server = this.#house.serve(null);
    this.server = server;
    await server.log.until('started');
    await this.#nothingToDo(server);
    await this.#releaseBlocked();
    await this.#nothingToDo(server);
    const faults: string[] = [];
    const { status, stderr } = await server.end('SIGTERM');
    if (status !== 0 || stderr !== '') faults.push(`stopped, the server ended with ${status}: ${stderr}`);
    return faults;
  }

  async #mailSome(count: number): Promise<void> {
    const underWay = await this.#underWay();
    for (const job of this.#toMail.splice(0, Math.max(0, Math.min(count, maxUnderWay - underWay)))) {
      await this.#people.mail(this.#house, job);
      this.mailed++;
    }
  }

  async #underWay(): Promise<number> {
    if (!this.#hasLedger) return this.mailed;
    return this.#house.ledger(async (ledger) => {
      const phases = (await ledger.jobs()).map(phaseOf);
      return this.mailed - phases.filter((phase) => phase === 'ended' || phase === 'unknown').length;
    });
  }

  async #progress(): Promise<string> {
    const ended = this.mailed - (await this.#underWay());
    return `${ended} ended or unknown, ${this.#house.post.letters.length} letters`;
  }

  get #hasLedger(): boolean {
    return existsSync(join(this.#house.dataDir, 'ledger.sqlite'));
  }

  /** Resolves when the server has nothing left to do, or has ended; throws when it does nothing although there is something. */
  async #nothingToDo(server: RunningProgram): Promise<void> {
    let hasEnded = false;
    void server.ended.then(() => {
      hasEnded = true;
    });
    let heard = 0;
    let since = Date.now();
    while (!hasEnded && !(await this.#isAtRest())) {
      await Promise.race([wait(lookEveryMs), server.ended]);
      const now = server.log.all.length + this.#house.printer.log.all.length;
      if (now !== heard) since = Date.now();
      heard = now;
      if (Date.now() - since > stuckAfterMs)
        throw new Error('the server does nothing, although there is work');
    }
  }

  async #isAtRest(): Promise<boolean> {
    if (this.#people.areWriting || this.#house.waiting() > 0 || !this.#hasLedger) return false;
    return this.#house
      .ledger(async (ledger) => {
        const next = await ledger.nextJob();
        // Only now: what was taken meanwhile would be seen by neither.
        const jobs = await ledger.jobs();
        const isWaitedFor = jobs.some((job) => ['held', 'incoming'].includes(phaseOf(job)));
        const isWorkedOn = jobs.some(({ state }) => state.startsWith('processing'));
        const hasWork = next !== null || isWorkedOn || (await ledger.nextMailDueAt()) !== null;
        return jobs.length === this.mailed && !isWaitedFor && !hasWork;
      })
      .catch(() => false);
  }

  /** What waits behind a job of unknown outcome is let pass by the administrator. */
  async #releaseBlocked(): Promise<void> {
    const jobs = await this.#house.ledger((ledger) => ledger.jobs());
    for (const { id } of jobs.filter((job) => phaseOf(job) === 'waiting')) {
      await runCommand(this.#house, ['jobs', 'release', String(id)]);
    }
  }
}

/** Resolves with its end when it ends before it has started. */
async function momentAfterStart(server: RunningProgram, afterMs: number): Promise<void> {
  const isStarted = await server.log.until('started').then(
    () => true,
    () => false,
  );
  await (isStarted ? wait(afterMs, undefined, { ref: false }) : server.ended);
}

async function whatIsLeft(house: SoakHouse): Promise<string[]> {
  const faults: string[] = [];
  const half = house.halfFiles();
  if (half.length > 0) faults.push(`half files in the spool: ${half.join(', ')}`);
  if (house.waiting() > 0) faults.push(`${house.waiting()} mails are left in the maildrop`);
  await runCommand(house, ['check']).catch((error: { stdout?: string }) =>
    faults.push(`check: ${error.stdout}`),
  );
  return faults;
}

/** Rejects when it ends with another status than 0. */
async function runCommand(house: SoakHouse, words: readonly string[]): Promise<string> {
  const [node = '', ...program] = house.command;
  const args = [...program, ...words, '--config', house.settingsFile];
  const { stdout } = await promisify(execFile)(node, args, { timeout: 60_000 });
  return stdout;
}
