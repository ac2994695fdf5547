/** Writes page pictures as a PDF: their own compressed bytes, unchanged, at the size that they had on paper. */
import { type FileHandle, open } from 'node:fs/promises';
import { writeAll } from '#base/durable-files.js';
import { type PageHeader, readImageData } from './png.js';

const pointsPerInch = 72;
const catalogObject = 1;
const pagesObject = 2;

export interface RasterPage {
  header: PageHeader;
  /** The PNG on disk. */
  file: string;
}

/** Writes and syncs `path`. Memory use does not depend on the number or size of the pictures. */
export async function writeRasterPdf(path: string, pages: readonly RasterPage[], dpi: number): Promise<void> {
  const file = await open(path, 'w', 0o644);
  try {
    const writer = new PdfWriter(file);
    await writer.write('%PDF-1.5\n%\xe2\xe3\xcf\xd3\n');
    const kids: number[] = [];
    for (const page of pages) kids.push(await writePage(writer, page, dpi));
    await writer.object(catalogObject, `<< /Type /Catalog /Pages ${pagesObject} 0 R >>`);
    const references = kids.map((kid) => `${kid} 0 R`).join(' ');
    await writer.object(pagesObject, `<< /Type /Pages /Count ${kids.length} /Kids [ ${references} ] >>`);
    await writer.finish();
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writePage(writer: PdfWriter, page: RasterPage, dpi: number): Promise<number> {
  const { width, height, samples } = page.header;
  const points = (pixels: number) => Number(((pixels * pointsPerInch) / dpi).toFixed(3));
  const size = `${points(width)} 0 0 ${points(height)}`;
  const image = writer.reserve();
  const length = writer.reserve();
  const content = writer.reserve();
  const self = writer.reserve();

  // ISO 32000-1, 7.4.4.4: predictor 15 and up says that every row names its PNG filter, as in IDAT.
  await writer.begin(image);
  await writer.write(
    `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /BitsPerComponent 8 ` +
      `/ColorSpace /${samples === 1 ? 'DeviceGray' : 'DeviceRGB'} /Filter /FlateDecode ` +
      `/DecodeParms << /Predictor 15 /Colors ${samples} /BitsPerComponent 8 /Columns ${width} >> ` +
      `/Length ${length} 0 R >>\nstream\n`,
  );
  let bytes = 0;
  for await (const data of readImageData(page.file)) {
    bytes += data.length;
    await writer.write(data);
  }
  await writer.write('\nendstream\nendobj\n');
  await writer.object(length, String(bytes));

  const drawing = `${size} 0 0 cm /Page Do`;
  await writer.object(content, `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`);
  await writer.object(
    self,
    `<< /Type /Page /Parent ${pagesObject} 0 R /MediaBox [ 0 0 ${points(width)} ${points(height)} ] ` +
      `/Resources << /XObject << /Page ${image} 0 R >> >> /Contents ${content} 0 R >>`,
  );
  return self;
}

/** Numbers the objects and remembers where each begins, for the cross-reference table (ISO 32000-1, 7.5.4). */
class PdfWriter {
  readonly #file: FileHandle;
  readonly #offsets: number[] = [0, 0, 0];
  #position = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  reserve(): number {
    return this.#offsets.push(0) - 1;
  }

  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    await writeAll(this.#file, bytes);
    this.#position += bytes.length;
  }

  async begin(number: number): Promise<void> {
    this.#offsets[number] = this.#position;
    await this.write(`${number} 0 obj\n`);
  }

  async object(number: number, text: string): Promise<void> {
    await this.begin(number);
    await this.write(`${text}\nendobj\n`);
  }

  async finish(): Promise<void> {
    const start = this.#position;
    const rows = this.#offsets
      .slice(1)
      .map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`)
      .join('');
    const size = this.#offsets.length;
    await this.write(`xref\n0 ${size}\n0000000000 65535 f \n${rows}`);
    await this.write(`trailer\n<< /Size ${size} /Root ${catalogObject} 0 R >>\nstartxref\n${start}\n%%EOF\n`);
  }
}
