/** The engine for the printer of the settings, by the way that its URI names. */
import type { Clock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { ContentStore } from '#vocab/line.js';
import { readCertificates } from './certificates.js';
import { parsePrinterUri } from './config/printer-uri.js';
import type { PrinterSettings } from './config/schema.js';
import { FileEngine } from './engine/file-engine.js';
import { IppEngine } from './engine/ipp-engine.js';
import { LpdEngine } from './engine/lpd-engine.js';
import { OneWayEngine } from './engine/one-way-engine.js';
import { PjlEngine } from './engine/pjl-engine.js';
import type { PrintEngine } from './engine/print-engine.js';
import { RawEngine } from './engine/raw-engine.js';

const socketEngines = { postscript: RawEngine, pjl: PjlEngine, none: OneWayEngine } as const;

/** For an engine that is asked and given nothing to print. */
export const nothing: ContentStore = { create: unused, read: unused };

function unused(): never {
  throw new Error('nothing is printed here, so no content is read or written');
}

export function makeEngine(
  { uri, caFile, jobControl = 'postscript' }: Pick<PrinterSettings, 'uri' | 'jobControl' | 'caFile'>,
  content: ContentStore,
  clock: Clock,
): PrintEngine {
  const address = parsePrinterUri(uri);
  switch (address?.way) {
    case 'socket':
      return new socketEngines[jobControl](address, content, clock);
    case 'lpd':
      return new LpdEngine(address, content, clock);
    case 'ipp':
      return new IppEngine({ ...address, ca: readCertificates('printer.caFile', caFile) }, content, clock);
    case 'file':
      return new FileEngine(address.folder, content);
    default:
      throw new PhaserLinkError({
        code: 'printer-uri',
        retry: 'permanent',
        text: `printer.uri: ${uri} is no printer's URI`,
      });
  }
}
