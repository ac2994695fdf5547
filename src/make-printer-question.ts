/** How the printer of the settings is asked how it is. */
import type { Clock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { attribute, keyword } from '#wire/ipp-message.js';
import type { SnmpAsker } from './ask-by-snmp.js';
import { readCertificates } from './certificates.js';
import type { PrinterSettings } from './config/schema.js';
import { type WatchAddress, watchAddress } from './config/watch.js';
import { IppClient, statusText } from './engine/ipp-client.js';
import type { PrinterQuestion } from './printer/printer-watch.js';
import { readIppReport, reportQuestions } from './printer/read-ipp.js';

/** Null for a printer that nobody watches. */
export function makePrinterQuestion(settings: PrinterSettings, clock: Clock): PrinterQuestion | null {
  const address = watchAddress(settings);
  if (address === null) return null;
  return address.way === 'ipp' ? byIpp(address, settings, clock) : bySnmp(address, settings, clock);
}

function bySnmp(
  address: Extract<WatchAddress, { way: 'snmp' }>,
  { snmp }: PrinterSettings,
  clock: Clock,
): PrinterQuestion {
  const { host, port } = address;
  let asker: SnmpAsker | null = null;
  return {
    uri: `snmp://${host.includes(':') ? `[${host}]` : host}:${port}`,
    async ask(signal) {
      const { SnmpAsker } = await import('./ask-by-snmp.js');
      asker ??= new SnmpAsker(address, snmp, clock);
      return asker.ask(signal);
    },
    close: () => asker?.close(),
  };
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
