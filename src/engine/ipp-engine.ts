/** Delivers to a printer by IPP (RFC 8011): creates a job there, sends its documents and watches it to its end. */
import { type Clock, sleep } from '#base/clock.js';
import { isTemporary, PhaserLinkError } from '#base/errors.js';
import { operations } from '#vocab/ipp-words.js';
import type { ContentStore, Delivery, DocumentEnd, DocumentFormat, PrintReady } from '#vocab/line.js';
import {
  attribute,
  boolean,
  findGroup,
  type IppAttribute,
  integer,
  keyword,
  mimeMediaType,
  nameValue,
  numberValue,
} from '#wire/ipp-message.js';
import { documentBytes } from './document-bytes.js';
import { brokenBy, newDelivery } from './evidence.js';
import { ippFormats } from './formats.js';
import { type IppAddress, type IppAnswer, IppClient, statusText } from './ipp-client.js';
import {
  formatsTaken,
  type IppJob,
  type IppPrinter,
  jobQuestions,
  printerQuestions,
  readJob,
  readPrinter,
} from './ipp-printer.js';
import type { DeliveryWatch, PrintEngine, PrinterAnswer, ResumedWatch } from './print-engine.js';
import { printerAway, printerBusy } from './printer-errors.js';

/** How often a job is asked for while it prints. */
export const askIntervalMs = 1000;
/** How long a printer may be away while it prints before the job's end counts as not heard. */
export const patienceMs = 60_000;
/** RFC 8011 §5.1.3: a name is no longer. */
const maxNameBytes = 255;

/** RFC 8011 §B.1: what a printer says of this very job, however often it is sent. */
const refusals: ReadonlySet<string> = new Set([
  'client-error-document-format-not-supported',
  'client-error-document-format-error',
  'client-error-compression-not-supported',
  'client-error-compression-error',
  'client-error-request-entity-too-large',
  'client-error-attributes-or-values-not-supported',
  'client-error-conflicting-attributes',
]);

const userName = attribute('requesting-user-name', nameValue('phaserlink'));

export class IppEngine implements PrintEngine {
  readonly uri: string;
  readonly formats = ippFormats;
  readonly #client: IppClient;
  readonly #content: ContentStore;
  readonly #clock: Clock;

  constructor(address: IppAddress, content: ContentStore, clock: Clock) {
    this.#client = new IppClient(address, clock);
    this.uri = this.#client.uri;
    this.#content = content;
    this.#clock = clock;
  }

  async accepts(signal: AbortSignal): Promise<ReadonlySet<DocumentFormat>> {
    return formatsTaken(await this.#askPrinter(signal));
  }

  async probe(signal: AbortSignal): Promise<PrinterAnswer> {
    const { acceptsJobs, product, impressions, state, stateText } = await this.#askPrinter(signal);
    // Of a job that is in it nobody knows yet what comes out.
    if (!acceptsJobs || state === 'processing')
      throw printerBusy(`the printer at ${this.uri} takes no jobs now${stateText && `: ${stateText}`}`);
    return { product, pageCounter: impressions };
  }

  async deliver(job: PrintReady, watch: DeliveryWatch, signal: AbortSignal): Promise<Delivery> {
    const printer = await this.#askPrinter(signal);
    if (job.documents.length > 1 && !takesSeveral(printer)) throw cannotTakeSeveral(this.uri);
    await this.#validate(job, signal);
    // A job without a document is nothing yet: a printer that will not have it says so before the attempt.
    const created = takesSteps(printer) ? await this.#create(job, signal) : null;
    await watch.attempt(printer.impressions);
    const delivery = newDelivery(job, { counterBefore: printer.impressions, begun: true });
    try {
      const reference = await this.#send(job, created, delivery, watch, signal);
      await this.#watch(reference, delivery, watch, signal);
    } catch (error) {
      delivery.broken = brokenBy(error, signal);
    }
    return delivery;
  }

  async resume(reference: string, watch: ResumedWatch, signal: AbortSignal): Promise<Delivery | null> {
    const known = await this.#askJob(reference, signal);
    if (known === null) return null;
    const delivery = newDelivery({ documents: [] }, { begun: true });
    await this.#watch(reference, delivery, watch, signal);
    return delivery;
  }

  /** RFC 8011 §4.3.3. What a printer will not cancel is printed to its end, and counted. */
  async cancel(reference: string, signal: AbortSignal): Promise<void> {
    if ((await this.#askJob(reference, signal)) === null) return;
    await this.#client.ask('Cancel-Job', [jobIdOf(reference), userName], { signal });
  }

  /** RFC 8011 §4.2.3: nothing is created yet, so that a refusal costs no paper. */
  async #validate(job: PrintReady, signal: AbortSignal): Promise<void> {
    const [first] = job.documents;
    const answer = await this.#client.ask(
      'Validate-Job',
      [userName, jobName(job), ...(first === undefined ? [] : [documentFormat(first.format)])],
      { signal },
    );
    if (answer.status === 'server-error-operation-not-supported') return;
    this.#demandSuccess(answer);
  }

  /** The printer's name for a job that has no documents yet. */
  async #create(job: PrintReady, signal: AbortSignal): Promise<string> {
    const answer = await this.#client.ask('Create-Job', [userName, jobName(job)], { signal });
    return referenceOf(this.#demandSuccess(answer), job);
  }

  /** The printer's name for the job; its documents are there when this resolves. */
  async #send(
    job: PrintReady,
    created: string | null,
    delivery: Delivery,
    watch: DeliveryWatch,
    signal: AbortSignal,
  ): Promise<string> {
    if (created === null) return this.#printAtOnce(job, delivery, watch, signal);
    const { documents } = job;
    await watch.begun(created, false);
    for (const [n, document] of documents.entries()) {
      const isLast = n === documents.length - 1;
      const answer = await this.#client.ask(
        'Send-Document',
        [
          jobIdOf(created),
          userName,
          attribute('document-name', nameValue(cut(document.name, maxNameBytes))),
          documentFormat(document.format),
          attribute('last-document', boolean(isLast)),
        ],
        { signal, document: this.#counted(documentBytes(document, this.#content), delivery) },
      );
      this.#demandSuccess(answer);
    }
    await watch.begun(created, true);
    return created;
  }

  /** For a printer that takes a job only together with its one document. */
  async #printAtOnce(
    job: PrintReady,
    delivery: Delivery,
    watch: DeliveryWatch,
    signal: AbortSignal,
  ): Promise<string> {
    const [document] = job.documents;
    if (document === undefined) throw cannotTakeSeveral(this.uri);
    const answer = await this.#client.ask(
      'Print-Job',
      [userName, jobName(job), documentFormat(document.format)],
      {
        signal,
        document: this.#counted(documentBytes(document, this.#content), delivery),
      },
    );
    const reference = referenceOf(this.#demandSuccess(answer), job);
    await watch.begun(reference, true);
    return reference;
  }

  /** Until the job has ended there. A printer that is away for a while is asked again. */
  async #watch(
    reference: string,
    delivery: Delivery,
    watch: ResumedWatch,
    signal: AbortSignal,
  ): Promise<void> {
    let heardAt = this.#clock.monotonic();
    let stopped = false;
    for (;;) {
      await sleep(this.#clock, askIntervalMs, signal);
      let job: IppJob | null;
      let printer: IppPrinter;
      try {
        job = await this.#askJob(reference, signal);
        printer = await this.#askPrinter(signal);
        heardAt = this.#clock.monotonic();
      } catch (error) {
        if (!isTemporary(error) || this.#clock.monotonic() - heardAt > patienceMs) throw error;
        continue;
      }
      if (job === null) throw forgotten(this.uri, reference);
      if (isOver(job)) {
        delivery.counterAfter = printer.impressions;
        return conclude(delivery, job);
      }
      const [condition] = printer.conditions;
      const stands =
        condition !== undefined && (printer.state === 'stopped' || job.state === 'processing-stopped');
      if (stands) watch.condition(condition, printer.stateText || condition.text);
      else if (stopped) watch.cleared();
      stopped = stands;
    }
  }

  async #askPrinter(signal: AbortSignal): Promise<IppPrinter> {
    const answer = await this.#client.ask(
      'Get-Printer-Attributes',
      [attribute('requested-attributes', ...printerQuestions.map(keyword))],
      { signal },
    );
    return readPrinter(this.#demandSuccess(answer).message);
  }

  /** Null when the printer knows no such job, or by that number another one: it may count from 1 again. */
  async #askJob(reference: string, signal: AbortSignal): Promise<IppJob | null> {
    const answer = await this.#client.ask(
      'Get-Job-Attributes',
      [jobIdOf(reference), userName, attribute('requested-attributes', ...jobQuestions.map(keyword))],
      { signal },
    );
    if (answer.status === 'client-error-not-found' || answer.status === 'client-error-gone') return null;
    const job = readJob(this.#demandSuccess(answer).message);
    return job.name === null || reference.endsWith(` ${job.name}`) ? job : null;
  }

  #demandSuccess(answer: IppAnswer): IppAnswer {
    const { status } = answer;
    if (status.startsWith('successful')) return answer;
    const said = `the printer at ${this.uri} said: ${statusText(answer)}`;
    if (status === 'server-error-busy' || status === 'server-error-not-accepting-jobs')
      throw printerBusy(said);
    // What is wrong with the queue or with us is no fault of the job's.
    if (!refusals.has(status)) throw printerAway(said);
    throw new PhaserLinkError({
      code: 'printer-refused',
      retry: 'permanent',
      text: said,
      publicText: `the printer does not take it: ${statusText(answer)}`,
    });
  }

  async *#counted(bytes: AsyncIterable<Uint8Array>, delivery: Delivery): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      yield chunk;
      delivery.bytesSent += chunk.length;
    }
  }
}

function isOver({ state }: IppJob): boolean {
  return state === 'completed' || state === 'aborted' || state === 'canceled';
}

/** What the job's end at the printer says of ours. */
function conclude(delivery: Delivery, { state, text, impressions }: IppJob): void {
  delivery.end = 'confirmed';
  delivery.pagesTold = impressions;
  const end: DocumentEnd =
    state === 'completed'
      ? { end: 'finished', error: null }
      : state === 'canceled'
        ? { end: 'canceled', error: null }
        : { end: 'error', error: { name: 'aborted by the printer', command: text } };
  delivery.documents = delivery.documents.length === 0 ? [end] : delivery.documents.map(() => end);
}

function takesSeveral(printer: IppPrinter): boolean {
  return takesSteps(printer) && printer.takesSeveral;
}

/** RFC 8011 §4.2.4: a job that gets its documents one by one. */
function takesSteps({ operations: supported }: IppPrinter): boolean {
  return supported.has(operations['Create-Job']) && supported.has(operations['Send-Document']);
}

/** Its number there, and its name, which has our own number in it: a number alone may soon be another's. */
function referenceOf({ message }: IppAnswer, job: PrintReady): string {
  const number = numberValue(findGroup(message, 'job')?.attributes, 'job-id');
  if (number === undefined) throw printerAway('the printer took the job and gave it no job-id');
  return `${number} ${nameOf(job)}`;
}

function jobIdOf(reference: string): IppAttribute {
  return attribute('job-id', integer(Number.parseInt(reference, 10)));
}

function jobName(job: PrintReady): IppAttribute {
  return attribute('job-name', nameValue(nameOf(job)));
}

function nameOf({ jobId, description }: PrintReady): string {
  const mark = ` (mailed job ${jobId})`;
  return `${cut(description || 'mailed document', maxNameBytes - mark.length)}${mark}`;
}

function documentFormat(format: DocumentFormat): IppAttribute {
  return attribute('document-format', mimeMediaType(format));
}

function cut(name: string, maxBytes: number): string {
  const letters = [...name];
  while (Buffer.byteLength(letters.join('')) > maxBytes) letters.pop();
  return letters.join('');
}

function forgotten(uri: string, reference: string): PhaserLinkError {
  return new PhaserLinkError({
    code: 'printer-forgot-job',
    retry: 'permanent',
    text: `the printer at ${uri} does not know job ${reference} any more`,
  });
}

function cannotTakeSeveral(uri: string): PhaserLinkError {
  return new PhaserLinkError({
    code: 'printer-refused',
    retry: 'permanent',
    text: `the printer at ${uri} takes one document a job, and this job has several`,
    publicText: 'the printer takes one document a job; send each in a mail of its own',
  });
}
