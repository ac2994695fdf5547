/** What all engines on a raw TCP connection have in common: once it is gone, nothing ties a job to us any more. */
import type { Clock } from '#base/clock.js';
import type { ContentStore, Delivery, DocumentFormat, PrintReady } from '#vocab/line.js';
import { postScriptAlone } from './formats.js';
import { authority } from './open-socket.js';
import type { DeliveryWatch, PrintEngine, PrinterAnswer } from './print-engine.js';
import type { RawAddress } from './raw-connection.js';

export abstract class SocketEngine implements PrintEngine {
  readonly uri: string;
  readonly formats = postScriptAlone;
  protected readonly address: RawAddress;
  protected readonly content: ContentStore;
  protected readonly clock: Clock;

  constructor(address: RawAddress, content: ContentStore, clock: Clock) {
    this.uri = `socket://${authority(address)}`;
    this.address = address;
    this.content = content;
    this.clock = clock;
  }

  async accepts(): Promise<ReadonlySet<DocumentFormat>> {
    return this.formats;
  }

  abstract probe(signal: AbortSignal): Promise<PrinterAnswer>;

  abstract deliver(job: PrintReady, watch: DeliveryWatch, signal: AbortSignal): Promise<Delivery>;

  /** Nobody can be asked about it any more. */
  async resume(): Promise<null> {
    return null;
  }

  async cancel(): Promise<void> {}
}
