/** An SNMP manager without its socket: what to send for a question, and what a datagram that comes means for it. */
import { errorCode } from '#base/errors.js';
import { BerReader, berTags } from './ber.js';
import { encodeCommunityMessage, openMessage, type SnmpVersion } from './snmp-community.js';
import { decrypt, isAuthentic } from './snmp-crypto.js';
import { decodeAnswer, encodeQuestion, type Question, type SnmpAnswer } from './snmp-pdu.js';
import type { ManagerUser } from './snmp-users.js';
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

/** More than an agent ever needs for what we ask in one message. */
export const maxAnswerBytes = 32_768;
/** RFC 3411 §5, SnmpEngineID. */
const engineIdBytes = { least: 5, most: 32 };

const lastClock = 2 ** 31 - 1;

/** As whom an agent is asked. */
export type SnmpAccess = { version: '1' | '2c'; community: string } | { version: '3'; user: ManagerUser };

export type Heard =
  | { type: 'answer'; id: number; answer: SnmpAnswer }
  /** The agent has told what was needed: the same question is to be sent anew. */
  | { type: 'again'; id: number }
  /** In version 3: it does not answer, and why. */
  | { type: 'refused'; id: number; cause: ReportCause };

/** Whose answers we trust, and what we believe of its time (RFC 3414 §2.2, §2.3). */
interface Agent {
  engineId: Buffer;
  boots: number;
  time: number;
  /** When it had this time, in our own seconds. */
  learntAt: number;
  /** False while only an unsigned message has said so. */
  proven: boolean;
}

export class SnmpManager {
  readonly #access: SnmpAccess;
  readonly #seconds: () => number;
  #agent: Agent | null = null;

  /** The seconds count from anywhere and never jump. */
  constructor(access: SnmpAccess, seconds: () => number) {
    this.#access = access;
    this.#seconds = seconds;
  }

  get version(): SnmpVersion {
    return this.#access.version;
  }

  /** The message for this question, or first the one that finds out who answers (RFC 3414 §4). */
  message(question: Question): Buffer {
    const access = this.#access;
    if (access.version !== '3') {
      return encodeCommunityMessage(access.version, Buffer.from(access.community), encodeQuestion(question));
    }
    const { requestId } = question;
    if (this.#agent === null) {
      const discovery: Question = { type: 'get', requestId, nonRepeaters: 0, maxRepetitions: 0, oids: [] };
      return encodeV3({
        messageId: requestId,
        flags: reportableFlag,
        authority: { id: Buffer.alloc(0), boots: 0, time: 0 },
        userName: Buffer.alloc(0),
        signer: null,
        privacy: null,
        pdu: encodeQuestion(discovery),
      });
    }
    const { user } = access;
    const { engineId, boots } = this.#agent;
    return encodeV3({
      messageId: requestId,
      flags: reportableFlag | authFlag | (user.privacy === null ? 0 : privFlag),
      authority: { id: engineId, boots, time: this.#timeOf(this.#agent) },
      userName: Buffer.from(user.name),
      signer: user,
      privacy: user.privacy && { ...user, ...user.privacy },
      pdu: encodeQuestion(question),
    });
  }

  /**
   * Null for what is to be dropped: malformed, about nothing that was asked, not signed where it must be, or nothing that a manager is
   * told. Never throws.
   */
  hear(datagram: Buffer, asked: { has(requestId: number): boolean }): Heard | null {
    if (datagram.length > maxAnswerBytes) return null;
    try {
      const opened = openMessage(datagram);
      if (opened === null || opened.version !== this.#access.version) return null;
      if (this.#access.version === '3') {
        return this.#hearV3(datagram, opened.rest, this.#access.user, asked);
      }
      const heard = hearCommunity(opened.rest, this.#access.community);
      return heard !== null && asked.has(heard.id) ? heard : null;
    } catch (error) {
      if (!droppedCodes.has(errorCode(error))) throw error;
      return null;
    }
  }

  /** After a silence: it may be another machine by now, or the same with another past. */
  forget(): void {
    this.#agent = null;
  }

  #hearV3(
    datagram: Buffer,
    rest: BerReader,
    user: ManagerUser,
    asked: { has(requestId: number): boolean },
  ): Heard | null {
    const head = openHead(rest);
    // Before anything is believed, and before a key is made for anybody.
    if (head.securityModel !== userSecurityModel || !asked.has(head.messageId)) return null;
    const message = { ...head, ...openSecurity(rest) };
    if (![message.boots, message.time].every(isClock)) return null;
    return head.flags & authFlag ? this.#hearSigned(datagram, message, user) : this.#hearUnsigned(message);
  }

  /** Only reports come unsigned, and of them only the one that names the engine changes what we believe (RFC 3414 §3.2, 3b). */
  #hearUnsigned(message: V3Head & V3Security): Heard | null {
    const { messageId: id, engineId, boots, time } = message;
    if (message.flags & privFlag) return null;
    const scoped = new BerReader(message.data).enter(berTags.sequence);
    openScopedPdu(scoped);
    const cause = causeOf(decodeAnswer(scoped));
    if (cause === null) return null;
    if (cause !== 'unknownEngineIds') {
      const ours = this.#agent?.engineId.equals(engineId);
      return ours ? { type: 'refused', id, cause } : null;
    }
    if (engineId.length < engineIdBytes.least || engineId.length > engineIdBytes.most) return null;
    this.#agent = { engineId, boots, time, learntAt: this.#seconds(), proven: false };
    return { type: 'again', id };
  }

  #hearSigned(datagram: Buffer, message: V3Head & V3Security, user: ManagerUser): Heard | null {
    const agent = this.#agent;
    const { messageId: id, engineId, flags } = message;
    if (agent === null || !engineId.equals(agent.engineId)) return null;
    if (!message.userName.equals(Buffer.from(user.name))) return null;
    if (!isAuthentic(datagram, message.digest, user, engineId)) return null;
    if (!this.#takeTime(agent, message)) return null;
    const scoped = openData(message, user);
    if (scoped === null) return null;
    openScopedPdu(scoped);
    const answer = decodeAnswer(scoped);
    if (answer.type === 'report') {
      const cause = causeOf(answer);
      if (cause === null) return null;
      return cause === 'notInTimeWindows' ? { type: 'again', id } : { type: 'refused', id, cause };
    }
    // RFC 3412 §7.2.10: an answer is protected as its question was.
    if (user.privacy !== null && !(flags & privFlag)) return null;
    return answer.requestId === id ? { type: 'answer', id, answer } : null;
  }

  /** RFC 3414 §3.2 (7b): what is newer is believed; false for what is too old. */
  #takeTime(agent: Agent, { boots, time }: V3Security): boolean {
    const now = this.#seconds();
    const newer = boots > agent.boots || (boots === agent.boots && time > this.#timeOf(agent));
    if (newer || !agent.proven) Object.assign(agent, { boots, time, learntAt: now, proven: true });
    if (agent.boots >= lastBoot || boots < agent.boots) return false;
    return time >= this.#timeOf(agent) - timeWindowSeconds;
  }

  #timeOf({ time, learntAt }: Agent): number {
    return Math.min(time + Math.floor(this.#seconds() - learntAt), lastClock);
  }
}

/** RFC 3414 §2.4: msgAuthoritativeEngineBoots and …Time. */
function isClock(value: number): boolean {
  return value >= 0 && value <= lastClock;
}

const droppedCodes = new Set(['ber-malformed', 'snmp-no-answer', 'snmp-no-des', 'limit-exceeded']);

/** Whoever answers under another community was not asked by us. */
function hearCommunity(rest: BerReader, community: string): Heard | null {
  if (!rest.contents(berTags.octets).equals(Buffer.from(community))) return null;
  const answer = decodeAnswer(rest);
  return answer.type === 'response' ? { type: 'answer', id: answer.requestId, answer } : null;
}

/** Null for what cannot be decrypted. */
function openData({ flags, data, salt, engineId, ...time }: V3Head & V3Security, user: ManagerUser) {
  if (!(flags & privFlag)) return new BerReader(data).enter(berTags.sequence);
  if (user.privacy === null) return null;
  const encrypted = new BerReader(data).contents(berTags.octets);
  try {
    const secret = { ...user, ...user.privacy };
    return new BerReader(decrypt(encrypted, salt, secret, engineId, time)).enter(berTags.sequence);
  } catch {
    return null;
  }
}

function causeOf({ type, bindings }: SnmpAnswer): ReportCause | null {
  const oid = bindings[0]?.oid.join('.');
  if (type !== 'report' || oid === undefined) return null;
  const causes = Object.keys(reportObjects) as ReportCause[];
  // As a scalar it has the instance 0, which some agents leave out.
  return (
    causes.find((cause) =>
      [reportObjects[cause].join('.'), `${reportObjects[cause].join('.')}.0`].includes(oid),
    ) ?? null
  );
}
