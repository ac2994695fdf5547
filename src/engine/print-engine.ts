/** The seam to the marking engine: every way to deliver a job behind the same few calls. */
import type { Condition } from '#vocab/conditions.js';
import type { Delivery, DocumentFormat, PrintReady } from '#vocab/line.js';

export interface PrinterAnswer {
  /** Pages in the printer's life; null when it does not tell. */
  pageCounter: number | null;
  /** The printer's own name for itself; empty when it does not tell. */
  product: string;
}

export interface DeliveryWatch {
  /** Called before the first byte of the job, with the page counter; the job is sent only after it resolves. */
  attempt(pageCounter: number | null): Promise<void>;
  /**
   * The printer's own name for the job, by which it can be asked about later; the job goes on after it resolves. `whole`: all of
   * it is there.
   */
  begun(reference: string, whole: boolean): Promise<void>;
  /** The printer stands still, in its own words; it may say so again and again. */
  condition(condition: Condition, text: string): void;
  /** It goes on. */
  cleared(): void;
}

/** The attempt was written down before. */
export type ResumedWatch = Omit<DeliveryWatch, 'attempt'>;

export interface PrintEngine {
  /** The device's address, for people. */
  readonly uri: string;
  /** What a printer on this way can take at most. */
  readonly formats: ReadonlySet<DocumentFormat>;
  /** What this one takes; asks it where it can say so. */
  accepts(signal: AbortSignal): Promise<ReadonlySet<DocumentFormat>>;
  /** Asks the printer for its page counter; prints nothing. Throws a temporary error while the printer is away or busy. */
  probe(signal: AbortSignal): Promise<PrinterAnswer>;
  /**
   * Sends one job and listens to its end. Throws only while nothing of the job has been sent;
   * after that whatever happens is evidence in the `Delivery`.
   */
  deliver(job: PrintReady, watch: DeliveryWatch, signal: AbortSignal): Promise<Delivery>;
  /** Goes on listening to a job that was begun by this name; null when the printer knows none, or cannot be asked. */
  resume(reference: string, watch: ResumedWatch, signal: AbortSignal): Promise<Delivery | null>;
  /** Tells the printer to stop the job that it knows by this name; where that cannot be said, its delivery has only ended. */
  cancel(reference: string, signal: AbortSignal): Promise<void>;
}
