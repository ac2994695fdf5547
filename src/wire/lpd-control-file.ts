/** The control file of a job in the line printer daemon protocol (RFC 1179 §7): who prints which data files, and how. */
import { LimitError } from '#base/errors.js';
import { decodeUnlabelled } from './charset.js';

export interface LpdPrintedFile {
  /** The name of its data file: `dfA001host`. */
  dataFile: string;
  /** RFC 1179 §7.16 to §7.27: `f` text, `l` as it is, `o` PostScript, and others. */
  format: string;
  copies: number;
  /** What it is called where it comes from; may be empty. */
  sourceName: string;
}

export interface LpdControlFile {
  host: string;
  user: string;
  jobName: string;
  class: string;
  /** Whose name a banner page bears; empty for none. */
  bannerUser: string;
  title: string;
  /** Who is mailed when the job is done; empty for nobody. */
  mailTo: string;
  files: LpdPrintedFile[];
}

/** Of all files together. */
const maxCopies = 1000;
/** RFC 1179 §7: the longest values, for those who write. */
const longest = { H: 31, P: 31, J: 99, C: 31, L: 31, T: 79, M: 31, N: 131 } as const;

const values = {
  H: 'host',
  P: 'user',
  J: 'jobName',
  C: 'class',
  L: 'bannerUser',
  T: 'title',
  M: 'mailTo',
} as const satisfies Record<string, keyof LpdControlFile>;

/** Lines that ask for something else (fonts, indents, removal) are passed over. */
export function parseLpdControlFile(bytes: Buffer): LpdControlFile {
  const control: LpdControlFile = {
    host: '',
    user: '',
    jobName: '',
    class: '',
    bannerUser: '',
    title: '',
    mailTo: '',
    files: [],
  };
  const { files } = control;
  let copies = 0;
  let nameOfNext = '';
  for (const line of decodeUnlabelled(bytes).split(/\r?\n/)) {
    const [key = '', value] = [line[0], line.slice(1)];
    if (Object.hasOwn(values, key)) {
      control[values[key as keyof typeof values]] = value;
    } else if (key >= 'a' && key <= 'z' && value !== '') {
      if (++copies > maxCopies) throw new LimitError('an LPD job', maxCopies, 'copies');
      const last = files.at(-1);
      // A file that is to be printed again is named again.
      if (last?.dataFile === value) {
        last.copies++;
      } else {
        files.push({ dataFile: value, format: key, copies: 1, sourceName: nameOfNext });
        nameOfNext = '';
      }
    } else if (key === 'N') {
      // BSD names the source behind its file, others before it.
      const last = files.at(-1);
      if (last?.sourceName === '') last.sourceName = value;
      else nameOfNext = value;
    }
  }
  return control;
}

export function formatLpdControlFile(control: LpdControlFile): Buffer {
  const lines = Object.entries(values).flatMap(([key, field]) =>
    valueLine(key as keyof typeof values, control[field]),
  );
  for (const { dataFile, format, copies, sourceName } of control.files) {
    for (let copy = 0; copy < copies; copy++) lines.push(`${format}${dataFile}`);
    lines.push(`U${dataFile}`, ...valueLine('N', sourceName));
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

function valueLine(key: keyof typeof longest, value: string): string[] {
  const fits = [...value.replace(/\p{Cc}+/gu, ' ')].slice(0, longest[key]).join('');
  return fits === '' ? [] : [`${key}${fits}`];
}
