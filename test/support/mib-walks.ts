/** What printers' agents have answered: recorded walks in the form of snmpsim (`name|tag|value`), and what tests make up. */
import { parseOid } from '#wire/ber.js';
import type { ObjectGroup } from '#wire/mib-objects.js';
import { MibReading, objectOid } from '#wire/mib-reading.js';
import type { SnmpValue } from '#wire/snmp-values.js';

/** By snmpsim's tags; an x behind the tag says that the value is in hexadecimal. */
const numberTypes: Record<string, 'integer' | 'counter' | 'gauge' | 'ticks'> = {
  2: 'integer',
  65: 'counter',
  66: 'gauge',
  67: 'ticks',
};

export function readWalk(text: string): MibReading {
  const reading = new MibReading();
  for (const [, oid = '', tag = '', hex, value = ''] of text.matchAll(/^([\d.]+)\|(\d+)(x?)\|(.*)$/gm)) {
    const type = numberTypes[tag];
    let read: SnmpValue | null = null;
    if (type !== undefined) read = { type, value: Number(value) };
    else if (tag === '6') read = { type: 'oid', value: parseOid(value) };
    else if (tag === '4') read = { type: 'octets', value: Buffer.from(value, hex ? 'hex' : 'latin1') };
    reading.add(parseOid(oid), read);
  }
  return reading;
}

type Cell = number | string | Buffer | readonly number[];

/** A table, an index and what is in its row by the MIB's names. */
export type MadeRow = [group: ObjectGroup, index: string, cells: Readonly<Record<string, Cell>>];

export function makeReading(...rows: readonly MadeRow[]): MibReading {
  const reading = new MibReading();
  for (const [group, index, cells] of rows) {
    for (const [name, cell] of Object.entries(cells)) {
      if (!(name in group.objects)) throw new RangeError(`there is no object ${name}`);
      reading.add(objectOid(group, name, parseOid(index)), asValue(cell));
    }
  }
  return reading;
}

function asValue(cell: Cell): SnmpValue {
  if (typeof cell === 'number') return { type: 'integer', value: cell };
  if (typeof cell === 'string') return { type: 'octets', value: Buffer.from(cell) };
  return Buffer.isBuffer(cell) ? { type: 'octets', value: cell } : { type: 'oid', value: cell };
}
