/** What an agent answers to a request, by the text of RFC 3416 §4.2 and, for version 1, RFC 3584 §4. Everything is read-only. */
import type { MibView } from './mib-view.js';
import type { AnswerPdu, ErrorStatus, SnmpRequest } from './snmp-pdu.js';
import { type Exception, encodeExceptionBinding } from './snmp-values.js';

export interface AnswerRules {
  /** Knows no exceptions and no Counter64. */
  version1: boolean;
  /** How many bytes the bindings of an answer may have. */
  maxBindingBytes: number;
  /** Fewer for GETBULK, which asks for much with few bytes. */
  maxBulkBytes: number;
}

/** Null when there is nothing to say: version 1 has no GETBULK. */
export function answerRequest(view: MibView, request: SnmpRequest, rules: AnswerRules): AnswerPdu | null {
  switch (request.type) {
    case 'get':
      return answerEach(request, rules, ({ oid }) => view.find(oid), view);
    case 'get-next':
      return answerEach(request, rules, ({ oid }) => follow(view, view.after(oid), rules), view);
    case 'get-bulk':
      return rules.version1 ? null : answerBulk(view, request, rules);
    case 'set':
      // RFC 3416 §4.2.5 (1); RFC 3584 §4.4 makes noSuchName of it.
      return failure(request, rules.version1 ? 'noSuchName' : 'noAccess', 1);
  }
}

/** The index, or the next one that this version can be told of (RFC 3584 §4.2.2.1). */
function follow(view: MibView, found: number | Exception, { version1 }: AnswerRules): number | Exception {
  let index = found;
  while (version1 && typeof index === 'number' && view.valueAt(index).type === 'counter64') {
    index = view.orEnd(index + 1);
  }
  return index;
}

function answerEach(
  request: SnmpRequest,
  rules: AnswerRules,
  look: (binding: SnmpRequest['bindings'][number]) => number | Exception,
  view: MibView,
): AnswerPdu {
  const bindings: Buffer[] = [];
  let bytes = 0;
  for (const [position, asked] of request.bindings.entries()) {
    const found = look(asked);
    if (rules.version1) {
      const unknown = typeof found !== 'number' || view.valueAt(found).type === 'counter64';
      if (unknown) return failure(request, 'noSuchName', position + 1);
    }
    const binding =
      typeof found === 'number' ? view.bindingAt(found) : encodeExceptionBinding(asked.oid, found);
    bytes += binding.length;
    if (bytes > rules.maxBindingBytes) return tooBig(request, rules);
    bindings.push(binding);
  }
  return success(request, bindings);
}

/** RFC 3416 §4.2.3, ended early where the answer is full: however many repetitions are asked for, it costs no more. */
function answerBulk(view: MibView, request: SnmpRequest, rules: AnswerRules): AnswerPdu {
  const bindings: Buffer[] = [];
  let bytes = 0;
  /** False when there is no room for it. */
  const add = (binding: Buffer): boolean => {
    bytes += binding.length;
    if (bytes > rules.maxBulkBytes) return false;
    bindings.push(binding);
    return true;
  };
  const single = request.bindings.slice(0, request.nonRepeaters);
  for (const { oid } of single) {
    const found = view.after(oid);
    if (!add(typeof found === 'number' ? view.bindingAt(found) : encodeExceptionBinding(oid, found))) {
      return success(request, bindings);
    }
  }
  const repeated = request.bindings.slice(single.length).map(({ oid }) => ({ oid, found: view.after(oid) }));
  for (let repetition = 0; repetition < request.maxRepetitions; repetition++) {
    let ended = true;
    for (const column of repeated) {
      const { found } = column;
      if (typeof found !== 'number') {
        if (!add(encodeExceptionBinding(column.oid, found))) return success(request, bindings);
        continue;
      }
      if (!add(view.bindingAt(found))) return success(request, bindings);
      ended = false;
      column.oid = view.oidAt(found);
      column.found = view.orEnd(found + 1);
    }
    if (ended) break;
  }
  return success(request, bindings);
}

function success(request: SnmpRequest, bindings: readonly Buffer[]): AnswerPdu {
  return { type: 'response', requestId: request.requestId, status: 'noError', errorIndex: 0, bindings };
}

/** RFC 3416 §4.2.1: without bindings; RFC 1157 §4.1.2: with those of the request. */
function tooBig(request: SnmpRequest, { version1 }: AnswerRules): AnswerPdu {
  if (version1) return failure(request, 'tooBig', 0);
  return { ...failure(request, 'tooBig', 0), bindings: [] };
}

export function failure(request: SnmpRequest, status: ErrorStatus, errorIndex: number): AnswerPdu {
  const bindings = request.bindings.map(({ raw }) => raw);
  return {
    type: 'response',
    requestId: request.requestId,
    status,
    errorIndex: Math.min(errorIndex, bindings.length),
    bindings,
  };
}
