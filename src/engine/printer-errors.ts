/** The errors of a printer that cannot be given a job now; all of them temporary. */
import { PhaserLinkError } from '#base/errors.js';

/** `advice` is what its administrator may look at. */
export function printerAway(
  text: string,
  cause?: unknown,
  advice = 'check that it is on and that printer.uri is right',
): PhaserLinkError {
  return new PhaserLinkError({
    code: 'printer-away',
    retry: 'temporary',
    text: `${text}; ${advice}`,
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
