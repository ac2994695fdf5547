/** SNMP messages of version 3 with user-based security (RFC 3412 §6, RFC 3414 §3): only of users we know, signed and encrypted. */
import { BerReader, berTags, encodeInteger, type Oid, tlv } from './ber.js';
import { decrypt, digestLength, digestOf, encrypt, isAuthentic, type MessageTime } from './snmp-crypto.js';
import { type AnswerPdu, decodeRequest, encodeAnswer, type SnmpRequest } from './snmp-pdu.js';
import type { SnmpEngine, SnmpUser } from './snmp-users.js';
import { counter, encodeBinding } from './snmp-values.js';

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

const userSecurityModel = 3;
const authFlag = 1;
const privFlag = 2;
const reportableFlag = 4;
/** RFC 3414 §3.2 (7). */
const timeWindowSeconds = 150;
const lastBoot = 2 ** 31 - 1;
/** RFC 3412 §6: a manager takes at least this much. */
const minMaxMessageBytes = 484;
/** What a message has around its bindings at the most, beside the user's name. */
export const v3Overhead = 256;

export interface V3Request {
  user: SnmpUser;
  request: SnmpRequest;
  maxMessageBytes: number;
  reply(pdu: AnswerPdu): Buffer;
}

export type V3Outcome = V3Request | { cause: ReportCause; report: ((count: number) => Buffer) | null };

interface Header {
  messageId: number;
  maxMessageBytes: number;
  flags: number;
  engineId: Buffer;
  boots: number;
  time: number;
  userName: Buffer;
  digest: Buffer;
  salt: Buffer;
  /** The scoped PDU, encrypted or not. */
  data: Buffer;
}

/** Takes a message apart, behind its version, in the order of RFC 3414 §3.2; throws on what is malformed. */
export function openV3(
  message: Buffer,
  rest: BerReader,
  engine: SnmpEngine,
  users: readonly SnmpUser[],
): V3Outcome {
  const head = rest.enter(berTags.sequence);
  const [messageId, maxMessageBytes] = [head.integer(), head.integer()];
  const flags = head.contents(berTags.octets)[0] ?? 0;
  const model = head.integer();
  const refuse = (cause: ReportCause, signer: SnmpUser | null = null): V3Outcome => {
    if (!(flags & reportableFlag)) return { cause, report: null };
    return {
      cause,
      report: (count) => encodeReport(engine, { messageId, userName, signer, cause, count, requestId }),
    };
  };
  let userName: Buffer = Buffer.alloc(0);
  let requestId = 0;
  if (model !== userSecurityModel) return refuse('unknownSecurityModels');
  // RFC 3412 §7.2 (5d): nothing is encrypted that is not signed.
  if (flags & privFlag && !(flags & authFlag)) return refuse('invalidMessages');
  const header = { messageId, maxMessageBytes, flags, ...openSecurity(rest) };
  userName = header.userName;
  if (!(flags & privFlag)) requestId = plainRequestId(header.data);
  if (!header.engineId.equals(engine.id)) return refuse('unknownEngineIds');
  const user = users.find(({ name }) => userName.equals(Buffer.from(name)));
  if (user === undefined) return refuse('unknownUserNames');
  // Less than everything is not enough for any user of ours.
  if (!(flags & privFlag)) return refuse('unsupportedSecLevels');
  if (!isAuthentic(message, header.digest, user, engine.id)) return refuse('wrongDigests');
  if (!isTimely(header, engine)) return refuse('notInTimeWindows', user);
  return openScoped(header, user, engine, refuse);
}

function openSecurity(rest: BerReader): Omit<Header, 'messageId' | 'maxMessageBytes' | 'flags'> {
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

/** RFC 3412 §7.1 (3c): a report names the request that it is about, where that can be read. */
function plainRequestId(data: Buffer): number {
  const scoped = new BerReader(data).enter(berTags.sequence);
  scoped.contents(berTags.octets);
  scoped.contents(berTags.octets);
  return decodeRequest(scoped).requestId;
}

function isTimely({ boots, time }: MessageTime, engine: SnmpEngine): boolean {
  return (
    engine.boots < lastBoot && boots === engine.boots && Math.abs(time - engine.time()) <= timeWindowSeconds
  );
}

function openScoped(
  header: Header,
  user: SnmpUser,
  engine: SnmpEngine,
  refuse: (cause: ReportCause) => V3Outcome,
): V3Outcome {
  let scoped: BerReader;
  try {
    const encrypted = new BerReader(header.data).contents(berTags.octets);
    scoped = new BerReader(decrypt(encrypted, header.salt, user, engine.id, header)).enter(berTags.sequence);
  } catch {
    return refuse('decryptionErrors');
  }
  const contextEngineId = scoped.contents(berTags.octets);
  const contextName = scoped.contents(berTags.octets);
  // RFC 3412 §4.2.2.1 and RFC 3413 §3.2: we answer for ourselves only, in the default context.
  if (!contextEngineId.equals(engine.id)) return refuse('unknownPduHandlers');
  if (contextName.length > 0) return refuse('unknownContexts');
  const request = decodeRequest(scoped);
  const { messageId } = header;
  return {
    user,
    request,
    maxMessageBytes: Math.max(header.maxMessageBytes, minMaxMessageBytes),
    reply: (pdu) =>
      encodeV3(engine, { messageId, flags: authFlag | privFlag, userName: header.userName, user, pdu }),
  };
}

interface ReportFacts {
  messageId: number;
  userName: Buffer;
  /** Null for a report that nobody signs. */
  signer: SnmpUser | null;
  cause: ReportCause;
  count: number;
  requestId: number;
}

function encodeReport(engine: SnmpEngine, facts: ReportFacts): Buffer {
  const { messageId, userName, signer, cause, count, requestId } = facts;
  const bindings = [encodeBinding([...reportObjects[cause], 0], counter(count))];
  const pdu: AnswerPdu = { type: 'report', requestId, status: 'noError', errorIndex: 0, bindings };
  return encodeV3(engine, { messageId, flags: signer ? authFlag : 0, userName, user: signer, pdu });
}

/** A notification to whom it concerns; we are the authority for its time and keys (RFC 3414 §2.3). */
export function encodeV3Notification(
  engine: SnmpEngine,
  user: SnmpUser,
  messageId: number,
  pdu: AnswerPdu,
): Buffer {
  const userName = Buffer.from(user.name);
  return encodeV3(engine, { messageId, flags: authFlag | privFlag, userName, user, pdu });
}

interface V3Facts {
  messageId: number;
  flags: number;
  userName: Buffer;
  user: SnmpUser | null;
  pdu: AnswerPdu;
}

/** How much we take in one message: said to everyone who speaks version 3. */
export const maxMessageBytes = 8192;

function encodeV3(engine: SnmpEngine, { messageId, flags, userName, user, pdu }: V3Facts): Buffer {
  const now = { boots: engine.boots, time: engine.time() };
  const scopedPdu = tlv(
    berTags.sequence,
    tlv(berTags.octets, engine.id),
    tlv(berTags.octets),
    encodeAnswer(pdu),
  );
  let data = scopedPdu;
  let salt: Buffer = Buffer.alloc(0);
  if (user !== null && flags & privFlag) {
    const secret = encrypt(scopedPdu, user, engine.id, now);
    data = tlv(berTags.octets, secret.encrypted);
    salt = secret.salt;
  }
  const digest = Buffer.alloc(user === null ? 0 : digestLength(user));
  const saltField = tlv(berTags.octets, salt);
  const security = tlv(
    berTags.sequence,
    tlv(berTags.octets, engine.id),
    encodeInteger(now.boots),
    encodeInteger(now.time),
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
  if (user !== null) {
    const end = message.length - data.length - saltField.length;
    digestOf(message, user, engine.id).copy(message, end - digest.length);
  }
  return message;
}
