/** Writes TNEF as Outlook does (MS-OXTNEF), and what Outlook would not write. */

export const levels = { message: 1, attachment: 2 } as const;
export const attributeIds = {
  tnefVersion: 0x00089006,
  oemCodepage: 0x00069007,
  messageClass: 0x00078008,
  renderData: 0x00069002,
  title: 0x00018010,
  data: 0x0006800f,
  properties: 0x00069005,
} as const;

export const string8 = 0x1e;
export const unicode = 0x1f;
export const binary = 0x102;
export const object = 0x0d;

export const ids = {
  displayName: 0x3001,
  attachData: 0x3701,
  fileName: 0x3704,
  longFileName: 0x3707,
  mimeTag: 0x370e,
  contentId: 0x3712,
} as const;

/** The first 16 bytes of an object: IMessage and IStorage. */
export const messageInterface = Buffer.from('0703020000000000C000000000000046', 'hex');
export const storageInterface = Buffer.from('0B00000000000000C000000000000046', 'hex');

export function tnef(...attributes: Buffer[]): Buffer {
  const version = attribute(levels.message, attributeIds.tnefVersion, uint32(0x00010000));
  return Buffer.concat([Buffer.from('789f3e220100', 'hex'), version, ...attributes]);
}

/** `wrong`: what is added to the right checksum and length. */
export function attribute(
  level: number,
  id: number,
  data: Buffer,
  wrong = { checksum: 0, length: 0 },
): Buffer {
  const sum = data.reduce((total, byte) => (total + byte) % 65536, 0);
  return Buffer.concat([
    Buffer.from([level]),
    uint32(id),
    uint32(data.length + wrong.length),
    data,
    uint16((sum + wrong.checksum) % 65536),
  ]);
}

export interface WrittenAttachment {
  title?: Buffer | string;
  data?: Buffer;
  properties?: Buffer[];
}

/** In Outlook's order: the name of DOS, the content, and last the properties with the long name. */
export function attachment({ title, data, properties }: WrittenAttachment): Buffer {
  const { renderData, title: titleId, data: dataId } = attributeIds;
  const write = (id: number, value: Buffer | undefined) =>
    value === undefined ? [] : [attribute(levels.attachment, id, value)];
  return Buffer.concat([
    ...write(renderData, Buffer.alloc(14, 1)),
    ...write(titleId, title === undefined ? undefined : Buffer.concat([Buffer.from(title), Buffer.alloc(1)])),
    ...write(dataId, data),
    ...(properties === undefined ? [] : [propertyList(properties)]),
  ]);
}

/** `count`: as many as there are when left out. */
export function propertyList(properties: Buffer[], count = properties.length): Buffer {
  return attribute(levels.attachment, attributeIds.properties, Buffer.concat([uint32(count), ...properties]));
}

export function text(id: number, value: string, name?: Buffer): Buffer {
  return variable(unicode, id, [Buffer.from(`${value}\0`, 'utf16le')], name);
}

/** A property with values of any length; `name` stands behind the tag of a named one. */
export function variable(type: number, id: number, values: Buffer[], name: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([tag(type, id), name, uint32(values.length), ...values.flatMap(padded)]);
}

/** A property whose type says how long it is. */
export function fixed(type: number, id: number, value: Buffer): Buffer {
  return Buffer.concat([tag(type, id), value]);
}

export function propertyName(name: string | number): Buffer {
  const guid = Buffer.alloc(16, 0x5a);
  if (typeof name === 'number') return Buffer.concat([guid, uint32(0), uint32(name)]);
  return Buffer.concat([guid, uint32(1), ...padded(Buffer.from(`${name}\0`, 'utf16le'))]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  return uint32(value).subarray(0, 2);
}

function tag(type: number, id: number): Buffer {
  return Buffer.concat([uint16(type), uint16(id)]);
}

function padded(value: Buffer): Buffer[] {
  return [uint32(value.length), value, Buffer.alloc((4 - (value.length % 4)) % 4)];
}
