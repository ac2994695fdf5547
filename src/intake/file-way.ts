/** A part that may be printed: its bytes go into the spool, and of a picture the size is read on the way. */
import type { ContentWriter, DocumentFormat } from '#vocab/line.js';
import { FlowedDecoder } from '#wire/format-flowed.js';
import { PictureSizeReader } from '#wire/picture-size.js';
import { ProgramFooterCutter } from '#wire/program-footer.js';
import type { PartHead } from './part-head.js';
import type { FoundPart, PartWay, Reading } from './reading.js';

interface FileFacts {
  format: DocumentFormat;
  isPicture: boolean;
  isBody: boolean;
}

export async function openFile(reading: Reading, part: FoundPart, facts: FileFacts): Promise<PartWay> {
  const writer = await reading.createFile();
  const { format, isPicture, isBody } = facts;
  const picture = isPicture ? { size: null } : null;
  part.finding = { is: 'file', format, writer, picture };
  if (picture !== null) return new PictureWay(writer, picture);
  if (isBody && format === 'application/postscript') return new ProgramTextWay(reading, part, writer);
  return { write: (bytes) => writer.write(bytes), end: async () => {} };
}

class PictureWay implements PartWay {
  readonly #writer: ContentWriter;
  readonly #picture: { size: PictureSizeReader['size'] };
  readonly #size = new PictureSizeReader();

  constructor(writer: ContentWriter, picture: { size: PictureSizeReader['size'] }) {
    this.#writer = writer;
    this.#picture = picture;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#size.push(bytes);
    await this.#writer.write(bytes);
  }

  async end(): Promise<void> {
    this.#picture.size = this.#size.size;
  }
}

/** A PostScript program that is the text of the mail: mail programs break its lines, mail systems write below it. */
class ProgramTextWay implements PartWay {
  readonly #reading: Reading;
  readonly #part: FoundPart;
  readonly #writer: ContentWriter;
  readonly #flowed: FlowedDecoder | null;
  readonly #cutter = new ProgramFooterCutter();

  constructor(reading: Reading, part: FoundPart, writer: ContentWriter) {
    this.#reading = reading;
    this.#part = part;
    this.#writer = writer;
    this.#flowed = flowedDecoder(part.head);
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#writer.write(this.#cutter.push(this.#flowed?.push(bytes) ?? bytes));
  }

  async end(): Promise<void> {
    if (this.#flowed !== null) await this.#writer.write(this.#cutter.push(this.#flowed.end()));
    const { program, footerBytes } = this.#cutter.end();
    await this.#writer.write(program);
    if (footerBytes === 0) return;
    const reason = 'it is what stands below the end of the PostScript program';
    this.#reading.note(
      { ...this.#part.head, fileName: null },
      { is: 'left-out', kind: 'letter', reason },
      footerBytes,
    );
  }
}

/** RFC 3676 §4: parameters of text/plain. */
function flowedDecoder({ mediaType, parameters }: PartHead): FlowedDecoder | null {
  const isFlowed = mediaType === 'text/plain' && /^flowed$/i.test(parameters.get('format') ?? '');
  return isFlowed ? new FlowedDecoder(/^yes$/i.test(parameters.get('delsp') ?? '')) : null;
}
