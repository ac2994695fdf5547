/** SNMP messages of the versions 1 and 2c (RFC 1157 §4, RFC 3584 §5): a community, in the clear, and what is asked or answered under it. */
import { BerReader, berTags, encodeInteger, tlv } from './ber.js';

export type CommunityVersion = '1' | '2c';

const versionNumbers = { '1': 0, '2c': 1, '3': 3 } as const;
export type SnmpVersion = keyof typeof versionNumbers;

/** The message without its envelope; null for a version that we do not speak. */
export function openMessage(bytes: Buffer): { version: SnmpVersion; rest: BerReader } | null {
  const rest = new BerReader(bytes).enter(berTags.sequence);
  const number = rest.integer();
  const version = (Object.keys(versionNumbers) as SnmpVersion[]).find(
    (name) => versionNumbers[name] === number,
  );
  return version === undefined ? null : { version, rest };
}

/** What a message has around its bindings at the most, beside the community. */
export const communityOverhead = 64;

export function encodeCommunityMessage(version: CommunityVersion, community: Buffer, pdu: Buffer): Buffer {
  return tlv(berTags.sequence, encodeInteger(versionNumbers[version]), tlv(berTags.octets, community), pdu);
}
