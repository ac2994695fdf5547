/** The document formats that go to printers as they are. */
import type { DocumentFormat } from '#vocab/line.js';

/** A channel on which a printer cannot say what it takes. */
export const postScriptAlone: ReadonlySet<DocumentFormat> = new Set(['application/postscript']);

/** What an IPP printer may say that it takes. */
export const ippFormats: ReadonlySet<DocumentFormat> = new Set([
  'application/postscript',
  'application/pdf',
  'image/jpeg',
  'image/png',
]);
