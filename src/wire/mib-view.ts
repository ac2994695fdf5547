/** A sorted view of a MIB: what has this name, and what comes after it. Values may be asked for only when they are read. */
import { compareOids, isWithin, type Oid } from './ber.js';
import { type Exception, encodeBinding, type SnmpValue } from './snmp-values.js';

export interface MibEntry {
  oid: Oid;
  /** A function where the value moves by itself, as the time does. */
  value: SnmpValue | (() => SnmpValue);
}

/** Entries, and the names of the objects that they are instances of: an empty table has objects and no entry. */
export interface MibPart {
  objects: readonly Oid[];
  entries: readonly MibEntry[];
}

export class MibView {
  readonly #entries: readonly MibEntry[];
  readonly #objects: readonly Oid[];
  /** Of the entries whose values stay: a manager asks for the same again and again. */
  readonly #encoded: (Buffer | undefined)[];

  constructor(...parts: readonly MibPart[]) {
    this.#entries = parts.flatMap(({ entries }) => entries).sort((a, b) => compareOids(a.oid, b.oid));
    this.#objects = parts.flatMap(({ objects }) => objects);
    this.#encoded = new Array(this.#entries.length);
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The index of the entry with this very name, or why there is none (RFC 3416 §4.2.1). */
  find(oid: Oid): number | Exception {
    const index = this.#firstFrom(oid);
    const entry = this.#entries[index];
    if (entry !== undefined && compareOids(entry.oid, oid) === 0) return index;
    return this.#objects.some((object) => isWithin(oid, object)) ? 'noSuchInstance' : 'noSuchObject';
  }

  /** The index of the first entry behind this name, or `endOfMibView` (RFC 3416 §4.2.2). */
  after(oid: Oid): number | Exception {
    let index = this.#firstFrom(oid);
    const entry = this.#entries[index];
    if (entry !== undefined && compareOids(entry.oid, oid) === 0) index++;
    return this.orEnd(index);
  }

  /** This index, or `endOfMibView`. */
  orEnd(index: number): number | Exception {
    return index < this.#entries.length ? index : 'endOfMibView';
  }

  oidAt(index: number): Oid {
    return this.#entryAt(index).oid;
  }

  valueAt(index: number): SnmpValue {
    const { value } = this.#entryAt(index);
    return typeof value === 'function' ? value() : value;
  }

  /** The variable binding, encoded. */
  bindingAt(index: number): Buffer {
    const known = this.#encoded[index];
    if (known !== undefined) return known;
    const { oid, value } = this.#entryAt(index);
    if (typeof value === 'function') return encodeBinding(oid, value());
    const binding = encodeBinding(oid, value);
    this.#encoded[index] = binding;
    return binding;
  }

  #entryAt(index: number): MibEntry {
    const entry = this.#entries[index];
    if (entry === undefined) throw new RangeError(`the view has no entry ${index}`);
    return entry;
  }

  /** By halving: the index of the first entry that does not come before this name. */
  #firstFrom(oid: Oid): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareOids(this.oidAt(middle), oid) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
