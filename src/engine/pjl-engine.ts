/** Delivers to a PostScript printer that speaks PJL: the printer itself says when the job's last page lies in the tray, and how many there were. */
import { conditions } from '#vocab/conditions.js';
import type { BackChannelMessage, Delivery, PrintReady, PrintReadyDocument } from '#vocab/line.js';
import { BackChannelReader } from '#wire/back-channel.js';
import {
  formatPjl,
  jobEndOf,
  type PjlAnswer,
  PjlAnswerReader,
  type PjlJobEnd,
  type PjlStatus,
  pageCountOf,
  productOf,
  statusOf,
} from '#wire/pjl.js';
import { stoppingCondition } from '#wire/pjl-status.js';
import { exitLanguage } from '#wire/printer-wrapping.js';
import { brokenBy, newDelivery } from './evidence.js';
import { guardedBytes, hearPostScript, newNonce } from './guarded-document.js';
import { answerDeadlineMs, endOfJobDeadlineMs } from './open-socket.js';
import type { DeliveryWatch, PrinterAnswer } from './print-engine.js';
import { printerAway, printerBusy } from './printer-errors.js';
import { type MessageReader, RawConnection } from './raw-connection.js';
import { SocketEngine } from './socket-engine.js';

/** What comes back: PostScript's words, or PJL's. */
type Word = { postScript: BackChannelMessage } | { pjl: PjlAnswer };
type PjlConnection = RawConnection<Word>;

interface PrinterFacts extends PrinterAnswer {
  status: PjlStatus | null;
}

export class PjlEngine extends SocketEngine {
  async probe(signal: AbortSignal): Promise<PrinterAnswer> {
    const connection = await this.#open(signal);
    try {
      const { pageCounter, product } = await this.#ask(connection, signal);
      await connection.hangUp();
      return { pageCounter, product };
    } finally {
      connection.close();
    }
  }

  async deliver(job: PrintReady, watch: DeliveryWatch, signal: AbortSignal): Promise<Delivery> {
    const connection = await this.#open(signal);
    try {
      const { pageCounter, status } = await this.#ask(connection, signal);
      await watch.attempt(pageCounter);
      const delivery = newDelivery(job, { counterBefore: pageCounter, begun: true });
      const nonces = job.documents.map(newNonce);
      connection.listen((word) => {
        if ('postScript' in word) hearPostScript(delivery, nonces, word.postScript, watch);
        else if (word.pjl.subject === 'USTATUS PAGE') watch.cleared();
        else hearStatus(statusOf(word.pjl), watch);
      });
      // Unasked it tells only what changes.
      hearStatus(status, watch);
      try {
        await this.#send(connection, job, nonces, delivery);
        // Asked with the job's end it would not count the pages that are still on their way.
        const after = await this.#question(connection, 'USTATUSOFF', 'INFO PAGECOUNT');
        delivery.counterAfter = after?.pageCounter ?? null;
        await connection.hangUp();
      } catch (error) {
        delivery.broken = brokenBy(error, signal);
      }
      return delivery;
    } finally {
      connection.close();
    }
  }

  /** Nothing of the job has been sent while this waits: whatever goes wrong here, the job can simply be tried again. */
  async #ask(connection: PjlConnection, signal: AbortSignal): Promise<PrinterFacts> {
    const facts = await this.#question(connection, 'USTATUSOFF', 'INFO ID', 'INFO STATUS', 'INFO PAGECOUNT');
    if (facts !== null) return facts;
    signal.throwIfAborted();
    if (connection.isOver)
      throw printerBusy(`the printer at ${this.uri} closed the connection: it is busy with another job`);
    throw printerAway(
      `the printer at ${this.uri} gave no answer to PJL within ${answerDeadlineMs / 1000} seconds; if it has no PJL, set printer.jobControl to postscript, or to none when it never answers`,
    );
  }

  /** What is told before our own ECHO comes back; null when it does not. */
  async #question(connection: PjlConnection, ...questions: string[]): Promise<PrinterFacts | null> {
    const echo = `ECHO ${newNonce()}`;
    const facts: PrinterFacts = { pageCounter: null, product: '', status: null };
    const answered = connection.expect((word) => {
      if (!('pjl' in word)) return null;
      facts.pageCounter = pageCountOf(word.pjl) ?? facts.pageCounter;
      facts.product = productOf(word.pjl) ?? facts.product;
      facts.status = statusOf(word.pjl) ?? facts.status;
      return word.pjl.subject === echo ? facts : null;
    }, answerDeadlineMs);
    await connection.write(Buffer.concat([formatPjl(...questions, echo), exitLanguage]));
    return answered;
  }

  /** Sends the job and waits for its end; throws when that is not heard. */
  async #send(
    connection: PjlConnection,
    job: PrintReady,
    nonces: readonly string[],
    delivery: Delivery,
  ): Promise<void> {
    const name = `phaserlink-${job.jobId}-${newNonce()}`;
    await connection.write(
      formatPjl('USTATUS DEVICE=ON', 'USTATUS JOB=ON', 'USTATUS PAGE=ON', `JOB NAME="${name}"`),
    );
    for (const [index, document] of job.documents.entries())
      await this.#sendDocument(connection, document, nonces[index] ?? '', delivery);
    const end = await this.#endJob(connection, name);
    delivery.end = 'confirmed';
    delivery.pagesTold = end.pages;
    if (end.result.endsWith('CANCELED')) for (const document of delivery.documents) document.end = 'canceled';
  }

  /**
   * The job's name can be read by its documents, and whatever they print comes back like the printer's own words. So the end
   * counts only when it is heard behind our ECHO, which stands behind the end of the last document.
   */
  async #endJob(connection: PjlConnection, name: string): Promise<PjlJobEnd> {
    const echo = `ECHO ${newNonce()}`;
    let documentsAreOver = false;
    const ended = connection.expect((word) => {
      if (!('pjl' in word)) return null;
      documentsAreOver ||= word.pjl.subject === echo;
      return documentsAreOver ? jobEndOf(word.pjl, name) : null;
    }, endOfJobDeadlineMs);
    await connection.write(Buffer.concat([formatPjl(echo, `EOJ NAME="${name}"`), exitLanguage]));
    const end = await ended;
    if (end !== null) return end;
    if (connection.isOver) throw await connection.brokenOff();
    throw new Error(
      `no end of job within ${endOfJobDeadlineMs / 3_600_000} hours; a printer that never tells it is to be asked in PostScript (printer.jobControl)`,
    );
  }

  async #sendDocument(
    connection: PjlConnection,
    document: PrintReadyDocument,
    nonce: string,
    delivery: Delivery,
  ): Promise<void> {
    await connection.write(formatPjl('ENTER LANGUAGE=POSTSCRIPT'));
    for await (const bytes of guardedBytes(document, nonce, this.content)) {
      if (!(await connection.write(bytes))) throw await connection.brokenOff();
      delivery.bytesSent += bytes.length;
    }
  }

  async #open(signal: AbortSignal): Promise<PjlConnection> {
    return RawConnection.open<Word>(this.address, newWordReader(), this.clock, signal);
  }
}

function newWordReader(): MessageReader<Word> {
  const postScript = new BackChannelReader();
  const pjl = new PjlAnswerReader();
  return {
    push: (chunk) => [
      ...postScript.push(chunk).map((message) => ({ postScript: message })),
      ...pjl.push(chunk).map((answer) => ({ pjl: answer })),
    ],
  };
}

function hearStatus(status: PjlStatus | null, watch: DeliveryWatch): void {
  if (status === null) return;
  const condition = stoppingCondition(status);
  if (condition === null) watch.cleared();
  else watch.condition(conditions[condition], status.display || conditions[condition].text);
}
