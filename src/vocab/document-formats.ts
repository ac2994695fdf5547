/** The document formats in words for people. */
import type { DocumentFormat } from './line.js';

export const documentFormatWords: Readonly<Record<DocumentFormat, string>> = {
  'application/postscript': 'a PostScript document',
  'application/pdf': 'a PDF document',
  'application/vnd.hp-PCL': 'a file in the printer language PCL or PJL',
  'image/jpeg': 'a JPEG picture',
  'image/png': 'a PNG picture',
  'image/gif': 'a GIF picture',
  'image/tiff': 'a TIFF picture',
  'application/zip': 'a ZIP archive or an office document',
  'text/plain': 'a plain text file',
  'text/html': 'an HTML page',
  'application/octet-stream': 'a file of a kind that is not known here',
};
