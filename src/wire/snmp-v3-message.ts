/** How a message of SNMP's version 3 with user-based security is laid out (RFC 3412 §6, RFC 3414 §2.4): for an agent and for a manager. */
import { type BerReader, berTags, encodeInteger, type Oid, tlv } from './ber.js';
import { digestLength, digestOf, encrypt, type MessageTime } from './snmp-crypto.js';
import type { Privacy, Signing } from './snmp-users.js';

/** RFC 3414 §5 and RFC 3412 §5, RFC 3413 §4.1.2: what is counted, and reported to who asked. */
export const reportObjects = {
  unsupportedSecLevels: [1, 3, 6, 1, 6, 3, 15, 1, 1, 1],
  notInTimeWindows: [1, 3, 6, 1, 6, 3, 15, 1, 1, 2],
  unknownUserNames: [1, 3, 6, 1, 6, 3, 15, 1, 1, 3],
  unknownEngineIds: [1, 3, 6, 1, 6, 3, 15, 1, 1, 4],
  wrongDigests: [1, 3, 6, 1, 6, 3, 15, 1, 1, 5],
  decryptionErrors: [1, 3, 6, 1, 6, 3, 15, 1, 1, 6],
  unknownSecurityModels: [1, 3, 6, 1, 6, 3, 11, 2, 1, 1],
  invalidMessages: [1, 3, 6, 1, 6, 3, 11, 2, 1, 2],
  unknownPduHandlers: [1, 3, 6, 1, 6, 3, 11, 2, 1, 3],
  unknownContexts: [1, 3, 6, 1, 6, 3, 12, 1, 5],
} as const satisfies Record<string, Oid>;
export type ReportCause = keyof typeof reportObjects;

export const userSecurityModel = 3;
/** RFC 3412 §6.4, msgFlags. */
export const authFlag = 1;
export const privFlag = 2;
export const reportableFlag = 4;
/** RFC 3414 §3.2 (7). */
export const timeWindowSeconds = 150;
export const lastBoot = 2 ** 31 - 1;

/** How much we take in one message: said to everyone who speaks version 3. */
export const maxMessageBytes = 8192;

export interface V3Head {
  messageId: number;
  maxMessageBytes: number;
  flags: number;
  securityModel: number;
}

export interface V3Security extends MessageTime {
  engineId: Buffer;
  userName: Buffer;
  digest: Buffer;
  salt: Buffer;
  /** The scoped PDU, encrypted or not. */
  data: Buffer;
}

export function openHead(rest: BerReader): V3Head {
  const head = rest.enter(berTags.sequence);
  return {
    messageId: head.integer(),
    maxMessageBytes: head.integer(),
    flags: head.contents(berTags.octets)[0] ?? 0,
    securityModel: head.integer(),
  };
}

export function openSecurity(rest: BerReader): V3Security {
  const security = rest.enter(berTags.octets).enter(berTags.sequence);
  return {
    engineId: security.contents(berTags.octets),
    boots: security.integer(),
    time: security.integer(),
    userName: security.contents(berTags.octets),
    digest: security.contents(berTags.octets),
    salt: security.contents(berTags.octets),
    data: rest.whole(),
  };
}

/** Behind the context's engine and name, which our side does not choose, stands the PDU. */
export function openScopedPdu(scoped: BerReader): { contextEngineId: Buffer; contextName: Buffer } {
  return {
    contextEngineId: scoped.contents(berTags.octets),
    contextName: scoped.contents(berTags.octets),
  };
}

export interface V3Facts {
  messageId: number;
  flags: number;
  /** Whose the time and the keys are. */
  authority: MessageTime & { id: Buffer };
  userName: Buffer;
  /** Signs the message; null for one that nobody signs. */
  signer: Signing | null;
  /** Where the flags ask for it. */
  privacy: (Signing & Privacy) | null;
  pdu: Buffer;
}

export function encodeV3({ messageId, flags, authority, userName, signer, privacy, pdu }: V3Facts): Buffer {
  const scopedPdu = tlv(berTags.sequence, tlv(berTags.octets, authority.id), tlv(berTags.octets), pdu);
  let data = scopedPdu;
  let salt: Buffer = Buffer.alloc(0);
  if (privacy !== null && flags & privFlag) {
    const secret = encrypt(scopedPdu, privacy, authority.id, authority);
    data = tlv(berTags.octets, secret.encrypted);
    salt = secret.salt;
  }
  const digest = Buffer.alloc(signer === null ? 0 : digestLength(signer));
  const saltField = tlv(berTags.octets, salt);
  const security = tlv(
    berTags.sequence,
    tlv(berTags.octets, authority.id),
    encodeInteger(authority.boots),
    encodeInteger(authority.time),
    tlv(berTags.octets, userName),
    tlv(berTags.octets, digest),
    saltField,
  );
  const message = tlv(
    berTags.sequence,
    encodeInteger(3),
    tlv(
      berTags.sequence,
      encodeInteger(messageId),
      encodeInteger(maxMessageBytes),
      tlv(berTags.octets, Buffer.from([flags])),
      encodeInteger(userSecurityModel),
    ),
    tlv(berTags.octets, security),
    data,
  );
  if (signer !== null) {
    const end = message.length - data.length - saltField.length;
    digestOf(message, signer, authority.id).copy(message, end - digest.length);
  }
  return message;
}
