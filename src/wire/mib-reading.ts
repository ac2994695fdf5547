/** What an agent has answered, by the MIB's own names: the rows of a table, their numbers and texts. */
import { cleanForDisplay } from '#base/display-text.js';
import { compareOids, isWithin, type Oid } from './ber.js';
import { decodeUnlabelled } from './charset.js';
import type { ObjectGroup } from './mib-objects.js';
import type { Answered, SnmpValue } from './snmp-values.js';

/** RFC 3805 has no text of more octets. */
const maxTextBytes = 255;

/** Names of objects of the group. */
type NameOf<G extends ObjectGroup> = Extract<keyof G['objects'], string>;

export class MibReading {
  readonly #values: { oid: Oid; value: SnmpValue }[] = [];

  /** What is no value is left out. */
  add(oid: Oid, value: Answered): void {
    if (value !== null && typeof value === 'object') this.#values.push({ oid, value });
  }

  /** In the order of their indices; a scalar group has one, whose index is 0. */
  rows<G extends ObjectGroup>(group: G): MibRow<G>[] {
    const names = new Map(Object.entries(group.objects).map(([name, [number]]) => [number, name]));
    const rows = new Map<string, MibRow<G>>();
    const columnPlace = group.base.length;
    for (const { oid, value } of this.#values) {
      const name = isWithin(oid, group.base) ? names.get(oid[columnPlace] ?? 0) : undefined;
      if (name === undefined) continue;
      const index = oid.slice(columnPlace + 1);
      const key = index.join('.');
      const row = rows.get(key) ?? new MibRow<G>(index);
      rows.set(key, row);
      row.cells.set(name, value);
    }
    return [...rows.values()].sort((a, b) => compareOids(a.index, b.index));
  }
}

export class MibRow<G extends ObjectGroup> {
  readonly cells = new Map<string, SnmpValue>();
  readonly index: Oid;

  constructor(index: Oid) {
    this.index = index;
  }

  /** Null where there is none. */
  number(name: NameOf<G>): number | null {
    const value = this.cells.get(name)?.value;
    return typeof value === 'number' ? value : null;
  }

  /** Null where there is none. */
  bytes(name: NameOf<G>): Buffer | null {
    const value = this.cells.get(name)?.value;
    return Buffer.isBuffer(value) ? value : null;
  }

  /** One line fit for a screen, in whatever charset it came; empty where there is none. */
  text(name: NameOf<G>): string {
    const bytes = this.bytes(name)?.subarray(0, maxTextBytes) ?? Buffer.alloc(0);
    return cleanForDisplay(decodeUnlabelled(bytes), maxTextBytes);
  }

  /** Null where there is none. */
  oid(name: NameOf<G>): Oid | null {
    const value = this.cells.get(name)?.value;
    return Array.isArray(value) ? value : null;
  }
}

/** The name of a column, or with an index of one of its instances. */
export function objectOid<G extends ObjectGroup>(
  { base, objects }: G,
  name: NameOf<G>,
  index: Oid = [],
): Oid {
  const [number] = objects[name] ?? [0];
  return [...base, number, ...index];
}
