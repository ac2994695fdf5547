/** The Printing Server: puts the rooms' parts together and keeps the line running. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Clock, sleep } from '#base/clock.js';
import { errorCode, errorText } from '#base/errors.js';
import type { Log } from '#base/log.js';
import type { PhaserLinkSettings } from './config/schema.js';
import { Contents } from './jobs/contents.js';
import { Ledger } from './jobs/ledger.js';
import { Spool } from './jobs/spool.js';
import { emptyMemory, type Line } from './line.js';
import { Loop } from './loop.js';
import { makeMailbox, makeMailSender, makeTokenSource } from './mail-servers.js';
import { makeEngine } from './make-engine.js';
import { makePrinterQuestion } from './make-printer-question.js';
import * as pipeline from './pipeline.js';
import { PrinterWatch } from './printer/printer-watch.js';
import { ReadApart } from './read-apart.js';
import { composeNoRoom } from './report/compose-no-room.js';

/** After a failure the mail server is asked again at growing intervals; a mailbox may be away for days. */
const mailBackOff = { firstMs: 5_000, longestMs: 15 * 60_000, jitter: 0.3 };
/** A printer that is away or busy is asked often: somebody may stand beside it. */
const printerBackOff = { firstMs: 2_000, longestMs: 30_000, jitter: 0 };
/** How soon the server notices what a command has changed in the ledger. */
const watchIntervalMs = 2_000;
/** What waits for an hour of the day is looked at so often: the clock may be set meanwhile. */
const longestClockPauseMs = 10 * 60_000;
/** After a stop request, a job that is being printed gets this long to come to its end. */
export const printGraceMs = 60_000;

export class PrintingServer {
  readonly #line: Line;
  readonly #receiving: Loop;
  readonly #printing: Loop;
  readonly #telling: Loop;
  readonly #watching: Loop;
  readonly #tidying: Loop;

  private constructor(opened: Line, pollIntervalSeconds: number) {
    const line = {
      ...opened,
      wakeUp: () => this.#workIsWaiting(),
      mailWaits: () => this.#telling.wake(),
    };
    this.#line = line;
    const { clock, log } = line;
    this.#receiving = new Loop({
      name: 'mailbox',
      step: async (signal) => {
        await pipeline.receive(line, signal).finally(() => this.#workIsWaiting());
        return pollIntervalSeconds * 1000;
      },
      backOff: mailBackOff,
      onEnd: ({ error, pauseMs }) => noteMailbox(line, error, clock.now() + (pauseMs ?? 0)),
      clock,
      log,
    });
    this.#printing = new Loop({
      name: 'printing',
      step: async (signal) => {
        const more = await pipeline.print(line, signal);
        return more ? 0 : null;
      },
      backOff: printerBackOff,
      clock,
      log,
    });
    this.#telling = new Loop({
      name: 'outbox',
      step: async (signal) => pauseUntil(await pipeline.tell(line, signal)),
      backOff: mailBackOff,
      clock,
      log,
    });
    this.#watching = new Loop({
      name: 'ledger',
      step: async () => {
        if (await line.ledger.changedByOthers()) {
          this.#workIsWaiting();
          await pipeline.stopCanceled(line);
        }
        return watchIntervalMs;
      },
      backOff: mailBackOff,
      clock,
      log,
    });
    this.#tidying = new Loop({
      name: 'tidying',
      step: async () => pauseUntil(await pipeline.tidy(line)),
      backOff: mailBackOff,
      clock,
      log,
    });
  }

  /** Opens the ledger and the spool; nothing is fetched or printed before `run`. */
  static async open(
    settings: PhaserLinkSettings,
    clock: Clock,
    log: Log,
    parts: Partial<Line> = {},
  ): Promise<PrintingServer> {
    const line = await openLine(settings, clock, log, parts);
    return new PrintingServer(line, settings.mailbox.pollIntervalSeconds);
  }

  /**
   * Runs until `stop`; a job that is being printed then is ended in peace, unless `stopNow` comes or the grace is over. Throws when
   * the disk has not taken what the ledger has committed: only a new start knows what is there.
   */
  async run(stop: AbortSignal, stopNow: AbortSignal): Promise<void> {
    const loops = [this.#receiving, this.#printing, this.#telling, this.#watching, this.#tidying];
    const cut = this.#cutAfter(stop, stopNow);
    const stopped = () => {
      for (const loop of loops) loop.stop();
    };
    stop.addEventListener('abort', stopped, { once: true });
    if (stop.aborted) stopped();
    let failure: unknown = null;
    void this.#line.ledger.failed.then((error) => {
      failure = error;
      stopped();
      this.#cutAfterGrace(cut);
    });
    const watching = this.#watchPrinter(cut.signal);
    await Promise.all([
      // A mail half-fetched is fetched again; a page half-printed is not.
      this.#receiving.run(AbortSignal.any([stop, cut.signal])),
      this.#printing.run(cut.signal),
      this.#telling.run(cut.signal),
      this.#watching.run(cut.signal),
      this.#tidying.run(cut.signal),
    ]);
    cut.abort();
    await watching;
    if (failure !== null) throw failure;
  }

  /** Looks into the mailbox at once. */
  pollNow(): void {
    this.#receiving.wake();
  }

  /**
   * Empties the mailbox, prints what can be printed and sends what is to be told, each whatever became of the one before;
   * then throws what went wrong first. Stops as `run` does.
   */
  async runOnce(stop: AbortSignal, stopNow = stop): Promise<void> {
    const line = this.#line;
    const cut = this.#cutAfter(stop, stopNow);
    const steps = {
      holds: () => pipeline.tidy(line),
      mailbox: () => this.#receiveOnce(AbortSignal.any([stop, cut.signal])),
      printing: async () => {
        while (!stop.aborted && (await pipeline.print(line, cut.signal)));
      },
      outbox: async () => {
        // A round sends no more than so many; the others are due at once.
        while ((await pipeline.tell(line, cut.signal)) === 0 && !stop.aborted);
      },
    };
    const watching = this.#watchPrinter(cut.signal);
    const failures: unknown[] = [];
    for (const [part, step] of Object.entries(steps)) {
      try {
        await step();
      } catch (error) {
        // Who asked us to stop knows why it was not done.
        if (stop.aborted) continue;
        failures.push(error);
        line.log.warn({ event: 'failed', part }, `${part}: ${errorText(error)}`);
      }
    }
    cut.abort();
    await watching;
    if (failures.length > 0) throw failures[0];
  }

  /** Until the signal; as long as jobs are printed, it is worth knowing how the printer is. */
  #watchPrinter(signal: AbortSignal): Promise<void> {
    const line = this.#line;
    return line.printer.run(signal, async (change) => {
      if (await pipeline.heedWatch(line, change)) this.#printing.wake();
    });
  }

  async #receiveOnce(signal: AbortSignal): Promise<void> {
    try {
      await pipeline.receive(this.#line, signal);
      await noteMailbox(this.#line, null, null);
    } catch (error) {
      if (!signal.aborted) await noteMailbox(this.#line, error, null);
      throw error;
    }
  }

  async close(): Promise<void> {
    await closeLine(this.#line);
  }

  /** Aborted when work that runs at `stop` has had its grace, or `stopNow` comes; to be aborted when the work is done. */
  #cutAfter(stop: AbortSignal, stopNow: AbortSignal): AbortController {
    const cut = new AbortController();
    const startGrace = () => this.#cutAfterGrace(cut);
    stopNow.addEventListener('abort', () => cut.abort(), { once: true });
    stop.addEventListener('abort', startGrace, { once: true });
    if (stop.aborted) startGrace();
    return cut;
  }

  #cutAfterGrace(cut: AbortController): void {
    void sleep(this.#line.clock, printGraceMs, cut.signal).then(
      () => cut.abort(),
      () => undefined,
    );
  }

  #workIsWaiting(): void {
    this.#tidying.wake();
    this.#printing.wake();
    this.#telling.wake();
  }
}

/** The pause before what is due in so many milliseconds, or was when the clock was looked at. */
function pauseUntil(dueInMs: number | null): number | null {
  return dueInMs === null ? null : Math.min(dueInMs, longestClockPauseMs);
}

/** For `check`, and whoever else asks beside the server. */
async function noteMailbox(
  { ledger, mailbox, memory, policy, log, mailWaits }: Line,
  error: unknown,
  nextTryAt: number | null,
): Promise<void> {
  const noRoom = memory.noRoom === null ? null : { code: 'no-room', text: memory.noRoom };
  const trouble = error === null ? noRoom : { code: errorCode(error), text: errorText(error) };
  const { printerName, contact: to } = policy;
  const mails = trouble?.code === 'no-room' ? composeNoRoom(trouble.text, { printerName, to }) : [];
  try {
    await ledger.noteMailboxLook({ mailbox: mailbox.name, error: trouble, nextTryAt }, mails);
    if (mails.length > 0) mailWaits();
  } catch (failure) {
    const text = `how the mailbox fares could not be noted: ${errorText(failure)}`;
    log.warn({ event: 'status-not-kept' }, text);
  }
}

/** The parts of the line, put together; `parts` take the place of the usual ones. Whoever opens it closes it. */
export async function openLine(
  settings: PhaserLinkSettings,
  clock: Clock,
  log: Log,
  parts: Partial<Line> = {},
): Promise<Line> {
  const { printer, mailbox, smtp, access, people, jobs, splitMail, dataDir } = settings;
  const mailDomain = smtp.from.slice(smtp.from.lastIndexOf('@') + 1);
  const ledger = parts.ledger ?? (await Ledger.open({ dataDir, clock, mailDomain }));
  const tokens = makeTokenSource(settings, clock, log);
  const spool = await Spool.open({ dataDir });
  const contents = new Contents(ledger, spool);
  return {
    mailbox: makeMailbox(settings, tokens, clock, log),
    sender: makeMailSender(settings, tokens, clock),
    ledger,
    spool,
    contents,
    reader: new ReadApart({ dataDir, clock, log }),
    engine: makeEngine(printer, contents, clock),
    printer: new PrinterWatch(clock, log, makePrinterQuestion(printer, clock)),
    policy: {
      fetch: {
        maxMessageBytes: mailbox.maxMessageBytes,
        tooLarge: mailbox.tooLarge,
        keepMs: mailbox.keep,
        minFreeBytes: jobs.minFreeBytes,
        maxSpoolBytes: jobs.maxSpoolBytes ?? null,
      },
      splitMail,
      onTrouble: jobs.onTrouble,
      hold: access.hold,
      holdFor: jobs.holdFor,
      keepContent: jobs.keepContent,
      keepRecords: jobs.keepRecords,
      allow: access.allow,
      from: smtp.from,
      printerName: printer.name,
      contact: people.sysAdmin,
    },
    owner: { host: hostname(), pid: process.pid, nonce: randomUUID() },
    memory: emptyMemory(),
    deliveries: new Map(),
    wakeUp: () => undefined,
    mailWaits: () => undefined,
    clock,
    log,
    ...parts,
  };
}

export async function closeLine({ reader, ledger }: Line): Promise<void> {
  await reader.close();
  await ledger.close();
}
