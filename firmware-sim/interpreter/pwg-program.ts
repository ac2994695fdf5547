/** Prints PWG raster: each page becomes a PostScript image of its own size, fed to the same interpreter as everything else. */
import { type PwgPageHeader, readPwgRaster } from '#wire/pwg-raster.js';

/** Throws what `readPwgRaster` throws; the page that is spoiled is not put out then. */
export async function* pwgProgram(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from('%!PS\n');
  let rows = 0;
  let header: PwgPageHeader | null = null;
  for await (const event of readPwgRaster(chunks)) {
    if (event.type === 'page') {
      header = event.header;
      rows = header.height;
      yield Buffer.from(pageStart(header));
      continue;
    }
    const row = Buffer.from(header?.bitsPerColour === 16 ? upperBytes(event.row) : event.row);
    for (let time = 0; time < event.times; time++) yield row;
    rows -= event.times;
    if (rows === 0) yield Buffer.from(pageEnd);
  }
}

const spaces: Record<PwgPageHeader['colourSpace'], { space: string; decode: string }> = {
  // A set bit is black.
  black: { space: '/DeviceGray', decode: '[1 0]' },
  sgray: { space: '/DeviceGray', decode: '[0 1]' },
  srgb: { space: '/DeviceRGB', decode: '[0 1 0 1 0 1]' },
  'adobe-rgb': { space: '/DeviceRGB', decode: '[0 1 0 1 0 1]' },
  cmyk: { space: '/DeviceCMYK', decode: '[0 1 0 1 0 1 0 1]' },
};

function pageStart(header: PwgPageHeader): string {
  const { width, height, widthPoints, heightPoints, duplex, tumble } = header;
  const { space, decode } = spaces[header.colourSpace];
  // PLRM 4.10.5 knows no 16 bits.
  const bits = header.bitsPerColour === 1 ? 1 : 8;
  // PLRM 3.8.4: one white space ends `image`, and the pixels follow.
  return `
<< /PageSize [${widthPoints} ${heightPoints}] /Duplex ${duplex} /Tumble ${tumble} >> setpagedevice
gsave ${space} setcolorspace ${widthPoints} ${heightPoints} scale
<< /ImageType 1 /Width ${width} /Height ${height} /BitsPerComponent ${bits} /Decode ${decode}
   /ImageMatrix [${width} 0 0 -${height} 0 ${height}] /DataSource currentfile >> image
`;
}

const pageEnd = '\ngrestore showpage\n';

function upperBytes(row: Buffer): Buffer {
  const upper = Buffer.alloc(row.length / 2);
  for (let at = 0; at < upper.length; at++) upper[at] = row[at * 2] ?? 0;
  return upper;
}
