/** Delivers over a raw TCP connection to a printer that never answers: it takes the documents, and nobody hears what becomes of them. */
import { sleep } from '#base/clock.js';
import { isTemporary } from '#base/errors.js';
import type { BackChannelMessage, Delivery, PrintReady, PrintReadyDocument } from '#vocab/line.js';
import { BackChannelReader } from '#wire/back-channel.js';
import { documentBytes } from './document-bytes.js';
import { brokenBy, hearMessage, newDelivery } from './evidence.js';
import { silenceDeadlineMs } from './open-socket.js';
import type { DeliveryWatch, PrinterAnswer } from './print-engine.js';
import { RawConnection } from './raw-connection.js';
import { SocketEngine } from './socket-engine.js';

/** How often a printer that does not take the next document's connection yet is asked again. */
export const openAgainMs = 1000;

/** One connection for each document: its end is the one end of a document that every receiver understands. */
export class OneWayEngine extends SocketEngine {
  /** Only whether somebody is there. */
  async probe(signal: AbortSignal): Promise<PrinterAnswer> {
    const connection = await this.#open(signal);
    await connection.hangUp();
    return { pageCounter: null, product: '' };
  }

  async deliver(job: PrintReady, watch: DeliveryWatch, signal: AbortSignal): Promise<Delivery> {
    let connection = await this.#open(signal);
    try {
      await watch.attempt(null);
      const delivery = newDelivery(job, {});
      try {
        for (const [n, document] of job.documents.entries()) {
          if (n > 0) connection = await this.#openNext(signal);
          connection.listen((message) => hearMessage(delivery, message, watch));
          await this.#send(connection, document, delivery);
        }
        delivery.begun = true;
        delivery.end = 'accepted';
      } catch (error) {
        delivery.broken = brokenBy(error, signal);
      }
      return delivery;
    } finally {
      connection.close();
    }
  }

  /** Throws when the document was not taken whole. */
  async #send(
    connection: RawConnection<BackChannelMessage>,
    document: PrintReadyDocument,
    delivery: Delivery,
  ): Promise<void> {
    for await (const bytes of documentBytes(document, this.content)) {
      // A receiver that is busy may have reset the connection while the attempt was written down.
      if (connection.isOver) break;
      delivery.begun = true;
      if (!(await connection.write(bytes))) break;
      delivery.bytesSent += bytes.length;
    }
    await connection.handOver();
  }

  async #open(signal: AbortSignal): Promise<RawConnection<BackChannelMessage>> {
    return RawConnection.open(this.address, new BackChannelReader(), this.clock, signal);
  }

  /** A printer that takes one connection at a time may still be at the document before, for as long as it is out of paper. */
  async #openNext(signal: AbortSignal): Promise<RawConnection<BackChannelMessage>> {
    const since = this.clock.monotonic();
    for (;;) {
      try {
        return await this.#open(signal);
      } catch (error) {
        if (!isTemporary(error) || this.clock.monotonic() - since > silenceDeadlineMs) throw error;
      }
      await sleep(this.clock, openAgainMs, signal);
    }
  }
}
