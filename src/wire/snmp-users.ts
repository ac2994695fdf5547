/** The users of SNMP's version 3, and the engine that they speak to (RFC 3414 §2). */
import type { managerAuthProtocols, managerPrivProtocols } from '#vocab/snmp-protocols.js';

/** No MD5 and no DES: nobody should begin with them now. */
export const authProtocols = ['sha', 'sha256', 'sha384', 'sha512'] as const;
/** `aes256` as Blumenthal's draft has it, which Net-SNMP follows; `aes256-c` as Reeder's, which Cisco does. */
export const privProtocols = { aes: 'aes', aes256: 'aes256b', 'aes256-c': 'aes256r' } as const;

export interface Signing {
  authProtocol: (typeof managerAuthProtocols)[number];
  authPassword: string;
}

export interface Privacy {
  privProtocol: (typeof managerPrivProtocols)[number];
  privPassword: string;
}

/** Of an agent of ours. */
export interface SnmpUser extends Signing, Privacy {
  name: string;
  authProtocol: (typeof authProtocols)[number];
  privProtocol: keyof typeof privProtocols;
}

/** As whom a manager asks; null for the level authNoPriv. */
export interface ManagerUser extends Signing {
  name: string;
  privacy: Privacy | null;
}

/** Who answers for the time and the keys of a message (RFC 3414 §2.2): the agent itself. */
export interface SnmpEngine {
  /** RFC 3411 §5, SnmpEngineID. */
  id: Buffer;
  /** How often it was started; kept when it is switched off. */
  boots: number;
  /** Seconds since it was started. */
  time(): number;
}
