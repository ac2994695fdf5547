/** UIDL and LIST put together, whatever a server makes of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinListing } from '#wire/pop3-listing.js';
import { assertLinear } from '../support/assert-linear.js';

const named = (...lines: [number, string][]) => lines.map(([number, uniqueId]) => ({ number, uniqueId }));
const sized = (...lines: [number, number][]) => lines.map(([number, octets]) => ({ number, octets }));

describe('a listing', () => {
  it('has every message that is named in any way, by number', () => {
    expect(joinListing(named([3, 'c'], [1, 'a']), sized([1, 10], [2, 20]))).toEqual({
      messages: [
        { number: 1, uniqueId: 'a', octets: 10 },
        { number: 2, uniqueId: null, octets: 20 },
        { number: 3, uniqueId: 'c', octets: 0 },
      ],
      oddities: [
        { text: 'messages that UIDL names and LIST does not', numbers: [3] },
        { text: 'messages that LIST names and UIDL does not', numbers: [2] },
      ],
    });
  });

  it('of a server without unique-ids has none, and that is no oddity of its messages', () => {
    expect(joinListing(null, sized([1, 10]))).toEqual({
      messages: [{ number: 1, uniqueId: null, octets: 10 }],
      oddities: [],
    });
  });

  it('relies on no unique-id that two messages have, or of which a message has two (ask 6)', () => {
    const { messages, oddities } = joinListing(
      named([1, 'same'], [2, 'same'], [3, 'one'], [3, 'other'], [4, 'twice'], [4, 'twice']),
      sized([1, 1], [2, 1], [3, 1], [4, 1]),
    );
    expect(messages.map(({ uniqueId }) => uniqueId)).toEqual([null, null, null, 'twice']);
    expect(oddities).toEqual([
      { text: 'messages that share their unique-id with another one', numbers: [1, 2] },
      { text: 'messages with more than one unique-id', numbers: [3] },
    ]);
  });

  it('never has a unique-id or a number twice, whatever the lines are', () => {
    const number = fc.integer({ min: 1, max: 6 });
    const lines = fc.array(fc.record({ number, uniqueId: fc.constantFrom('a', 'b', 'c', 'd') }));
    fc.assert(
      fc.property(lines, fc.array(fc.record({ number, octets: fc.nat() })), (uidl, list) => {
        const { messages } = joinListing(uidl, list);
        const numbers = messages.map((message) => message.number);
        const uniqueIds = messages.flatMap((message) => message.uniqueId ?? []);
        expect(numbers).toEqual([...new Set([...uidl, ...list].map((line) => line.number))].sort());
        expect(new Set(uniqueIds).size).toBe(uniqueIds.length);
        for (const message of messages.filter(({ uniqueId }) => uniqueId !== null)) {
          expect(
            uidl.filter((line) => line.uniqueId === message.uniqueId).map((line) => line.number),
          ).toEqual(expect.arrayContaining([message.number]));
        }
      }),
    );
  });

  it('takes the time of its lines', () => {
    assertLinear(1000, (size) => {
      const numbers = Array.from({ length: size }, (_, index) => index + 1);
      joinListing(
        named(...numbers.map((number): [number, string] => [number, `id${number % 7 === 0 ? 0 : number}`])),
        sized(...numbers.map((number): [number, number] => [number, 1])),
      );
    });
  });
});
