/** How the printer of the settings is asked how it is. */
import type { Clock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { PrinterReport } from '#vocab/printer-status.js';
import { attribute, keyword } from '#wire/ipp-message.js';
import type { SnmpAccess } from '#wire/snmp-manager.js';
import { readCertificates } from './certificates.js';
import type { PrinterSettings } from './config/schema.js';
import { type WatchAddress, watchAddress } from './config/watch.js';
import { IppClient, statusText } from './engine/ipp-client.js';
import type { PrinterQuestion } from './printer/printer-watch.js';
import { readIppReport, reportQuestions } from './printer/read-ipp.js';
import { SnmpPrinter } from './printer/read-snmp.js';
import { SnmpSession } from './printer/snmp-session.js';

/** Null for a printer that nobody watches. */
export function makePrinterQuestion(settings: PrinterSettings, clock: Clock): PrinterQuestion | null {
  const address = watchAddress(settings);
  if (address === null) return null;
  return address.way === 'ipp' ? byIpp(address, settings, clock) : bySnmp(address, settings, clock);
}

/** Supplies and trays of a printer that is asked each second are asked for so often. */
const readAllEveryMs = 30_000;

function bySnmp(
  { host, port }: Extract<WatchAddress, { way: 'snmp' }>,
  { snmp }: PrinterSettings,
  clock: Clock,
): PrinterQuestion {
  const printer = new SnmpPrinter(new SnmpSession({ host, port, access: snmpAccess(snmp), clock }));
  let whole: { report: PrinterReport; readAt: number } | null = null;
  return {
    uri: `snmp://${host.includes(':') ? `[${host}]` : host}:${port}`,
    async ask(signal) {
      const now = clock.monotonic();
      if (whole !== null && now - whole.readAt < readAllEveryMs) {
        return { ...whole.report, ...(await printer.readQuickly(signal)) };
      }
      whole = { report: await printer.readAll(signal), readAt: now };
      return whole.report;
    },
    close: () => printer.close(),
  };
}

function snmpAccess(snmp: PrinterSettings['snmp']): SnmpAccess {
  const { user: name, authPassword, authProtocol = 'sha', privPassword, privProtocol = 'aes' } = snmp ?? {};
  if (name === undefined || authPassword === undefined) {
    return { version: snmp?.version === 'v1' ? '1' : '2c', community: snmp?.community ?? 'public' };
  }
  const privacy = privPassword === undefined ? null : { privProtocol, privPassword };
  return { version: '3', user: { name, authProtocol, authPassword, privacy } };
}

function byIpp(
  address: Extract<WatchAddress, { way: 'ipp' }>,
  { caFile }: PrinterSettings,
  clock: Clock,
): PrinterQuestion {
  const client = new IppClient({ ...address, ca: readCertificates('printer.caFile', caFile) }, clock);
  const wanted = attribute('requested-attributes', ...reportQuestions.map(keyword));
  return {
    uri: client.uri,
    async ask(signal) {
      const answer = await client.ask('Get-Printer-Attributes', [wanted], { signal });
      if (answer.status.startsWith('successful')) return readIppReport(answer.message);
      throw new PhaserLinkError({
        code: 'printer-away',
        retry: 'temporary',
        text: `the printer at ${client.uri} does not say how it is: ${statusText(answer)}`,
      });
    },
    // Each question has a connection of its own.
    close() {},
  };
}
