/** The answers are those of RFC 3416 §4.2 and RFC 3584 §4, counted by hand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareOids, type Oid } from '#wire/ber.js';
import { type MibEntry, MibView } from '#wire/mib-view.js';
import { answerRequest } from '#wire/snmp-answer.js';
import { integer, octets } from '#wire/snmp-values.js';
import { assertLinear } from '../support/assert-linear.js';
import { readBindings, request } from '../support/snmp-view.js';

const tag = { integer: 2, noSuchObject: 0x80, noSuchInstance: 0x81, endOfMibView: 0x82 };

/** Columns 1.3.1, 1.3.2 and 1.3.3 of three rows; 1.3.4 has none. */
const table = new MibView({
  objects: [1, 2, 3, 4].map((column) => [1, 3, column]),
  entries: [1, 2, 3].flatMap((column) => [1, 2, 3].map((row) => entry([1, 3, column, row]))),
});
const rules = { version1: false, maxBindingBytes: 1000, maxBulkBytes: 1000 };
const version1 = { ...rules, version1: true };

function entry(oid: Oid): MibEntry {
  return { oid, value: integer(oid.at(-1) ?? 0) };
}

function ask(...[type, oids, second, third]: Parameters<typeof request>) {
  return readBindings(answerRequest(table, request(type, oids, second, third), rules)?.bindings ?? []);
}

describe('GET', () => {
  it('tells a missing row from a missing object (RFC 3416 §4.2.1)', () => {
    expect(ask('get', ['1.3.1.2', '1.3.1.9', '1.3.4.1', '1.3.5.1', '1.3.1'])).toEqual([
      ['1.3.1.2', tag.integer],
      ['1.3.1.9', tag.noSuchInstance],
      ['1.3.4.1', tag.noSuchInstance],
      ['1.3.5.1', tag.noSuchObject],
      ['1.3.1', tag.noSuchObject],
    ]);
  });
});

describe('GETNEXT', () => {
  it('goes from column to column to the end (RFC 3416 §4.2.2)', () => {
    expect(ask('get-next', ['1.3', '1.3.1.3', '1.3.1.1.7', '1.3.3.3', '2.1'])).toEqual([
      ['1.3.1.1', tag.integer],
      ['1.3.2.1', tag.integer],
      ['1.3.1.2', tag.integer],
      ['1.3.3.3', tag.endOfMibView],
      ['2.1', tag.endOfMibView],
    ]);
  });
});

describe('GETBULK (RFC 3416 §4.2.3)', () => {
  it('counts repetitions for each repeater, and non-repeaters apart', () => {
    expect(ask('get-bulk', ['1.3.1', '1.3.2'], 1, 1)).toEqual([
      ['1.3.1.1', tag.integer],
      ['1.3.2.1', tag.integer],
    ]);
    expect(ask('get-bulk', ['1.3.1', '1.3.2', '1.3.3'], 0, 3).map(([oid]) => oid)).toEqual([
      '1.3.1.1',
      '1.3.2.1',
      '1.3.3.1',
      '1.3.1.2',
      '1.3.2.2',
      '1.3.3.2',
      '1.3.1.3',
      '1.3.2.3',
      '1.3.3.3',
    ]);
  });

  it('answers no repetition with the non-repeaters, and negative counts as none', () => {
    expect(ask('get-bulk', ['1.3.1', '1.3.2'], 1, 0)).toEqual([['1.3.1.1', tag.integer]]);
    expect(ask('get-bulk', ['1.3.1'], -5, -5)).toEqual([]);
    expect(ask('get-bulk', ['1.3.1'], 5, 9)).toEqual([['1.3.1.1', tag.integer]]);
  });

  it('ends with a repetition of nothing but ends, under the last name of each', () => {
    expect(ask('get-bulk', ['1.3.3.2', '1.3.3.3'], 0, 100)).toEqual([
      ['1.3.3.3', tag.integer],
      ['1.3.3.3', tag.endOfMibView],
      ['1.3.3.3', tag.endOfMibView],
      ['1.3.3.3', tag.endOfMibView],
    ]);
  });

  it('is cut where the answer is full, whatever number is asked for', () => {
    const bulk = request('get-bulk', ['1.3.1'], 0, 2 ** 31 - 1);
    const answer = answerRequest(table, bulk, { ...rules, maxBulkBytes: 50 });
    expect(answer).toMatchObject({ status: 'noError', errorIndex: 0 });
    expect(answer?.bindings).toHaveLength(5);
    const nothing = request('get-bulk', [], 0, 2 ** 31 - 1);
    expect(answerRequest(table, nothing, rules)?.bindings).toEqual([]);
  });

  it('is nothing that version 1 has', () => {
    expect(answerRequest(table, request('get-bulk', ['1.3.1'], 0, 3), version1)).toBeNull();
  });
});

describe('an answer that is too big', () => {
  const much = request('get', Array(200).fill('1.3.1.1'));

  it('says so without bindings, and in version 1 with those of the request', () => {
    expect(answerRequest(table, much, rules)).toMatchObject({
      status: 'tooBig',
      errorIndex: 0,
      bindings: [],
    });
    const answer = answerRequest(table, much, version1);
    expect(answer).toMatchObject({ status: 'tooBig', errorIndex: 0 });
    expect(answer?.bindings).toEqual(much.bindings.map(({ raw }) => raw));
  });
});

describe('version 1', () => {
  const mixed = new MibView({
    objects: [],
    entries: [
      entry([1, 3, 1, 0]),
      { oid: [1, 3, 2, 0], value: { type: 'counter64', value: 9n } },
      entry([1, 3, 3, 0]),
      { oid: [1, 3, 4, 0], value: () => ({ type: 'counter64', value: 9n }) },
    ],
  });

  it.each([
    ['get', '1.3.9.0'],
    ['get', '1.3.2.0'],
    ['get-next', '1.3.3.0'],
  ] as const)('hears noSuchName and its own bindings for %s %s', (type, oid) => {
    const asked = request(type, ['1.3.1.0', oid]);
    const answer = answerRequest(mixed, asked, version1);
    expect(answer).toMatchObject({ status: 'noSuchName', errorIndex: 2 });
    expect(answer?.bindings).toEqual(asked.bindings.map(({ raw }) => raw));
  });

  it('is led past a Counter64 (RFC 3584 §4.2.2.1)', () => {
    const answer = answerRequest(mixed, request('get-next', ['1.3.1.0']), version1);
    expect(readBindings(answer?.bindings ?? [])).toEqual([['1.3.3.0', tag.integer]]);
  });
});

it('refuses every SET, in the words of the version', () => {
  expect(answerRequest(table, request('set', ['1.3.1.1']), rules)).toMatchObject({
    status: 'noAccess',
    errorIndex: 1,
  });
  expect(answerRequest(table, request('set', ['1.3.1.1']), version1)).toMatchObject({
    status: 'noSuchName',
    errorIndex: 1,
  });
});

describe('a view', () => {
  const name = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 });

  it('finds and follows as a search through all its names would', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { selector: (oid) => oid.join('.') }), name, (names, asked) => {
        const view = new MibView({ objects: [], entries: names.map((oid) => ({ oid, value: octets('x') })) });
        const sorted = [...names].sort(compareOids);
        const found = view.find(asked);
        expect(typeof found === 'number' ? view.oidAt(found) : undefined).toEqual(
          sorted.find((oid) => compareOids(oid, asked) === 0),
        );
        const next = view.after(asked);
        expect(typeof next === 'number' ? view.oidAt(next) : undefined).toEqual(
          sorted.find((oid) => compareOids(oid, asked) > 0),
        );
      }),
    );
  });

  it('is walked at a cost in proportion to its size', () => {
    assertLinear(2000, (size) => {
      const view = new MibView({
        objects: [],
        entries: Array.from({ length: size }, (_, row) => entry([1, 3, row])),
      });
      let at: number | string = view.after([1]);
      while (typeof at === 'number') at = view.after(view.oidAt(at));
    });
  });
});
