/** The jobs that one LPD connection brings: files in any order, until a control file and all that it names are there. */
import { cleanForDisplay } from '#base/display-text.js';
import { LimitError, PhaserLinkError } from '#base/errors.js';
import type { LpdSubcommand } from '#wire/lpd.js';
import { type LpdControlFile, parseLpdControlFile } from '#wire/lpd-control-file.js';
import type { JobQueue, OpenJob } from '../jobs/job-queue.js';
import type { DocumentWriter, SpooledDocument } from '../jobs/job-spool.js';

/** The names `dfA` to `dfZ` and `dfa` to `dfz`. */
const maxDataFiles = 52;
const maxNameCharacters = 131;
/** The queue of this name takes PostScript only; every other one finds out what a document is. */
const postScriptQueue = 'ps';

interface Incoming {
  open: OpenJob;
  control: LpdControlFile | null;
  /** By the name of the data file. */
  documents: Map<string, SpooledDocument>;
  /** One of them had no count of bytes: behind it no control file can come. */
  openEnded: boolean;
}

type FileBegin = Exclude<LpdSubcommand, { subcommand: 'abort' }>;

type FileInWork =
  | { incoming: Incoming; name: string; writer: DocumentWriter }
  | { incoming: Incoming; control: Uint8Array[] };

export class LpdJobs {
  readonly #queue: JobQueue;
  readonly #queueName: string;
  readonly #address: string;
  /** By what the names of their files have in common. */
  readonly #incoming = new Map<string, Incoming>();
  #file: FileInWork | null = null;

  constructor(queue: JobQueue, queueName: string, address: string) {
    this.#queue = queue;
    this.#queueName = queueName;
    this.#address = address;
  }

  async beginFile({ subcommand, name, bytes }: FileBegin): Promise<void> {
    const incoming = this.#jobOf(name);
    if (subcommand === 'control-file') {
      this.#file = { incoming, control: [] };
      return;
    }
    if (incoming.documents.size === maxDataFiles)
      throw new LimitError('an LPD job', maxDataFiles, 'data files');
    if (incoming.documents.has(name)) throw broken(`the data file ${cleanForDisplay(name, 40)} comes twice`);
    incoming.openEnded ||= bytes === null;
    this.#file = { incoming, name, writer: await incoming.open.addDocument(this.#formatOf(incoming, name)) };
  }

  async write(content: Uint8Array): Promise<void> {
    if (this.#file === null) return;
    if ('writer' in this.#file) await this.#file.writer.write(content);
    else this.#file.control.push(Buffer.from(content));
  }

  /** What came is on disk when this resolves. */
  async endFile(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    const { incoming } = file;
    if ('writer' in file) {
      const document = await file.writer.end();
      incoming.documents.set(file.name, document);
    } else {
      if (incoming.control !== null) throw broken('a job has two control files');
      incoming.control = parseLpdControlFile(Buffer.concat(file.control));
      describe(incoming.open, incoming.control);
    }
    this.#file = null;
    const names = incoming.control?.files.map(({ dataFile }) => dataFile) ?? [];
    if (names.length > 0 && names.every((name) => incoming.documents.has(name))) await this.#commit(incoming);
  }

  /** RFC 1179 §6.1: what came of the job whose files were sent last is forgotten. */
  async abort(): Promise<void> {
    const last = [...this.#incoming.values()].at(-1);
    if (last !== undefined) await this.#forget(last);
  }

  /** Whoever sends without a count can send no control file behind it: his document is printed. Others lack something. */
  async end(): Promise<void> {
    for (const incoming of [...this.#incoming.values()]) {
      const { control, openEnded, documents } = incoming;
      const asked = control?.files.length ?? 0;
      if (asked === 0 && openEnded && documents.size > 0) await this.#commit(incoming);
      else await this.#forget(incoming);
    }
  }

  async abandon(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    if (file !== null && 'writer' in file) await file.writer.discard();
    for (const incoming of [...this.#incoming.values()]) await this.#forget(incoming);
  }

  /** `cfA001host` and `dfA001host` belong together. */
  #jobOf(name: string): Incoming {
    const key = name.slice(3);
    const known = this.#incoming.get(key);
    if (known !== undefined) return known;
    const ticket = { channel: 'lpd', name: '', user: '', host: this.#address, options: {} } as const;
    const incoming = {
      open: this.#queue.open(ticket),
      control: null,
      documents: new Map(),
      openEnded: false,
    };
    this.#incoming.set(key, incoming);
    return incoming;
  }

  #formatOf({ control }: Incoming, name: string): string | null {
    const asked = control?.files.find(({ dataFile }) => dataFile === name)?.format;
    return asked === 'o' || this.#queueName === postScriptQueue ? 'application/postscript' : null;
  }

  async #commit(incoming: Incoming): Promise<void> {
    const { open, control, documents } = incoming;
    const asked = control?.files.length
      ? control.files
      : [...documents.keys()].map((dataFile) => ({ dataFile, copies: 1 }));
    const unasked = new Set(documents.values());
    for (const { dataFile, copies } of asked) {
      const document = documents.get(dataFile);
      if (document === undefined) continue;
      unasked.delete(document);
      for (let copy = 0; copy < copies; copy++) open.keep(document);
    }
    this.#remove(incoming);
    open.close();
    for (const document of unasked) await open.discard(document);
  }

  async #forget(incoming: Incoming): Promise<void> {
    this.#remove(incoming);
    incoming.open.abandon();
    for (const document of incoming.documents.values()) await incoming.open.discard(document);
  }

  #remove(incoming: Incoming): void {
    for (const [key, other] of this.#incoming) if (other === incoming) this.#incoming.delete(key);
  }
}

function describe(open: OpenJob, { host, user, jobName, title, files }: LpdControlFile): void {
  const name = jobName || (files[0]?.sourceName ?? '') || title;
  const facts = {
    name: cleanForDisplay(name, maxNameCharacters),
    user: cleanForDisplay(user, maxNameCharacters),
  };
  const named = cleanForDisplay(host, maxNameCharacters);
  open.describe(named === '' ? facts : { ...facts, host: named });
}

function broken(what: string): PhaserLinkError {
  return new PhaserLinkError({
    code: 'lpd-job-broken',
    retry: 'permanent',
    text: `this LPD job cannot be taken: ${what}`,
  });
}
