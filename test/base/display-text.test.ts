import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cleanForDisplay } from '#base/display-text.js';

it.each([
  ['one\r\n\ttwo\u2028three', 'one two three'],
  ['  a\u0000b\u007f\u0085c  ', 'a b c'],
  ['invoice\u202excod.exe', 'invoicexcod.exe'],
  ['a\u200e\u2066b\u200bc\ufeff', 'abc'],
  ['lone \ud83d surrogate \ude00', 'lone surrogate'],
  ['😀😀😀😀', '😀😀😀'],
  ['ab cd', 'ab'],
])('%j becomes %j', (text, expected) => {
  expect(cleanForDisplay(text, [...expected].length + (expected === 'ab' ? 1 : 0))).toBe(expected);
});

it('never gives more code points than asked for, a control, a direction or half a character', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 60 }),
      fc.nat(20),
      (text, max) => {
        const cleaned = cleanForDisplay(text, max);
        expect([...cleaned].length).toBeLessThanOrEqual(max);
        expect(cleaned).not.toMatch(/[\p{Cc}\p{Surrogate}\p{Bidi_Control}]/u);
        expect(cleaned).toBe(cleaned.trim());
      },
    ),
  );
});
