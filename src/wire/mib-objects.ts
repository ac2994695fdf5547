/** MIB objects declared as data, and a part of a view made of them: a scalar is a table's column whose one row is called 0. */
import type { Oid } from './ber.js';
import type { MibEntry, MibPart } from './mib-view.js';
import { counter, gauge, integer, octets, oidValue, type SnmpValue, ticks } from './snmp-values.js';

/** How a value is written; `ticks` come in milliseconds. */
const writers = {
  integer,
  counter,
  gauge,
  ticks,
  octets,
  oid: oidValue,
} satisfies Record<string, (value: never) => SnmpValue>;
type Syntax = keyof typeof writers;
type Cell<S extends Syntax> = Parameters<(typeof writers)[S]>[0];

export interface ObjectGroup {
  /** What the column numbers are appended to: the table's entry, or the group of scalars. */
  base: Oid;
  /** By the MIB's own names, in ascending order of their numbers. */
  objects: Readonly<Record<string, readonly [number: number, syntax: Syntax]>>;
}

/** A value for each object; a function where it moves by itself. */
export type Row<G extends ObjectGroup> = {
  [Name in keyof G['objects']]: Cell<G['objects'][Name][1]> | (() => Cell<G['objects'][Name][1]>);
};

export function tablePart<G extends ObjectGroup>(
  { base, objects }: G,
  rows: readonly { index: Oid; row: Row<G> }[],
): MibPart {
  const columns = Object.entries(objects).map(([name, [number, syntax]]) => {
    const oid = base.concat(number);
    const write = writers[syntax] as (value: unknown) => SnmpValue;
    return { name, oid, write };
  });
  const entries = columns.flatMap(({ name, oid, write }) =>
    rows.map(({ index, row }): MibEntry => {
      const cell: unknown = row[name];
      const value = typeof cell === 'function' ? () => write(cell()) : write(cell);
      return { oid: oid.concat(index), value };
    }),
  );
  return { objects: columns.map(({ oid }) => oid), entries };
}

export function scalarsPart<G extends ObjectGroup>(group: G, row: Row<G>): MibPart {
  return tablePart(group, [{ index: [0], row }]);
}
