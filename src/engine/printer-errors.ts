/** The errors of a printer that cannot be given a job now; all of them temporary. */
import { PhaserLinkError } from '#base/errors.js';

export function printerAway(text: string, cause?: unknown): PhaserLinkError {
  return new PhaserLinkError({
    code: 'printer-away',
    retry: 'temporary',
    text: `${text}; check that it is on and that printer.uri is right`,
    publicText: 'the printer cannot be reached',
    cause,
  });
}

/** AppSocket printers take one connection at a time and refuse the next one. */
export function printerBusy(text: string): PhaserLinkError {
  return new PhaserLinkError({
    code: 'printer-busy',
    retry: 'temporary',
    text,
    publicText: 'the printer is busy with another job',
  });
}
