/** Asks the printer of the settings by SNMP; apart, for it takes a while to load, and not every printer is asked so. */
import type { Clock } from '#base/clock.js';
import type { PrinterReport } from '#vocab/printer-status.js';
import type { SnmpAccess } from '#wire/snmp-manager.js';
import type { PrinterSettings } from './config/schema.js';
import { SnmpPrinter } from './printer/read-snmp.js';
import { SnmpSession } from './printer/snmp-session.js';

/** Supplies and trays of a printer that is asked each second are asked for so often. */
const readAllEveryMs = 30_000;

export class SnmpAsker {
  readonly #printer: SnmpPrinter;
  readonly #clock: Clock;
  #whole: { report: PrinterReport; readAt: number } | null = null;

  constructor(address: { host: string; port: number }, snmp: PrinterSettings['snmp'], clock: Clock) {
    this.#printer = new SnmpPrinter(new SnmpSession({ ...address, access: snmpAccess(snmp), clock }));
    this.#clock = clock;
  }

  async ask(signal: AbortSignal): Promise<PrinterReport> {
    const now = this.#clock.monotonic();
    if (this.#whole !== null && now - this.#whole.readAt < readAllEveryMs) {
      return { ...this.#whole.report, ...(await this.#printer.readQuickly(signal)) };
    }
    this.#whole = { report: await this.#printer.readAll(signal), readAt: now };
    return this.#whole.report;
  }

  close(): void {
    this.#printer.close();
  }
}

function snmpAccess(snmp: PrinterSettings['snmp']): SnmpAccess {
  const { user: name, authPassword, authProtocol = 'sha', privPassword, privProtocol = 'aes' } = snmp ?? {};
  if (name === undefined || authPassword === undefined) {
    return { version: snmp?.version === 'v1' ? '1' : '2c', community: snmp?.community ?? 'public' };
  }
  const privacy = privPassword === undefined ? null : { privProtocol, privPassword };
  return { version: '3', user: { name, authProtocol, authPassword, privacy } };
}
