import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseOriginator } from '#wire/address.js';
import { assertLinear } from '../support/assert-linear.js';

const addressOf = (...values: string[]) => parseOriginator(values).mailbox?.address ?? null;
const problemOf = (...values: string[]) => parseOriginator(values).problem;

describe('one clear originator', () => {
  it.each([
    ['alice@example.com', ''],
    ['<Alice@Example.COM>', ''],
    ['Alice <alice@example.com>', 'Alice'],
    ['"Wonder, Alice \\"A\\"" <alice@example.com>', 'Wonder, Alice "A"'],
    ['Alice B. Wonder <alice@example.com>', 'Alice B. Wonder'],
    ['=?utf-8?q?J=C3=A4ne?= <alice@example.com>', 'Jäne'],
    ['Jäne <alice@example.com>', 'Jäne'],
    ['alice@example.com (Alice (of "Wonderland) @ <x>)', ''],
    ['(comment \\) mallory@example.net) Alice\t<alice@example.com>', 'Alice'],
    ['"mallory@example.net" <alice@example.com>', 'mallory@example.net'],
    ['Alice < alice@example.com >', 'Alice'],
  ])('is found in %s', (value, displayName) => {
    const { mailbox } = parseOriginator([value]);
    expect(mailbox?.address).toBe('alice@example.com');
    expect(mailbox?.displayName).toBe(displayName);
  });

  it('may hold every character of an atom', () => {
    expect(addressOf("a.b!#$%&'*+-/=^_`{|}~@x-1.example")).toBe("a.b!#$%&'*+-/=^_`{|}~@x-1.example");
  });
});

describe('what two readers could understand differently', () => {
  it.each([
    ['no From field', [], 'no From field'],
    ['two From fields', ['alice@example.com', 'alice@example.com'], '2 From fields'],
    ['nothing', [''], 'no address'],
    ['a name only', ['Alice'], 'no address'],
    ['an empty address', ['<>'], 'no address'],
    ['two addresses', ['alice@example.com, bob@example.com'], 'more than one'],
    ['two addresses in brackets', ['<alice@example.com>, <bob@example.com>'], 'more than one'],
    ['a group', ['Friends: alice@example.com;'], 'group'],
    ['a group with brackets', ['Friends: Alice <alice@example.com>;'], 'group'],
    ['a route', ['<@example.net,@b.example:alice@example.com>'], 'route'],
    ['an address before the address', ['alice@example.com <mallory@example.net>'], 'in front of'],
    ['text after the address', ['<alice@example.com> <mallory@example.net>'], 'goes on'],
    ['nested brackets', ['<<alice@example.com>>'], 'goes on'],
    ['brackets the wrong way', ['>alice@example.com<'], 'brackets'],
    ['an open bracket', ['<alice@example.com'], 'brackets'],
    ['an open comment', ['alice@example.com (x'], 'comment'],
    ['an open quote', ['"Alice <alice@example.com>'], 'quoted string'],
    ['an open literal', ['alice@[127.0.0.1'], 'literal'],
    ['a literal', ['alice@[127.0.0.1]'], 'domain name'],
    ['a comment in the address', ['alice@example.com(x).example.net'], 'comment'],
    ['a comment before the at sign', ['alice(x)@example.com'], 'comment'],
    ['a space in the address', ['alice @example.com'], 'space'],
    ['a quoted local part', ['"alice@example.com"@example.net'], 'quoted local part'],
    ['an unneeded quoted local part', ['"alice"@example.com'], 'quoted local part'],
    ['NUL', ['alice@example.com\u0000.example.net'], 'control'],
    ['a line end', ['alice@example.com\n'], 'control'],
    ['a C1 control', ['alice@example.com\u0085'], 'control'],
    ['a homoglyph', ['аlice@example.com'], 'not ASCII'],
    ['a hidden character', ['alice@exam\u200bple.com'], 'not ASCII'],
    ['an encoded word as address', ['=?utf-8?q?alice?=@example.com'], 'encoded word'],
    ['two at signs', ['alice@example.com@example.net'], 'malformed'],
    ['two dots', ['alice..b@example.com'], 'malformed'],
    ['a dot at the end', ['alice.@example.com'], 'malformed'],
    ['no domain', ['alice@'], 'malformed'],
    ['no local part', ['@example.com'], 'malformed'],
    ['a domain with a hyphen at its end', ['alice@example-.com'], 'malformed'],
    ['a backslash', ['alice\\@example.com'], 'stray'],
    ['a long local part', [`${'a'.repeat(65)}@example.com`], 'longer'],
    ['a long domain', [`a@${'b.'.repeat(130)}com`], 'longer'],
    ['a long field', [`${'a'.repeat(5000)} <alice@example.com>`], 'longer'],
  ])('%s is a problem', (_what, values, words) => {
    expect(addressOf(...values)).toBeNull();
    expect(problemOf(...values)).toContain(words);
  });
});

it('never throws, and gives no address with anything odd in it', () => {
  const pieces = fc.constantFrom(
    'a',
    '@',
    'b.c',
    '<',
    '>',
    '"',
    '(',
    ')',
    ',',
    ':',
    ';',
    '\\',
    '.',
    '[',
    ']',
    ' ',
    '=?',
    'é',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const { mailbox, problem } = parseOriginator([parts.join('')]);
      expect(mailbox === null).toBe(problem !== null);
      if (mailbox !== null) expect(mailbox.address).toMatch(/^[!-~]+@[a-z.]+$/);
    }),
    { numRuns: 2000 },
  );
});

it.each(['(', '((a)', '"a"', '\\', 'a,', '<', 'a.', '@', 'a-', ' '])(
  'costs what the field is long: %j',
  (unit) => {
    assertLinear(1000 / unit.length, (count) => parseOriginator([unit.repeat(count)]));
  },
);
