/** The document formats in words for people. */
import type { DocumentFormat } from './line.js';

export const documentFormatWords: Readonly<Record<DocumentFormat, string>> = {
  'application/postscript': 'a PostScript document',
  'application/pdf': 'a PDF document',
  'application/vnd.hp-PCL': 'a file in the printer language PCL or PJL',
  'application/vnd.hp-PCLXL': 'a file in the printer language PCL XL',
  'image/jpeg': 'a JPEG picture',
  'image/png': 'a PNG picture',
  'image/gif': 'a GIF picture',
  'image/tiff': 'a TIFF picture',
  'image/heic': 'a HEIC picture',
  'image/avif': 'an AVIF picture',
  'image/webp': 'a WebP picture',
  'image/bmp': 'a BMP picture',
  'image/svg+xml': 'an SVG drawing',
  'image/wmf': 'a Windows metafile (WMF)',
  'image/emf': 'a Windows metafile (EMF)',
  'image/pwg-raster': 'a page picture in PWG Raster, as printers take it',
  'image/urf': 'a page picture in Apple Raster (URF), as printers take it',
  'application/zip': 'a ZIP archive',
  'application/vnd.openxmlformats-officedocument': 'an office document of Word, Excel or PowerPoint',
  'application/vnd.oasis.opendocument': 'an office document in OpenDocument format',
  'application/x-ole-storage':
    'an office document in the old format of Word, Excel or PowerPoint, or an Outlook message',
  'application/rtf': 'a document in Rich Text Format (RTF)',
  'application/xml': 'an XML file',
  'text/plain': 'a plain text file',
  'text/html': 'an HTML page',
  'application/octet-stream': 'a file of a kind that is not known here',
};
