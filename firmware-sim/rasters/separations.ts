/** One grey picture for each colorant: where it is put, dark is much. */
import type { Colorant } from '../device/device.js';
import type { Row, RowSink } from './page-rows.js';
import type { PngWriter } from './png-writer.js';

/** Where the colorant's byte lies in a pixel. */
const shifts: Readonly<Record<Colorant, number>> = { cyan: 0, magenta: 8, yellow: 16, black: 24 };

export class SeparationSink implements RowSink {
  readonly #writer: PngWriter;
  readonly #shift: number;
  #rows: Buffer[] = [];

  constructor(writer: PngWriter, colorant: Colorant) {
    this.#writer = writer;
    this.#shift = shifts[colorant];
  }

  row(row: Row, blank: boolean): void {
    const bytes = Buffer.alloc(1 + row.length, 255);
    // PNG §9.2: no filter.
    bytes[0] = 0;
    if (!blank) {
      for (let x = 0; x < row.length; x++) bytes[x + 1] = 255 - (((row[x] ?? 0) >>> this.#shift) & 255);
    }
    this.#rows.push(bytes);
  }

  async flush(): Promise<void> {
    const rows = Buffer.concat(this.#rows);
    this.#rows = [];
    await this.#writer.write(rows);
  }

  async end(): Promise<void> {
    await this.flush();
    await this.#writer.end();
  }
}
