/** SNMP messages of version 3 with user-based security (RFC 3412 §6, RFC 3414 §3): only of users we know, signed and encrypted. */
import { BerReader, berTags } from './ber.js';
import { decrypt, isAuthentic, type MessageTime } from './snmp-crypto.js';
import { type AnswerPdu, decodeRequest, encodeAnswer, type SnmpRequest } from './snmp-pdu.js';
import type { SnmpEngine, SnmpUser } from './snmp-users.js';
import {
  authFlag,
  encodeV3,
  lastBoot,
  openHead,
  openScopedPdu,
  openSecurity,
  privFlag,
  type ReportCause,
  reportableFlag,
  reportObjects,
  timeWindowSeconds,
  userSecurityModel,
  type V3Head,
  type V3Security,
} from './snmp-v3-message.js';
import { counter, encodeBinding } from './snmp-values.js';

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

type Header = V3Head & V3Security;

/** Takes a message apart, behind its version, in the order of RFC 3414 §3.2; throws on what is malformed. */
export function openV3(
  message: Buffer,
  rest: BerReader,
  engine: SnmpEngine,
  users: readonly SnmpUser[],
): V3Outcome {
  const head = openHead(rest);
  const { messageId, flags } = head;
  const refuse = (cause: ReportCause, signer: SnmpUser | null = null): V3Outcome => {
    if (!(flags & reportableFlag)) return { cause, report: null };
    return {
      cause,
      report: (count) => encodeReport(engine, { messageId, userName, signer, cause, count, requestId }),
    };
  };
  let userName: Buffer = Buffer.alloc(0);
  let requestId = 0;
  if (head.securityModel !== userSecurityModel) return refuse('unknownSecurityModels');
  // RFC 3412 §7.2 (5d): nothing is encrypted that is not signed.
  if (flags & privFlag && !(flags & authFlag)) return refuse('invalidMessages');
  const header = { ...head, ...openSecurity(rest) };
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

/** RFC 3412 §7.1 (3c): a report names the request that it is about, where that can be read. */
function plainRequestId(data: Buffer): number {
  const scoped = new BerReader(data).enter(berTags.sequence);
  openScopedPdu(scoped);
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
  let context: ReturnType<typeof openScopedPdu>;
  try {
    const encrypted = new BerReader(header.data).contents(berTags.octets);
    scoped = new BerReader(decrypt(encrypted, header.salt, user, engine.id, header)).enter(berTags.sequence);
    // What a wrong key makes of it looks like a sequence once in 1,400 times.
    context = openScopedPdu(scoped);
  } catch {
    return refuse('decryptionErrors');
  }
  const { contextEngineId, contextName } = context;
  // RFC 3412 §4.2.2.1 and RFC 3413 §3.2: we answer for ourselves only, in the default context.
  if (!contextEngineId.equals(engine.id)) return refuse('unknownPduHandlers');
  if (contextName.length > 0) return refuse('unknownContexts');
  const request = decodeRequest(scoped);
  const { messageId } = header;
  return {
    user,
    request,
    maxMessageBytes: Math.max(header.maxMessageBytes, minMaxMessageBytes),
    reply: (pdu) => encodePrivate(engine, user, messageId, pdu),
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
  return encodeV3({
    messageId,
    flags: signer ? authFlag : 0,
    authority: authorityOf(engine),
    userName,
    signer,
    privacy: null,
    pdu: encodeAnswer(pdu),
  });
}

/** An answer or a notification; we are the authority for its time and keys (RFC 3414 §2.3). */
export function encodePrivate(engine: SnmpEngine, user: SnmpUser, messageId: number, pdu: AnswerPdu): Buffer {
  return encodeV3({
    messageId,
    flags: authFlag | privFlag,
    authority: authorityOf(engine),
    userName: Buffer.from(user.name),
    signer: user,
    privacy: user,
    pdu: encodeAnswer(pdu),
  });
}

function authorityOf(engine: SnmpEngine) {
  return { id: engine.id, boots: engine.boots, time: engine.time() };
}
