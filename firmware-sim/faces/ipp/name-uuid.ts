/** UUIDs that are always the same for the same name (RFC 9562 §5.5, version 5). */
import { createHash } from 'node:crypto';

/** Ours; made once by chance. */
const namespace = Buffer.from('6e2b0c1f5a9d4b7e8f40d1c2a7b35e90', 'hex');

export function nameUuid(name: string): string {
  const bytes = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
