/**
 * The words in which people make things go wrong and put them right: one table, from words to events of the machine, for the
 * command, HTTP, scripts and the panel.
 */
import { LimitError, PhaserLinkError } from '#base/errors.js';
import { mediaSizeNames, mediaTypes } from '#vocab/media.js';
import type { Device } from '../device/device.js';
import type { MachineEvent } from '../machine/events.js';
import type { Fault } from '../machine/faults.js';
import type { Disturbance } from '../machine/state.js';

/** One statement. */
export const maxWordsLength = 1000;

/** When a statement takes effect: at once, before a page is out, or so long after the one before it. */
export type Moment = { at: 'once' } | { at: 'page'; page: number } | { at: 'after'; seconds: number };

export interface Statement {
  event: MachineEvent;
  moment: Moment;
}

interface Verb {
  /** After the verb, for people: `AREA`. */
  takes: string;
  does: string;
  /** A fault can come at a page; it is said with `phaser740 fault`, an act with its own name. */
  kind: 'fault' | 'act' | 'both';
  parse(args: Arguments): MachineEvent;
}

const fault = (fault: Fault): MachineEvent => ({ type: 'fault', fault });

/** The one table. */
export const verbs = {
  jam: {
    takes: 'AREA',
    does: 'paper jams there',
    kind: 'fault',
    parse: (args) => fault({ type: 'jam', area: args.oneOf('jam area', idsOf(args.device.jamAreas)) }),
  },
  cover: {
    takes: 'COVER',
    does: 'a cover is opened; over moving sheets that makes a jam',
    kind: 'fault',
    parse: (args) => fault({ type: 'cover', cover: args.oneOf('cover', idsOf(args.device.covers)) }),
  },
  tray: {
    takes: 'TRAY',
    does: 'a tray is pulled out',
    kind: 'fault',
    parse: (args) => fault({ type: 'tray', input: args.oneOf('tray', args.cassettes()) }),
  },
  paper: {
    takes: 'TRAY:SHEETS',
    does: 'a tray has so many sheets left; 0 is empty',
    kind: 'fault',
    parse: (args) => {
      const input = args.oneOf('tray', idsOf(args.device.inputs));
      return fault({ type: 'paper', input, sheets: args.number('sheets', 0, args.capacity(input)) });
    },
  },
  supply: {
    takes: 'SUPPLY:PERCENT',
    does: 'so much of a supply is left; 0 is out',
    kind: 'fault',
    parse: (args) => {
      const supply = args.oneOf('supply', idsOf(args.device.supplies));
      return fault({ type: 'supply', supply, levelPercent: args.number('percent', -100, 100) });
    },
  },
  wrong: {
    takes: 'TONER',
    does: 'the cartridge is keyed for another printer',
    kind: 'fault',
    parse: (args) => {
      const toners = args.device.supplies.filter(({ kind }) => kind === 'toner');
      return fault({ type: 'supply-wrong', supply: args.oneOf('toner', idsOf(toners)) });
    },
  },
  memory: {
    takes: '',
    does: 'the document needs more memory than there is',
    kind: 'fault',
    parse: () => fault({ type: 'memory' }),
  },
  disk: { takes: '', does: 'the disk is full', kind: 'fault', parse: () => fault({ type: 'disk' }) },
  network: {
    takes: '',
    does: 'the network cable is pulled out',
    kind: 'fault',
    parse: () => fault({ type: 'network' }),
  },
  counter: {
    takes: '+PAGES',
    does: 'the page counter tells so much more than the truth, or with - less',
    kind: 'fault',
    parse: (args) => fault({ type: 'counter', lie: args.number('pages', -1_000_000, 1_000_000) }),
  },
  reading: {
    takes: 'BYTES',
    does: 'print data is taken at so many bytes a second; 0 takes none',
    kind: 'fault',
    parse: (args) => fault({ type: 'reading', bytesPerSecond: args.number('bytes a second', 0, 1e9) }),
  },
  'back-channel': {
    takes: 'garbled|silent',
    does: 'what the printer says to the sender is spoilt, or nothing',
    kind: 'fault',
    parse: (args) => fault({ type: 'back-channel', as: args.oneOf('kind', ['garbled', 'silent']) }),
  },
  offline: {
    takes: '',
    does: 'it takes jobs and prints nothing until it is online',
    kind: 'both',
    parse: () => fault({ type: 'offline' }),
  },
  power: {
    takes: '[on|off]',
    does: 'the power is cut, or it is switched on or off; pages in the machine are gone',
    kind: 'both',
    parse: (args) => {
      if (args.isAtEnd()) return fault({ type: 'power' });
      return { type: args.oneOf('state', ['on', 'off']) === 'on' ? 'power-on' : 'power-off' };
    },
  },
  clear: {
    takes: '[FAULT]',
    does: 'mends all that is wrong or low and forgets the faults that wait, or mends one: jam, network, …',
    kind: 'act',
    parse: (args) => {
      if (args.isAtEnd()) return { type: 'faults-cleared' };
      const what = args.oneOf('fault', ['jam', ...keysOf(disturbances)]);
      if (what === 'jam') return { type: 'jam-cleared' };
      return { type: 'disturbance-ended', what: disturbances[what] };
    },
  },
  online: {
    takes: '',
    does: 'it prints again after offline',
    kind: 'act',
    parse: () => ({ type: 'online' }),
  },
  open: {
    takes: 'COVER',
    does: 'opens a cover',
    kind: 'act',
    parse: (args) => ({ type: 'cover-opened', cover: args.oneOf('cover', idsOf(args.device.covers)) }),
  },
  close: {
    takes: 'COVER',
    does: 'closes a cover',
    kind: 'act',
    parse: (args) => ({ type: 'cover-closed', cover: args.oneOf('cover', idsOf(args.device.covers)) }),
  },
  pull: {
    takes: 'TRAY',
    does: 'pulls a tray out',
    kind: 'act',
    parse: (args) => ({ type: 'tray-pulled', input: args.oneOf('tray', args.cassettes()) }),
  },
  insert: {
    takes: 'TRAY',
    does: 'puts a tray back',
    kind: 'act',
    parse: (args) => ({ type: 'tray-inserted', input: args.oneOf('tray', args.cassettes()) }),
  },
  load: {
    takes: 'TRAY[:SHEETS] [SIZE [TYPE]]',
    does: 'lays paper into a tray; without a number as much as fits',
    kind: 'act',
    parse: loadPaper,
  },
  empty: {
    takes: 'OUTPUT',
    does: 'takes the printed pages out',
    kind: 'act',
    parse: (args) => ({ type: 'output-emptied', output: args.oneOf('output', idsOf(args.device.outputs)) }),
  },
  remove: {
    takes: 'SUPPLY',
    does: 'takes a supply out',
    kind: 'act',
    parse: (args) => ({ type: 'supply-removed', supply: args.oneOf('supply', idsOf(args.device.supplies)) }),
  },
  replace: {
    takes: 'SUPPLY[:PERCENT]',
    does: 'puts a new supply in, or a used one',
    kind: 'act',
    parse: (args) => {
      const supply = args.oneOf('supply', idsOf(args.device.supplies));
      if (args.isAtEnd()) return { type: 'supply-replaced', supply };
      return { type: 'supply-replaced', supply, levelPercent: args.number('percent', -100, 100) };
    },
  },
  message: {
    takes: '[TEXT]',
    does: 'the display shows it in place of "Ready"; without a text it is taken away',
    kind: 'act',
    parse: (args) => ({ type: 'message', text: args.rest() || null }),
  },
  identify: {
    takes: '[SECONDS]',
    does: 'all lights blink for 10 seconds, or so many',
    kind: 'act',
    parse: (args) => ({ type: 'identify', seconds: args.isAtEnd() ? 10 : args.number('seconds', 1, 3600) }),
  },
} as const satisfies Record<string, Verb>;

export type VerbName = keyof typeof verbs;

const disturbances = {
  memory: 'memoryFull',
  disk: 'diskFull',
  network: 'network',
  counter: 'counterLie',
  reading: 'reading',
  'back-channel': 'backChannel',
} as const satisfies Record<string, keyof Disturbance>;

function loadPaper(args: Arguments): MachineEvent {
  const input = args.oneOf('tray', idsOf(args.device.inputs));
  const tray = args.device.inputs.find(({ id }) => id === input);
  const sheets = args.isAtNumber() ? args.number('sheets', 0, args.capacity(input)) : args.capacity(input);
  if (args.isAtEnd()) return { type: 'paper-loaded', input, sheets };
  const size = args.oneOf('size', tray?.sizes ?? mediaSizeNames);
  const types = tray?.types ?? keysOf(mediaTypes);
  const type = args.isAtEnd() ? 'stationery' : args.oneOf('type', types);
  return { type: 'paper-loaded', input, sheets, medium: { size, type } };
}

/** Throws `words-not-understood`, with what there is. */
export function parseStatement(text: string, device: Device): Statement {
  if (text.length > maxWordsLength) throw new LimitError('a statement', maxWordsLength, 'characters');
  const { moment, words } = splitMoment(text.trim());
  const [, name = '', rest = ''] = /^([^\s=]*)[\s=]*(.*)$/s.exec(words) ?? [];
  if (!isVerb(name)) throw notUnderstood(`"${name}" is not known; there is ${listed(keysOf(verbs))}`);
  const args = new Arguments(name, rest, device);
  const event = verbs[name].parse(args);
  args.demandEnd();
  if (moment.at === 'page' && event.type !== 'fault')
    throw notUnderstood(`only a fault can come at a page, and "${name}" is none; say when with "after 20s"`);
  return { event, moment };
}

const before = /^(?:at\s+page\s+(\S+?)|after\s+(\S+?))\s*:\s*(.*)$/s;
const behind = /^(.*\S)\s+(?:at\s*=?\s*page[\s:]+(\S+)|after[\s=]+(\S+))$/s;

/** `at page 3: …`, `after 20s: …`, `… at=page:3`, `… after=20s`. */
function splitMoment(text: string): { moment: Moment; words: string } {
  const [, page, after, words] = before.exec(text) ?? [];
  if (words !== undefined) return { moment: parseMoment(page, after), words };
  const [, wordsBefore, pageBehind, afterBehind] = behind.exec(text) ?? [];
  if (wordsBefore === undefined || /^message\b/.test(wordsBefore))
    return { moment: { at: 'once' }, words: text };
  return { moment: parseMoment(pageBehind, afterBehind), words: wordsBefore };
}

const secondsIn = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;
const maxAfterSeconds = 7 * 86_400;

function parseMoment(page: string | undefined, after: string | undefined): Moment {
  if (page !== undefined) {
    if (!/^[1-9]\d{0,5}$/.test(page)) throw notUnderstood(`"${page}" is no page; a page is a number from 1`);
    return { at: 'page', page: Number(page) };
  }
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(after ?? '') ?? [];
  const seconds = Number(amount) * secondsIn[unit as keyof typeof secondsIn];
  if (amount === undefined || seconds > maxAfterSeconds)
    throw notUnderstood(`"${after}" is no time; write 500ms, 20s, 5m or 2h, at most 7 days`);
  return { at: 'after', seconds };
}

/** The words after a verb, taken one by one. */
class Arguments {
  readonly device: Device;
  readonly #verb: VerbName;
  readonly #text: string;
  readonly #words: string[];

  constructor(verb: VerbName, text: string, device: Device) {
    this.#verb = verb;
    this.#text = text;
    this.#words = text.split(/[\s:=]+/).filter((word) => word !== '');
    this.device = device;
  }

  isAtEnd(): boolean {
    return this.#words.length === 0;
  }

  isAtNumber(): boolean {
    return /^\d/.test(this.#words[0] ?? '');
  }

  oneOf<const T extends string>(what: string, known: readonly T[]): T {
    const word = this.#words.shift();
    const found = known.find((name) => name === word);
    if (found !== undefined) return found;
    const said = word === undefined ? `${this.#verb} needs a ${what}` : `there is no ${what} "${word}"`;
    throw notUnderstood(`${said}; there is ${listed(known)}`);
  }

  number(what: string, min: number, max: number): number {
    const word = this.#words.shift() ?? '';
    const value = /^[+-]?\d{1,10}$/.test(word) ? Number(word) : Number.NaN;
    if (value >= min && value <= max) return value;
    const said = word === '' ? `${this.#verb} needs a number` : `"${word}" does not fit`;
    throw notUnderstood(`${said}: ${what} are a whole number from ${min} to ${max}`);
  }

  /** All of it as it was written, but for quotes around it. */
  rest(): string {
    this.#words.length = 0;
    return this.#text.trim().replace(/^"(.*)"$/s, '$1');
  }

  /** Trays that can be pulled out. */
  cassettes(): string[] {
    return idsOf(this.device.inputs.filter(({ kind }) => kind === 'cassette'));
  }

  capacity(input: string): number {
    return this.device.inputs.find(({ id }) => id === input)?.capacitySheets ?? 0;
  }

  demandEnd(): void {
    if (this.isAtEnd()) return;
    const { takes } = verbs[this.#verb];
    const much = takes === '' ? 'nothing' : takes;
    throw notUnderstood(`"${this.#words.join(' ')}" is too much: ${this.#verb} takes ${much}`);
  }
}

/** The words of a fault as `phaser740 fault` takes them, to show what waits. */
export function formatFault(fault: Fault): string {
  switch (fault.type) {
    case 'jam':
      return `jam=${fault.area}`;
    case 'cover':
      return `cover=${fault.cover}`;
    case 'tray':
      return `tray=${fault.input}`;
    case 'paper':
      return `paper=${fault.input}:${fault.sheets}`;
    case 'supply':
      return `supply=${fault.supply}:${fault.levelPercent}`;
    case 'supply-wrong':
      return `wrong=${fault.supply}`;
    case 'counter':
      return `counter=${fault.lie < 0 ? '' : '+'}${fault.lie}`;
    case 'reading':
      return `reading=${fault.bytesPerSecond}`;
    case 'back-channel':
      return `back-channel=${fault.as}`;
    default:
      return fault.type;
  }
}

function isVerb(name: string): name is VerbName {
  return Object.hasOwn(verbs, name);
}

function idsOf(parts: readonly { id: string }[]): string[] {
  return parts.map(({ id }) => id);
}

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(record) as K[];
}

function listed(names: readonly string[]): string {
  return names.join(', ');
}

function notUnderstood(text: string): PhaserLinkError {
  return new PhaserLinkError({ code: 'words-not-understood', retry: 'permanent', text });
}
