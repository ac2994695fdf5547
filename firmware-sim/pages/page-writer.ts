/** Composes the printer's own pages as PostScript: a band of its colours, a title, and columns of headings, rows and bars. */
import { type MediaSizeName, mediaSizes } from '#vocab/media.js';
import { type Device, hasColour } from '../device/device.js';
import { psString } from '../interpreter/postscript-text.js';

/** Everything that the pages tell beyond the machine and its state. */
export interface PrinterIdentity {
  /** For people. */
  name: string;
  location: string;
  contact: string;
  /** Label and text, as the faces have them: addresses, ports, queues. */
  network: readonly (readonly [label: string, text: string])[];
}

export type Paint = 'black' | 'cyan' | 'magenta' | 'yellow' | 'blue' | 'green' | 'red' | 'grey';

const margin = 48;
const gutter = 28;
const rowHeight = 14;

/** As PostScript: cyan, magenta, yellow, black. */
const paints: Readonly<Record<Paint, string>> = {
  black: '0 0 0 1',
  cyan: '1 0 0 0',
  magenta: '0 1 0 0',
  yellow: '0 0 1 0',
  blue: '0.9 0.7 0 0',
  green: '0.8 0 0.9 0',
  red: '0 0.9 0.9 0',
  grey: '0 0 0 0.35',
};

const prolog = `%!PS-Adobe-3.0
%%Creator: the printer
%%Pages: 1
%%EndComments
/ink { setcmykcolor } bind def
/font { findfont exch scalefont setfont } bind def
/at { moveto show } bind def
/right { moveto dup stringwidth pop neg 0 rmoveto show } bind def
% (text) x y width fitted -  makes the text narrower when it is too long.
/fitted {
  gsave 3 1 roll translate 0 0 moveto
  1 index stringwidth pop 2 copy lt { div 1 scale } { pop pop } ifelse show
  grestore
} bind def
/box { rectfill } bind def
`;

/** One page, filled column by column from the top. */
export class PageWriter {
  readonly #size: MediaSizeName;
  readonly #hasColour: boolean;
  readonly #parts: string[] = [];
  readonly #columnWidth: number;
  readonly #columns: number;
  #column = 0;
  #top: number;
  #y: number;

  constructor(device: Device, size: MediaSizeName, columns: 1 | 2) {
    this.#size = size;
    this.#hasColour = hasColour(device);
    this.#columns = columns;
    this.#columnWidth = (this.#width - 2 * margin - gutter * (columns - 1)) / columns;
    this.#top = this.#height - margin;
    this.#y = this.#top;
  }

  get #width(): number {
    return mediaSizes[this.#size].widthPoints;
  }

  get #height(): number {
    return mediaSizes[this.#size].heightPoints;
  }

  /** The page's head: its title, whose it is, and a band of the machine's colours. */
  title(title: string, beside: string): this {
    const bandTop = this.#top - 64;
    const steps = 96;
    const step = (this.#width - 2 * margin) / steps;
    for (let at = 0; at < steps; at++) {
      this.#parts.push(
        `${bandColour(at / (steps - 1), this.#hasColour)} ink ${n(margin + at * step)} ${n(bandTop)} ${n(step + 0.3)} 6 box`,
      );
    }
    this.#ink('black');
    this.#parts.push(`26 /Helvetica-Bold font ${psString(title)} ${margin} ${n(this.#top - 34)} at`);
    this.#parts.push(
      `11 /Helvetica font ${psString(beside)} ${n(this.#width - margin)} ${n(this.#top - 34)} right`,
    );
    this.#top = bandTop - 22;
    this.#y = this.#top;
    return this;
  }

  heading(text: string): this {
    this.#y -= this.#y === this.#top ? 6 : 16;
    this.#ink('black');
    this.#parts.push(`12 /Helvetica-Bold font ${psString(text)} ${n(this.#x)} ${n(this.#y)} at`);
    this.#ink('grey');
    this.#parts.push(`${n(this.#x)} ${n(this.#y - 5)} ${n(this.#columnWidth)} 0.75 box`);
    this.#y -= rowHeight + 6;
    return this;
  }

  row(label: string, text: string): this {
    const indent = Math.min(126, this.#columnWidth * 0.45);
    this.#ink('black');
    this.#parts.push(
      `9.5 /Helvetica font ${psString(label)} ${n(this.#x)} ${n(this.#y)} at`,
      `9.5 /Helvetica-Bold font ${psString(text)} ${n(this.#x + indent)} ${n(this.#y)} ${n(this.#columnWidth - indent)} fitted`,
    );
    this.#y -= rowHeight;
    return this;
  }

  rows(rows: Iterable<readonly [label: string, text: string]>): this {
    for (const [label, text] of rows) this.row(label, text);
    return this;
  }

  paragraph(text: string, size = 10): this {
    this.#ink('black');
    this.#parts.push(`${size} /Helvetica font`);
    // Helvetica's letters are half as wide as high on the average.
    for (const line of wrap(text, Math.floor(this.#columnWidth / (size * 0.49)))) {
      this.#parts.push(`${psString(line)} ${n(this.#x)} ${n(this.#y)} at`);
      this.#y -= size * 1.4;
    }
    return this;
  }

  /** A level from 0 to 1 as a bar across the column. */
  bar(label: string, text: string, level: number, paint: Paint): this {
    const width = this.#columnWidth;
    const filled = Math.max(0, Math.min(1, level)) * width;
    this.#ink('black');
    this.#parts.push(
      `10.5 /Helvetica-Bold font ${psString(label)} ${n(this.#x)} ${n(this.#y)} at`,
      `10.5 /Helvetica font ${psString(text)} ${n(this.#x + width)} ${n(this.#y)} right`,
    );
    this.#y -= 18;
    this.#parts.push(
      `0 0 0 0.08 ink ${n(this.#x)} ${n(this.#y)} ${n(width)} 11 box`,
      `${this.#hasColour ? paints[paint] : paints.black} ink ${n(this.#x)} ${n(this.#y)} ${n(filled)} 11 box`,
      `0 0 0 0.6 ink 0.5 setlinewidth ${n(this.#x)} ${n(this.#y)} ${n(width)} 11 rectstroke`,
    );
    this.#y -= 22;
    return this;
  }

  /** Fields of the machine's colours, each from light to full. */
  swatches(inks: readonly Paint[]): this {
    const steps = 8;
    const step = this.#columnWidth / steps;
    for (const paint of inks) {
      this.#y -= 20;
      const full = paints[paint].split(' ').map(Number);
      for (let at = 0; at < steps; at++) {
        const tint = full.map((value) => n((value * (at + 1)) / steps)).join(' ');
        this.#parts.push(`${tint} ink ${n(this.#x + at * step)} ${n(this.#y)} ${n(step + 0.2)} 18 box`);
      }
    }
    this.#y -= 14;
    return this;
  }

  space(points: number): this {
    this.#y -= points;
    return this;
  }

  nextColumn(): this {
    this.#column = Math.min(this.#column + 1, this.#columns - 1);
    this.#y = this.#top;
    return this;
  }

  /** The whole document; asks for nothing but the size of its paper. */
  toPostScript(): string {
    const { widthPoints, heightPoints } = mediaSizes[this.#size];
    const foot = `8 /Helvetica font ${psString(footnote)} ${margin} ${margin - 20} at`;
    return [
      prolog,
      `<< /PageSize [${widthPoints} ${heightPoints}] /Duplex false >> setpagedevice`,
      ...this.#parts,
      `${paints.grey} ink ${foot}`,
      'showpage',
      '%%EOF',
      '',
    ].join('\n');
  }

  get #x(): number {
    return margin + this.#column * (this.#columnWidth + gutter);
  }

  #ink(paint: Paint): void {
    this.#parts.push(`${paints[paint]} ink`);
  }
}

const footnote = 'A simulated printer made this page.';

/** From cyan through magenta and yellow to black; of a machine without colours, from light to black. */
function bandColour(at: number, inColour: boolean): string {
  if (!inColour) return `0 0 0 ${n(0.1 + 0.9 * at)}`;
  const stops = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ];
  const place = at * (stops.length - 1);
  const left = Math.min(Math.floor(place), stops.length - 2);
  const share = place - left;
  return (stops[left] ?? [])
    .map((value, ink) => n(value * (1 - share) + (stops[left + 1]?.[ink] ?? 0) * share))
    .join(' ');
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function n(value: number): string {
  return String(Number(value.toFixed(2)));
}
