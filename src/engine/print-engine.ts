/** The seam to the marking engine: every way to deliver a job behind the same two calls. */
import type { BackChannelMessage, Delivery, PrintReady } from '#vocab/line.js';

export interface PrinterAnswer {
  /** Pages in the printer's life; null when it does not tell. */
  pageCounter: number | null;
  /** The printer's own name for itself; empty when it does not tell. */
  product: string;
}

export interface DeliveryWatch {
  /** Called before the first byte of the job, with the page counter; the job is sent only after it resolves. */
  attempt(pageCounter: number | null): Promise<void>;
  /** Each message of the printer during the job, as it comes. */
  message(message: BackChannelMessage): void;
}

export interface PrintEngine {
  /** The device's address, for people. */
  readonly uri: string;
  /** Asks the printer for its page counter; prints nothing. Throws a temporary error while the printer is away or busy. */
  probe(signal: AbortSignal): Promise<PrinterAnswer>;
  /**
   * Sends one job and listens to its end. Throws only while nothing of the job has been sent;
   * after that whatever happens is evidence in the `Delivery`.
   */
  deliver(job: PrintReady, watch: DeliveryWatch, signal: AbortSignal): Promise<Delivery>;
}
