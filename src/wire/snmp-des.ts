/** The privacy protocol of old SNMPv3 agents, CBC-DES (RFC 3414 §8): for a manager that meets one. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { PhaserLinkError } from '#base/errors.js';

const blockBytes = 8;

/** RFC 3414 §8.1.1.1: the key, and what the salt is mixed with, are the two halves of the localized key. */
function halves(localizedKey: Buffer): { key: Buffer; preIv: Buffer } {
  return { key: localizedKey.subarray(0, 8), preIv: localizedKey.subarray(8, 16) };
}

/** Three times DES with the same key is DES, and OpenSSL has put DES itself away. */
function cipherOf(key: Buffer): ['des-ede3-cbc', Buffer] {
  return ['des-ede3-cbc', Buffer.concat([key, key, key])];
}

export function encryptDes(
  scopedPdu: Buffer,
  localizedKey: Buffer,
  boots: number,
): { encrypted: Buffer; salt: Buffer } {
  const { key, preIv } = halves(localizedKey);
  const salt = Buffer.concat([Buffer.alloc(4), randomBytes(4)]);
  salt.writeUInt32BE(boots);
  const cipher = createCipheriv(...cipherOf(key), mix(preIv, salt)).setAutoPadding(false);
  const padding = Buffer.alloc(-scopedPdu.length & (blockBytes - 1));
  return {
    encrypted: Buffer.concat([cipher.update(scopedPdu), cipher.update(padding), cipher.final()]),
    salt,
  };
}

/** What it was padded with stays at its end. */
export function decryptDes(encrypted: Buffer, salt: Buffer, localizedKey: Buffer): Buffer {
  if (salt.length !== blockBytes || encrypted.length % blockBytes !== 0) {
    const text = 'an SNMP message whose encrypted part is no DES';
    throw new PhaserLinkError({ code: 'snmp-no-des', retry: 'permanent', text });
  }
  const { key, preIv } = halves(localizedKey);
  const decipher = createDecipheriv(...cipherOf(key), mix(preIv, salt)).setAutoPadding(false);
  return Buffer.concat([decipher.update(encrypted), decipher.final()]);
}

function mix(preIv: Buffer, salt: Buffer): Buffer {
  return Buffer.from(preIv.map((byte, place) => byte ^ (salt[place] ?? 0)));
}
