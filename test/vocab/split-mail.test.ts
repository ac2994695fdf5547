/** The words of split mail: what a piece is called, and which numbers are missing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberRanges, pieceMark, pieceName, withoutPieceMark } from '#vocab/split-mail.js';

it('a piece is called by its number, and by the total where that is known', () => {
  expect(pieceName({ number: 2, total: 5 })).toBe('piece 2 of 5');
  expect(pieceName({ number: 2, total: null })).toBe('piece 2');
});

describe('the mark at the end of a subject', () => {
  it.each([
    ['report (2/5)', 'report'],
    ['report(02/05) ', 'report'],
    ['report (3/5)', 'report (3/5)'],
    ['report (2/6)', 'report (2/6)'],
    ['report (2/5) draft', 'report (2/5) draft'],
    ['report (2/5) (2/5)', 'report (2/5)'],
    ['(2/5)', ''],
    ['report', 'report'],
  ])('of %j leaves %j of piece 2 of 5', (subject, name) => {
    expect(withoutPieceMark(subject, { number: 2, total: 5 })).toBe(name);
  });

  it('counts by its number alone where the total is not known', () => {
    expect(withoutPieceMark('report (2/6)', { number: 2, total: null })).toBe('report');
  });

  it('is what a sender puts there', () => {
    expect(withoutPieceMark(`report${pieceMark({ number: 2, total: 5 })}`, { number: 2, total: 5 })).toBe(
      'report',
    );
  });
});

describe('numbers in ranges', () => {
  it.each([
    [[], []],
    [[4], ['4']],
    [[1, 2, 3], ['1-3']],
    [
      [2, 4, 5, 6, 9],
      ['2', '4-6', '9'],
    ],
  ])('of %j are %j', (numbers, ranges) => {
    expect(numberRanges(numbers)).toEqual(ranges);
  });

  it('name every number and no other', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 })), (some) => {
        const numbers = some.toSorted((a, b) => a - b);
        const named = numberRanges(numbers).flatMap((range) => {
          const [first = 0, last = first] = range.split('-').map(Number);
          return Array.from({ length: last - first + 1 }, (_, index) => first + index);
        });
        expect(named).toEqual(numbers);
      }),
    );
  });
});
