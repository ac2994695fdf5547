/** The stages from the ledger to paper without a printer: a real ledger and spool, an engine and a watch that do as they are told. */
import type { Log, LogFields } from '#base/log.js';
import type { Delivery } from '#vocab/line.js';
import type { PrintEngine } from '../../src/engine/print-engine.js';
import { Contents } from '../../src/jobs/contents.js';
import type { Ledger } from '../../src/jobs/ledger.js';
import { Spool } from '../../src/jobs/spool.js';
import { emptyMemory, type Line } from '../../src/line.js';
import { type PrinterQuestion, PrinterWatch } from '../../src/printer/printer-watch.js';
import { keepMail, LedgerHouse, leaseOf, mailCommit, testOwner } from './ledger-house.js';

export const broken: Delivery = {
  ...{ counterBefore: 100, counterAfter: null, pagesTold: null, begun: true, end: 'unknown', documents: [] },
  ...{ bytesSent: 9, messages: [], broken: 'cut' },
};
export const printed: Delivery = {
  ...broken,
  ...{ counterAfter: 101, end: 'confirmed', documents: [], broken: null },
};

export class PrintHouse {
  readonly house: LedgerHouse;
  readonly ledger: Ledger;
  readonly #spool: Spool;
  readonly logged: LogFields[] = [];

  private constructor(house: LedgerHouse, ledger: Ledger, spool: Spool) {
    this.house = house;
    this.ledger = ledger;
    this.#spool = spool;
  }

  static async build(): Promise<PrintHouse> {
    const house = await LedgerHouse.build();
    return new PrintHouse(house, await house.ledger(), await Spool.open({ dataDir: house.dataDir }));
  }

  takeDown(): Promise<void> {
    return this.house.takeDown();
  }

  lineWith(engine: Partial<PrintEngine>, question: PrinterQuestion | null = null): Line {
    const note = (fields: LogFields) => void this.logged.push(fields);
    const log: Log = { debug: note, info: note, warn: note, error: note };
    const { clock } = this.house;
    return {
      ...{
        ledger: this.ledger,
        owner: testOwner,
        clock,
        log,
        deliveries: new Map(),
        wakeUp: () => undefined,
        mailWaits: () => undefined,
      },
      contents: new Contents(this.ledger, this.#spool),
      memory: emptyMemory(),
      engine: {
        uri: 'test:',
        accepts: async () => new Set(['application/postscript']),
        resume: async () => null,
        probe: async () => ({ pageCounter: 100, product: '' }),
        ...engine,
      },
      printer: new PrinterWatch(clock, log, question),
      policy: { from: 'p@x', printerName: 'P', contact: 'a@b', onTrouble: 'hold-job', holdFor: 1000 },
    } as unknown as Line;
  }

  /** Jobs of so many pages from these senders; of each a document that is in the spool. */
  async newJobs(senders: readonly string[], pages = 1): Promise<void> {
    const lease = await leaseOf(this.ledger);
    for (const [n, sender] of senders.entries()) {
      const writer = await this.#spool.create();
      const show = 'showpage\n'.repeat(pages);
      await writer.write(Buffer.from(`%!PS-Adobe-3.0\n%%Pages: ${pages}\n%%EndComments\n(${n}) pop ${show}`));
      const content = await writer.commit();
      const commit = mailCommit(`${n}`, {
        rawLetter: `${n}`,
        documents: [{ name: 'a.ps', format: 'application/postscript', content }],
      });
      await keepMail(this.ledger, lease, { ...commit, job: commit.job && { ...commit.job, sender } });
    }
  }
}
