/** How a message of SNMP's version 3 is signed and encrypted (RFC 3414 §6, RFC 7860, RFC 3826), by the package `net-snmp`. */
import { timingSafeEqual } from 'node:crypto';
import snmp from 'net-snmp';
import { privProtocols, type SnmpUser } from './snmp-users.js';

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
