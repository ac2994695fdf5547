/** SNMP notifications (RFC 3416 §4.2.6): something has happened, said without being asked. */
import { type Oid, parseOid } from './ber.js';
import { encodeCommunityMessage } from './snmp-community.js';
import { type AnswerPdu, encodeAnswer } from './snmp-pdu.js';
import type { SnmpEngine, SnmpUser } from './snmp-users.js';
import { encodePrivate } from './snmp-v3.js';
import { encodeBinding, oidValue, type SnmpValue, ticks } from './snmp-values.js';

const sysUpTime = parseOid('1.3.6.1.2.1.1.3.0');
const snmpTrapOid = parseOid('1.3.6.1.6.3.1.1.4.1.0');

/** RFC 3418 §2: the agent has begun. */
export const coldStart = parseOid('1.3.6.1.6.3.1.1.5.1');

export interface SnmpNotification {
  name: Oid;
  uptimeMs: number;
  bindings: readonly { oid: Oid; value: SnmpValue }[];
}

/** Who is told, and in which words: version 2c under a community, or version 3 as a user. */
export type Audience = { community: string } | { user: SnmpUser };

export function encodeNotification(
  { name, uptimeMs, bindings }: SnmpNotification,
  audience: Audience,
  engine: SnmpEngine,
  /** Of ours, different for each. */
  id: number,
): Buffer {
  const pdu: AnswerPdu = {
    type: 'notification',
    requestId: id,
    status: 'noError',
    errorIndex: 0,
    bindings: [
      encodeBinding(sysUpTime, ticks(uptimeMs)),
      encodeBinding(snmpTrapOid, oidValue(name)),
      ...bindings.map(({ oid, value }) => encodeBinding(oid, value)),
    ],
  };
  return 'user' in audience
    ? encodePrivate(engine, audience.user, id, pdu)
    : encodeCommunityMessage('2c', Buffer.from(audience.community), encodeAnswer(pdu));
}
