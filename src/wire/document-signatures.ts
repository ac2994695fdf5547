/** The bytes by which formats are told that begin at once with bytes of their own. */
import type { DocumentFormat } from '#vocab/line.js';

/** All bytes of one row must be there, each at its place. */
const signatures: readonly [format: DocumentFormat, ...marks: [at: number, bytes: Buffer][]][] = [
  ['image/jpeg', hex(0, 'ffd8ff')],
  ['image/png', hex(0, '89504e470d0a1a0a')],
  ['image/gif', ascii(0, 'GIF87a')],
  ['image/gif', ascii(0, 'GIF89a')],
  ['image/tiff', hex(0, '49492a00')],
  ['image/tiff', hex(0, '4d4d002a')],
  ['image/webp', ascii(0, 'RIFF'), ascii(8, 'WEBP')],
  // The reserved field and the upper bytes of the header's size are zero; a text may begin with BM.
  ['image/bmp', ascii(0, 'BM'), hex(6, '00000000'), hex(15, '000000')],
  ['image/wmf', hex(0, 'd7cdc69a')],
  ['image/wmf', hex(0, '010009000003')],
  ['image/emf', hex(0, '01000000'), ascii(40, ' EMF')],
  // PWG 5102.4 §4.1: the synchronization word.
  ['image/pwg-raster', ascii(0, 'RaS2')],
  ['image/urf', ascii(0, 'UNIRAST\0')],
  // PCL XL Feature Reference, section 1.2: a stream header, whose first byte tells the byte order.
  ['application/vnd.hp-PCLXL', ascii(0, ') HP-PCL XL')],
  ['application/vnd.hp-PCLXL', ascii(0, '( HP-PCL XL')],
  ['application/vnd.hp-PCLXL', ascii(0, "' HP-PCL XL")],
  ['application/rtf', ascii(0, '{\\rtf')],
  ['application/x-ole-storage', hex(0, 'd0cf11e0a1b11ae1')],
  ['application/zip', hex(0, '504b0506')],
];

export function formatBySignature(bytes: Buffer): DocumentFormat | null {
  const found = signatures.find(([, ...marks]) =>
    marks.every(([at, mark]) => bytes.subarray(at, at + mark.length).equals(mark)),
  );
  return found?.[0] ?? formatOfZip(bytes) ?? formatOfBoxes(bytes);
}

/** APPNOTE.TXT, section 4.3.7: the first file's header; office documents are known by that file. */
function formatOfZip(bytes: Buffer): DocumentFormat | null {
  if (bytes.length < 4 || bytes.readUInt32LE(0) !== 0x04034b50) return null;
  const header = Buffer.concat([bytes.subarray(0, 30), Buffer.alloc(30)]);
  const contentStart = 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const name = bytes.toString('latin1', 30, 30 + header.readUInt16LE(26));
  // OpenDocument 1.2 part 3, section 3.3: the media type comes first, and not compressed.
  const isOpenDocument =
    name === 'mimetype' &&
    bytes
      .toString('latin1', contentStart, contentStart + 40)
      .startsWith('application/vnd.oasis.opendocument.');
  if (isOpenDocument) return 'application/vnd.oasis.opendocument';
  const isOpenXml = /^(?:\[Content_Types\]\.xml$|_rels\/|docProps\/|word\/|xl\/|ppt\/)/.test(name);
  return isOpenXml ? 'application/vnd.openxmlformats-officedocument' : 'application/zip';
}

/** ISO 14496-12 §4.3: the brands of a file made of boxes; ISO 23008-12 names those of HEIF. */
function formatOfBoxes(bytes: Buffer): DocumentFormat | null {
  if (bytes.toString('latin1', 4, 8) !== 'ftyp') return null;
  const box = bytes.toString('latin1', 8, bytes.readUInt32BE(0));
  const brands = [box.slice(0, 4), ...(box.slice(8).match(/.{4}/gs) ?? [])];
  if (brands.some((brand) => /^avi[fs]$/.test(brand))) return 'image/avif';
  return brands.some((brand) => /^(?:he[iv][cxms]|mif[12]|msf1)$/.test(brand)) ? 'image/heic' : null;
}

function hex(at: number, digits: string): [number, Buffer] {
  return [at, Buffer.from(digits, 'hex')];
}

function ascii(at: number, text: string): [number, Buffer] {
  return [at, Buffer.from(text, 'latin1')];
}
