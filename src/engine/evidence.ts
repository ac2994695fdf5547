/** The evidence of a delivery as it is gathered: what is known when it begins, and what the printer says while it lasts. */
import { errorText } from '#base/errors.js';
import { findCondition } from '#vocab/conditions.js';
import type { BackChannelMessage, Delivery, DocumentEnd, PrintReady } from '#vocab/line.js';
import type { DeliveryWatch } from './print-engine.js';

/** How many of the printer's messages are kept as evidence: the last ones, for the printer has the last word. */
export const maxKeptMessages = 50;

/** A delivery of which nothing is known yet but `facts`. */
export function newDelivery(
  { documents }: Pick<PrintReady, 'documents'>,
  facts: Partial<Delivery>,
): Delivery {
  return {
    counterBefore: null,
    counterAfter: null,
    pagesTold: null,
    begun: false,
    end: 'unknown',
    documents: documents.map((): DocumentEnd => ({ end: 'unknown', error: null })),
    bytesSent: 0,
    messages: [],
    broken: null,
    ...facts,
  };
}

/** Keeps what the printer, or the document, has to say; what stops the printer is told at once. */
export function hearMessage(delivery: Delivery, message: BackChannelMessage, watch: DeliveryWatch): void {
  if (delivery.messages.push(message) > maxKeptMessages) delivery.messages.shift();
  const { printererror } = message.fields;
  if (printererror === undefined) return;
  const condition = findCondition(printererror);
  if (condition !== undefined) watch.condition(condition, printererror);
}

/** Why a delivery was broken off by this error. */
export function brokenBy(error: unknown, signal: AbortSignal): string {
  return signal.aborted ? 'the server was stopped' : errorText(error);
}
