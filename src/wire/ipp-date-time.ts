/** IPP's dateTime (RFC 8010 §3.9; DateAndTime of RFC 2579 §2): eleven bytes, a moment and the zone it is told in. */

export interface IppDateTime {
  epochMs: number;
  /** East of Greenwich. */
  offsetMinutes: number;
}

export const dateTimeBytes = 11;
/** RFC 2579 knows -13 to +13; the isles of Kiribati are at +14. */
const maxOffsetHours = 14;
const minuteMs = 60_000;

/** Null when the bytes name no moment. */
export function decodeDateTime(bytes: Buffer): IppDateTime | null {
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0, tenths = 0, sign = 0, hours = 0, minutes = 0] =
    bytes.subarray(2);
  const direction = sign === 0x2b ? 1 : sign === 0x2d ? -1 : 0;
  if (direction === 0 || hours > maxOffsetHours || minutes > 59) return null;
  // 60 is a leap second, which is told as the next minute's first.
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60 || tenths > 9)
    return null;
  // Date.UTC would take a year below 100 for one of the last century.
  const date = new Date(0);
  date.setUTCFullYear(bytes.readUInt16BE(0), month - 1, day);
  if (date.getUTCDate() !== day) return null;
  date.setUTCHours(hour, minute, second, tenths * 100);
  const offsetMinutes = direction * (hours * 60 + minutes);
  // -00:00 and +00:00 are the same.
  return { epochMs: date.getTime() - offsetMinutes * minuteMs, offsetMinutes: offsetMinutes || 0 };
}

/** Null for a moment that has no such bytes. */
export function encodeDateTime({ epochMs, offsetMinutes }: IppDateTime): Buffer | null {
  const local = new Date(epochMs + offsetMinutes * minuteMs);
  const year = local.getUTCFullYear();
  if (!(year >= 0 && year <= 0xffff)) return null;
  const bytes = Buffer.alloc(dateTimeBytes);
  bytes.writeUInt16BE(year, 0);
  bytes[2] = local.getUTCMonth() + 1;
  bytes[3] = local.getUTCDate();
  bytes[4] = local.getUTCHours();
  bytes[5] = local.getUTCMinutes();
  bytes[6] = local.getUTCSeconds();
  bytes[7] = Math.floor(local.getUTCMilliseconds() / 100);
  bytes[8] = offsetMinutes < 0 ? 0x2d : 0x2b;
  bytes[9] = Math.floor(Math.abs(offsetMinutes) / 60);
  bytes[10] = Math.abs(offsetMinutes) % 60;
  return bytes;
}
