/** How a message of SNMP's version 3 is signed and encrypted (RFC 3414 §6, RFC 7860, RFC 3826), by the package `net-snmp`; DES by ours. */
import { timingSafeEqual } from 'node:crypto';
import snmp from 'net-snmp';
import { decryptDes, encryptDes } from './snmp-des.js';
import { type Privacy, privProtocols, type Signing } from './snmp-users.js';

export interface MessageTime {
  boots: number;
  time: number;
}

export function digestLength({ authProtocol }: Signing): number {
  return snmp.Authentication.getParametersLength(snmp.AuthProtocols[authProtocol]);
}

/** Of a message whose own digest is zeros. */
export function digestOf(message: Buffer, user: Signing, engineId: Buffer): Buffer {
  const { authProtocol, authPassword } = user;
  return snmp.Authentication.calculateDigest(
    message,
    snmp.AuthProtocols[authProtocol],
    authPassword,
    engineId,
  );
}

/** Whether this part of the message is its digest. */
export function isAuthentic(message: Buffer, digest: Buffer, user: Signing, engineId: Buffer): boolean {
  if (digest.length !== digestLength(user)) return false;
  const blank = Buffer.from(message);
  const start = digest.byteOffset - message.byteOffset;
  blank.fill(0, start, start + digest.length);
  return timingSafeEqual(digestOf(blank, user, engineId), digest);
}

export function encrypt(
  scopedPdu: Buffer,
  user: Signing & Privacy,
  engineId: Buffer,
  { boots, time }: MessageTime,
): { encrypted: Buffer; salt: Buffer } {
  const { privProtocol } = user;
  if (privProtocol === 'des') return encryptDes(scopedPdu, privacyKey(user, engineId), boots);
  const { encryptedPdu, msgPrivacyParameters } = snmp.Encryption.encryptPdu(
    snmp.PrivProtocols[privProtocols[privProtocol]],
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
  user: Signing & Privacy,
  engineId: Buffer,
  { boots, time }: MessageTime,
): Buffer {
  const { privProtocol } = user;
  if (privProtocol === 'des') return decryptDes(encrypted, salt, privacyKey(user, engineId));
  return snmp.Encryption.decryptPdu(
    snmp.PrivProtocols[privProtocols[privProtocol]],
    encrypted,
    salt,
    user.privPassword,
    snmp.AuthProtocols[user.authProtocol],
    { engineID: engineId, engineBoots: boots, engineTime: time },
  );
}

function privacyKey({ authProtocol, privPassword }: Signing & Privacy, engineId: Buffer): Buffer {
  return snmp.Authentication.passwordToKey(snmp.AuthProtocols[authProtocol], privPassword, engineId);
}
