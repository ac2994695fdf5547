/** Small PostScript programs that tests print. */

/** Pages of text that all differ; says of itself how many there are. */
export function textDocument(pages: number, title = 'Report'): string {
  const page = (number: number) =>
    [
      `%%Page: ${number} ${number}`,
      '/Times-Roman findfont 11 scalefont setfont',
      ...Array.from({ length: 40 }, (_, row) => {
        const text = `${title}, page ${number}, line ${row}: the quick brown fox number ${number * 41 + row}`;
        return `54 ${738 - 16 * row} moveto (${text}) show`;
      }),
      'showpage',
    ].join('\n');
  const body = Array.from({ length: pages }, (_, index) => page(index + 1));
  return ['%!PS-Adobe-3.0', `%%Pages: ${pages}`, '%%EndComments', ...body, '%%EOF', ''].join('\n');
}

/** A grey picture of 256 by 256 whose binary data holds every byte, those of the serial channel among them. */
export function binaryPicture(): Buffer {
  const side = 256;
  const data = Buffer.alloc(side * side);
  for (let at = 0; at < data.length; at++) data[at] = (at * (1 + (at >> 8))) & 0xff;
  const head = [
    '%!PS-Adobe-3.0',
    '%%Pages: 1',
    '100 200 translate 400 400 scale',
    `/row ${side} string def`,
    `${side} ${side} 8 [${side} 0 0 -${side} 0 ${side}] { currentfile row readstring pop } image`,
    '',
  ].join('\n');
  return Buffer.concat([Buffer.from(head), data, Buffer.from('\nshowpage\n')]);
}
