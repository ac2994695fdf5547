/** SNMP's protocol data units (RFC 3416 §3), read from bytes and written to them: an agent's side and a manager's. */
import { LimitError, PhaserLinkError } from '#base/errors.js';
import { BerReader, berTags, encodeInteger, encodeOid, type Oid, tlv } from './ber.js';
import { type Answered, decodeValue } from './snmp-values.js';

const requestTags = { get: 0xa0, 'get-next': 0xa1, set: 0xa3, 'get-bulk': 0xa5 } as const;
export type RequestType = keyof typeof requestTags;

const answerTags = { response: 0xa2, notification: 0xa7, report: 0xa8 } as const;

/** RFC 3416 §3, without those that only a SetRequest meets; RFC 3584 §4.4 says which of them version 1 knows. */
export const errorStatus = {
  noError: 0,
  tooBig: 1,
  noSuchName: 2,
  badValue: 3,
  readOnly: 4,
  genErr: 5,
  noAccess: 6,
  resourceUnavailable: 13,
  authorizationError: 16,
} as const;
export type ErrorStatus = keyof typeof errorStatus;

export interface RequestBinding {
  oid: Oid;
  /** As it came, to be sent back with an error. */
  raw: Buffer;
}

export interface SnmpRequest {
  type: RequestType;
  requestId: number;
  /** Both 0 unless it is a `get-bulk`. */
  nonRepeaters: number;
  maxRepetitions: number;
  bindings: RequestBinding[];
}

export interface AnswerPdu {
  type: keyof typeof answerTags;
  requestId: number;
  status: ErrorStatus;
  /** Counted from 1; 0 when it is about no binding. */
  errorIndex: number;
  bindings: readonly Buffer[];
}

/** Throws on what is no request: responses and notifications too, which an agent does not take. */
export function decodeRequest(reader: BerReader): SnmpRequest {
  const tag = reader.peek();
  const type = (Object.keys(requestTags) as RequestType[]).find((name) => requestTags[name] === tag);
  if (type === undefined) {
    const text = `an SNMP message that is no request (tag ${tag})`;
    throw new PhaserLinkError({ code: 'snmp-no-request', retry: 'permanent', text });
  }
  const pdu = reader.enter(tag);
  const requestId = pdu.integer();
  const second = pdu.integer();
  const third = pdu.integer();
  const list = pdu.enter(berTags.sequence);
  const bindings: RequestBinding[] = [];
  while (!list.done) {
    const raw = list.whole();
    const binding = new BerReader(raw).enter(berTags.sequence);
    const oid = binding.oid();
    binding.whole();
    bindings.push({ oid, raw });
  }
  // RFC 3416 §4.2.3: a negative count counts as none.
  const [nonRepeaters, maxRepetitions] = type === 'get-bulk' ? [second, third] : [0, 0];
  return {
    type,
    requestId,
    nonRepeaters: Math.max(nonRepeaters, 0),
    maxRepetitions: Math.max(maxRepetitions, 0),
    bindings,
  };
}

export function encodeAnswer({ type, requestId, status, errorIndex, bindings }: AnswerPdu): Buffer {
  return tlv(
    answerTags[type],
    encodeInteger(requestId),
    encodeInteger(errorStatus[status]),
    encodeInteger(errorIndex),
    tlv(berTags.sequence, ...bindings),
  );
}

/** What a manager asks. */
export interface Question {
  type: Exclude<RequestType, 'set'>;
  requestId: number;
  /** Both 0 unless it is a `get-bulk`. */
  nonRepeaters: number;
  maxRepetitions: number;
  oids: readonly Oid[];
}

export function encodeQuestion({ type, requestId, nonRepeaters, maxRepetitions, oids }: Question): Buffer {
  const bindings = oids.map((oid) => tlv(berTags.sequence, encodeOid(oid), tlv(berTags.null)));
  return tlv(
    requestTags[type],
    encodeInteger(requestId),
    encodeInteger(nonRepeaters),
    encodeInteger(maxRepetitions),
    tlv(berTags.sequence, ...bindings),
  );
}

/** More than we ever ask for in one message. */
const maxAnswerBindings = 1000;

export interface SnmpAnswer {
  type: 'response' | 'report';
  requestId: number;
  /** One that we do not know is `genErr`. */
  status: ErrorStatus;
  /** Counted from 1; 0 when it is about no binding. */
  errorIndex: number;
  bindings: { oid: Oid; value: Answered }[];
}

/** Throws on what is no answer to a manager: requests and notifications too. */
export function decodeAnswer(reader: BerReader): SnmpAnswer {
  const tag = reader.peek();
  const type = (['response', 'report'] as const).find((name) => answerTags[name] === tag);
  if (type === undefined) {
    const text = `an SNMP message that is no answer (tag ${tag})`;
    throw new PhaserLinkError({ code: 'snmp-no-answer', retry: 'permanent', text });
  }
  const pdu = reader.enter(tag);
  const [requestId, statusNumber, errorIndex] = [pdu.integer(), pdu.integer(), pdu.integer()];
  const status = (Object.keys(errorStatus) as ErrorStatus[]).find(
    (name) => errorStatus[name] === statusNumber,
  );
  const list = pdu.enter(berTags.sequence);
  const bindings: SnmpAnswer['bindings'] = [];
  while (!list.done) {
    if (bindings.length === maxAnswerBindings) {
      throw new LimitError('the number of values in an SNMP answer', maxAnswerBindings, 'values');
    }
    const binding = list.enter(berTags.sequence);
    bindings.push({ oid: binding.oid(), value: decodeValue(binding) });
  }
  return { type, requestId, status: status ?? 'genErr', errorIndex, bindings };
}
