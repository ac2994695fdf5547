/** What a manager asks for, question by question, of agents that keep to the standard, and of agents that do not. */
import { describe, expect, it } from 'vitest';
import { BerReader, encodeOid, type Oid, parseOid } from '#wire/ber.js';
import type { MibReading } from '#wire/mib-reading.js';
import { MibView } from '#wire/mib-view.js';
import { MibWalk, type Wanted } from '#wire/mib-walk.js';
import { answerRequest } from '#wire/snmp-answer.js';
import type { SnmpVersion } from '#wire/snmp-community.js';
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeQuestion,
  type SnmpAnswer,
} from '#wire/snmp-pdu.js';
import { integer } from '#wire/snmp-values.js';

/** A table of two columns, and what stands before and behind it. */
const table = {
  base: parseOid('1.3.6.1.9.2.1'),
  objects: { first: [1, 'integer'], second: [2, 'integer'] },
} as const;
const scalars = {
  base: parseOid('1.3.6.1.9.1'),
  objects: { one: [1, 'integer'], three: [3, 'integer'] },
} as const;
const [first, second] = [parseOid('1.3.6.1.9.2.1.1'), parseOid('1.3.6.1.9.2.1.2')];

function view(rows: number): MibView {
  const entries = [1, 2].flatMap((column) =>
    Array.from({ length: rows }, (_, row) => ({
      oid: [...table.base, column, 1, row + 1],
      value: integer(column * 1000 + row),
    })),
  );
  return new MibView({
    objects: [],
    entries: [
      { oid: parseOid('1.3.6.1.9.1.1.0'), value: integer(11) },
      { oid: parseOid('1.3.6.1.9.1.3.0'), value: integer(33) },
      ...entries,
      { oid: parseOid('1.3.6.1.9.3.0'), value: integer(99) },
    ],
  });
}

type Question = NonNullable<ReturnType<MibWalk['next']>>;

/** Asks until all has been read; how often. */
function walk(
  wanted: Wanted,
  version: SnmpVersion,
  answer: (question: Question) => SnmpAnswer,
): { reading: MibReading; questions: Question[] } {
  const asking = new MibWalk(wanted, version);
  const questions: Question[] = [];
  for (let question = asking.next(); question !== null; question = asking.next()) {
    questions.push(question);
    if (questions.length > 2000) expect.fail('it does not come to an end');
    asking.take(answer(question));
  }
  return { reading: asking.reading, questions };
}

/** Our agent's answers, as they come over the wire. */
function agent(mib: MibView, version1: boolean, maxBytes = 1400) {
  return (question: Question): SnmpAnswer => {
    const asked = decodeRequest(new BerReader(encodeQuestion({ ...question, requestId: 1 })));
    const rules = { version1, maxBindingBytes: maxBytes, maxBulkBytes: maxBytes };
    const answer = answerRequest(mib, asked, rules) ?? expect.fail('no answer');
    return decodeAnswer(new BerReader(encodeAnswer(answer)));
  };
}

const response = (bindings: SnmpAnswer['bindings']): SnmpAnswer => ({
  type: 'response',
  requestId: 1,
  status: 'noError',
  errorIndex: 0,
  bindings,
});

const all: Wanted = {
  values: ['1.3.6.1.9.1.1.0', '1.3.6.1.9.1.2.0', '1.3.6.1.9.1.3.0'].map(parseOid),
  columns: [first, second],
};

function read(reading: MibReading) {
  const [scalar] = reading.rows(scalars);
  return {
    scalars: [scalar?.number('one'), scalar?.number('three')],
    rows: reading.rows(table).map((row) => [row.index.join('.'), row.number('first'), row.number('second')]),
  };
}

const threeRows = {
  scalars: [11, 33],
  rows: [
    ['1.1', 1000, 2000],
    ['1.2', 1001, 2001],
    ['1.3', 1002, 2002],
  ],
};

describe('an agent of the standard', () => {
  it.each([
    ['2c', 1],
    ['3', 1],
    ['1', 4],
  ] as const)('of version %s is read in %i questions', (version, count) => {
    const { reading, questions } = walk(all, version, agent(view(3), version === '1'));
    expect(read(reading)).toEqual(threeRows);
    expect(questions).toHaveLength(count);
  });

  it.each(['1', '2c'] as const)('of version %s may have nothing of it', (version) => {
    const { reading, questions } = walk(all, version, agent(new MibView(), version === '1'));
    expect(read(reading)).toEqual({ scalars: [undefined, undefined], rows: [] });
    expect(questions.length).toBeLessThanOrEqual(6);
  });

  it.each(['1', '2c'] as const)('of version %s may have room for little in an answer', (version) => {
    const { reading } = walk(all, version, agent(view(3), version === '1', 45));
    expect(read(reading)).toEqual(threeRows);
  });

  it('is asked for the rest of a long table', () => {
    const { reading, questions } = walk(all, '2c', agent(view(50), false));
    expect(read(reading).rows).toHaveLength(50);
    expect(questions).toHaveLength(9);
  });
});

describe('an agent that does not keep to the standard', () => {
  it('has a table without end: the first rows of it are read', () => {
    const { reading, questions } = walk(all, '2c', agent(view(10_000), false));
    expect(read(reading).rows).toHaveLength(200);
    expect(questions.length).toBeLessThan(40);
  });

  it('goes in circles, and is not followed', () => {
    const inCircles = (question: Question) =>
      response(question.oids.map((oid) => ({ oid: [...oid.slice(0, 7), 1, 1], value: integer(5) })));
    const { questions } = walk({ values: [], columns: [first, second] }, '1', inCircles);
    expect(questions.length).toBeLessThanOrEqual(2);
    const standsStill = (question: Question) =>
      response(question.oids.map((oid) => ({ oid, value: integer(5) })));
    expect(walk(all, '2c', standsStill).questions).toHaveLength(1);
  });

  it('answers with nothing, or with less than what was asked', () => {
    expect(walk(all, '2c', () => response([])).questions.length).toBeLessThanOrEqual(2);
    const whole = agent(view(3), false);
    const { reading } = walk(all, '2c', (question) => {
      const answer = whole(question);
      return { ...answer, bindings: answer.bindings.slice(0, 1) };
    });
    expect(read(reading)).toEqual(threeRows);
  });

  it('cannot do GETBULK, and is asked without', () => {
    const version1 = agent(view(3), false);
    const { reading } = walk(all, '2c', (question) =>
      question.type === 'get-bulk' ? { ...response([]), status: 'genErr' } : version1(question),
    );
    expect(read(reading)).toEqual(threeRows);
  });

  it.each([
    ['an error without a place', { status: 'genErr', errorIndex: 0 }],
    ['an error at a place that was not asked', { status: 'genErr', errorIndex: 99 }],
    ['too big for ever', { status: 'tooBig', errorIndex: 0 }],
    ['no such name', { status: 'noSuchName', errorIndex: 1 }],
  ] as const)('answers everything with %s', (_words, error) => {
    const { reading, questions } = walk(all, '2c', () => ({ ...response([]), ...error }));
    expect(read(reading).rows).toEqual([]);
    expect(questions.length).toBeLessThan(20);
  });

  it('finds one thing wrong, and the rest is read', () => {
    const good = agent(view(3), true);
    const wrong = encodeOid(second).toString('hex');
    const { reading } = walk(all, '1', (question) => {
      const place = question.oids.findIndex(
        (oid: Oid) => encodeOid(oid.slice(0, 8)).toString('hex') === wrong,
      );
      return place < 0 ? good(question) : { ...response([]), status: 'genErr', errorIndex: place + 1 };
    });
    expect(read(reading).rows).toEqual([
      ['1.1', 1000, null],
      ['1.2', 1001, null],
      ['1.3', 1002, null],
    ]);
  });
});
