/** What a manager asks of an agent to read some values and the columns of some tables, one question after the other. */
import { compareOids, isWithin, type Oid } from './ber.js';
import { MibReading } from './mib-reading.js';
import type { SnmpVersion } from './snmp-community.js';
import type { Question, SnmpAnswer } from './snmp-pdu.js';

/** More rows than a table of a printer has; the rest of a longer one is not read. */
const maxRows = 200;
/** Values asked for at once; fewer as soon as the agent finds that too much. */
const maxValuesAtOnce = 48;
const maxColumnsAtOnce = 8;
/** Of a table that most often has none or one. */
const defaultRowsAtOnce = 6;

export interface Wanted {
  /** Names of instances. */
  values: readonly Oid[];
  /** Names of columns, whose rows are all read. */
  columns: readonly Oid[];
  /** How many rows of each column to ask for at once. */
  rowsAtOnce?: number;
}

interface Column {
  oid: Oid;
  /** The last name that we have of it. */
  last: Oid;
  rows: number;
}

/** Asks by GETNEXT and GETBULK only: so a missing value takes nothing else with it, in version 1 neither. */
export class MibWalk {
  readonly reading = new MibReading();
  #bulk: boolean;
  readonly #rowsAtOnce: number;
  #values: readonly Oid[];
  #columns: Column[];
  #atOnce = maxValuesAtOnce;
  /** What the last question was about. */
  #asked: { values: readonly Oid[]; columns: readonly Column[]; count: number };

  constructor({ values, columns, rowsAtOnce = defaultRowsAtOnce }: Wanted, version: SnmpVersion) {
    this.#bulk = version !== '1';
    this.#rowsAtOnce = rowsAtOnce;
    this.#values = values;
    this.#columns = columns.map((oid) => ({ oid, last: oid, rows: 0 }));
    this.#asked = { values: [], columns: [], count: 0 };
  }

  /** Null when all has been read. */
  next(): Omit<Question, 'requestId'> | null {
    const values = this.#values.slice(0, this.#atOnce);
    const room = this.#atOnce - values.length;
    const columns = this.#columns.slice(0, Math.min(room, maxColumnsAtOnce));
    const fitting = columns.length === 0 ? 0 : Math.floor(room / columns.length);
    const maxRepetitions = this.#bulk ? Math.min(fitting, this.#rowsAtOnce) : 0;
    this.#asked = { values, columns, count: values.length + columns.length * Math.max(1, maxRepetitions) };
    const oids = [...values.map(before), ...columns.map(({ last }) => last)];
    if (oids.length === 0) return null;
    return this.#bulk
      ? { type: 'get-bulk', nonRepeaters: values.length, maxRepetitions, oids }
      : { type: 'get-next', nonRepeaters: 0, maxRepetitions: 0, oids };
  }

  take({ status, errorIndex, bindings }: SnmpAnswer): void {
    if (status !== 'noError') {
      if (status === 'tooBig') this.#askLess();
      else this.#takeError(errorIndex);
      return;
    }
    const { values, columns } = this.#asked;
    const answered = bindings.slice(0, values.length);
    for (const [place, { oid, value }] of answered.entries()) {
      const wanted = values[place];
      if (wanted !== undefined && compareOids(oid, wanted) === 0) this.reading.add(oid, value);
    }
    this.#values = this.#values.slice(answered.length);
    const ended = new Set<Column>();
    for (const [place, { oid, value }] of bindings.slice(values.length).entries()) {
      const column = columns[place % columns.length];
      if (column === undefined || ended.has(column)) continue;
      // An agent that goes in circles is not followed (RFC 3416 §4.2.2: names increase).
      const continues = isWithin(oid, column.oid) && compareOids(oid, column.last) > 0;
      if (!continues || value === 'endOfMibView') {
        ended.add(column);
        continue;
      }
      column.last = oid;
      this.reading.add(oid, value);
      if (++column.rows === maxRows) ended.add(column);
    }
    this.#columns = this.#columns.filter((column) => !ended.has(column));
    if (bindings.length === 0) this.#giveUp();
  }

  /** Without what the agent finds wrong; where it does not say, without GETBULK, or with less at once. */
  #takeError(errorIndex: number): void {
    const { values, columns } = this.#asked;
    if (errorIndex >= 1 && errorIndex <= values.length) {
      this.#values = this.#values.filter((_, place) => place !== errorIndex - 1);
    } else if (errorIndex > values.length && columns.length > 0) {
      const wrong = columns[(errorIndex - 1 - values.length) % columns.length];
      this.#columns = this.#columns.filter((column) => column !== wrong);
    } else if (this.#bulk) this.#bulk = false;
    else this.#askLess();
  }

  #askLess(): void {
    const { count } = this.#asked;
    if (count <= 1) this.#giveUp();
    else this.#atOnce = Math.floor(Math.min(this.#atOnce, count) / 2);
  }

  #giveUp(): void {
    const { values, columns } = this.#asked;
    this.#values = this.#values.slice(values.length);
    this.#columns = this.#columns.filter((column) => !columns.includes(column));
  }
}

/** What GETNEXT is to be asked for to hear of this very instance: nothing lies between. */
function before(oid: Oid): Oid {
  const last = oid[oid.length - 1] ?? 0;
  return last === 0 ? oid.slice(0, -1) : [...oid.slice(0, -1), last - 1];
}
