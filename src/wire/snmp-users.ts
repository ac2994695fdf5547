/** The users of SNMP's version 3: how they prove themselves and keep secrets (RFC 3414 §6, RFC 7860, RFC 3826). */
import { timingSafeEqual } from 'node:crypto';
import snmp from 'net-snmp';

/** No MD5 and no DES: nobody should begin with them now. */
export const authProtocols = ['sha', 'sha256', 'sha384', 'sha512'] as const;
/** `aes256` as Blumenthal's draft has it, which Net-SNMP follows; `aes256-c` as Reeder's, which Cisco does. */
export const privProtocols = { aes: 'aes', aes256: 'aes256b', 'aes256-c': 'aes256r' } as const;

export interface SnmpUser {
  name: string;
  authProtocol: (typeof authProtocols)[number];
  authPassword: string;
  privProtocol: keyof typeof privProtocols;
  privPassword: string;
}

/** RFC 3414 §11.2. */
export const minPasswordLength = 8;

/** Who answers for the time and the keys of a message (RFC 3414 §2.2): the agent itself. */
export interface SnmpEngine {
  /** RFC 3411 §5, SnmpEngineID. */
  id: Buffer;
  /** How often it was started; kept when it is switched off. */
  boots: number;
  /** Seconds since it was started. */
  time(): number;
}

export interface MessageTime {
  boots: number;
  time: number;
}

export function digestLength({ authProtocol }: SnmpUser): number {
  return snmp.Authentication.getParametersLength(snmp.AuthProtocols[authProtocol]);
}

/** Of a message whose own digest is zeros. */
export function digestOf(message: Buffer, user: SnmpUser, engineId: Buffer): Buffer {
  const { authProtocol, authPassword } = user;
  return snmp.Authentication.calculateDigest(
    message,
    snmp.AuthProtocols[authProtocol],
    authPassword,
    engineId,
  );
}

/** Whether this part of the message is its digest. */
export function isAuthentic(message: Buffer, digest: Buffer, user: SnmpUser, engineId: Buffer): boolean {
  if (digest.length !== digestLength(user)) return false;
  const blank = Buffer.from(message);
  const start = digest.byteOffset - message.byteOffset;
  blank.fill(0, start, start + digest.length);
  return timingSafeEqual(digestOf(blank, user, engineId), digest);
}

export function encrypt(
  scopedPdu: Buffer,
  user: SnmpUser,
  engineId: Buffer,
  { boots, time }: MessageTime,
): { encrypted: Buffer; salt: Buffer } {
  const { encryptedPdu, msgPrivacyParameters } = snmp.Encryption.encryptPdu(
    snmp.PrivProtocols[privProtocols[user.privProtocol]],
    scopedPdu,
    user.privPassword,
    snmp.AuthProtocols[user.authProtocol],
    { engineID: engineId, engineBoots: boots, engineTime: time },
  );
  return { encrypted: encryptedPdu, salt: msgPrivacyParameters };
}

export function decrypt(
  encrypted: Buffer,
  salt: Buffer,
  user: SnmpUser,
  engineId: Buffer,
  { boots, time }: MessageTime,
): Buffer {
  return snmp.Encryption.decryptPdu(
    snmp.PrivProtocols[privProtocols[user.privProtocol]],
    encrypted,
    salt,
    user.privPassword,
    snmp.AuthProtocols[user.authProtocol],
    { engineID: engineId, engineBoots: boots, engineTime: time },
  );
}
