/** The MAPI properties within a TNEF attribute (MS-OXTNEF 2.1.3.4), one after the other. */
import type { Reading } from './byte-feed.js';
import type { TnefAttribute } from './tnef-attribute.js';

/** The property types of MS-OXCDATA 2.11.1 whose values have a length of their own. */
export const propertyTypes = { object: 0x0d, string8: 0x1e, unicode: 0x1f, binary: 0x102 } as const;

const variableTypes: ReadonlySet<number> = new Set(Object.values(propertyTypes));
const multipleValues = 0x1000;
const firstNamedProperty = 0x8000;

/** How many bytes a value of the other types takes, with its padding. */
const fixedBytes: ReadonlyMap<number, number> = new Map([
  [0x02, 4],
  [0x03, 4],
  [0x04, 4],
  [0x05, 8],
  [0x06, 8],
  [0x07, 8],
  [0x0a, 4],
  [0x0b, 4],
  [0x14, 8],
  [0x40, 8],
  [0x48, 16],
]);

export interface TnefProperty {
  id: number;
  type: number;
  /** Of the value, without its padding. */
  bytes: number;
}

/**
 * Calls `read` for each value that has a length of its own; it takes of the value what it wants. Ends where the attribute
 * does, or where something stands that cannot be read.
 */
export function* readTnefProperties(
  attribute: TnefAttribute,
  read: (property: TnefProperty) => Reading<void>,
): Reading<void> {
  let count = yield* attribute.uint32();
  while (count-- > 0 && attribute.left > 0) {
    const tag = yield* attribute.exactly(4);
    const type = tag.readUInt16LE(0);
    const id = tag.readUInt16LE(2);
    if (id >= firstNamedProperty) yield* skipName(attribute);
    const isVariable = variableTypes.has(type & ~multipleValues);
    const values = isVariable || type & multipleValues ? yield* attribute.uint32() : 1;
    if (isVariable) {
      yield* readValues(attribute, values, { id, type: type & ~multipleValues }, read);
      continue;
    }
    const bytes = fixedBytes.get(type & ~multipleValues);
    if (bytes === undefined) break;
    yield* attribute.skip(values * bytes);
  }
  yield* attribute.skip(attribute.left);
}

/** A named property has a GUID, and a number or a text. */
function* skipName(attribute: TnefAttribute): Reading<void> {
  const name = yield* attribute.exactly(20);
  const isNumber = name.readUInt32LE(16) === 0;
  yield* attribute.skip(isNumber ? 4 : padded(yield* attribute.uint32()));
}

function* readValues(
  attribute: TnefAttribute,
  values: number,
  { id, type }: Pick<TnefProperty, 'id' | 'type'>,
  read: (property: TnefProperty) => Reading<void>,
): Reading<void> {
  for (let value = 0; value < values && attribute.left > 0; value++) {
    const bytes = yield* attribute.uint32();
    const end = attribute.left - padded(bytes);
    yield* read({ id, type, bytes });
    yield* attribute.skip(attribute.left - end);
  }
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}
