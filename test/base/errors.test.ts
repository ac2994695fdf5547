/** Whose fault an error is. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isSystemError, LimitError } from '#base/errors.js';

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

it.each([
  ['a failed system call', () => readFileSync('/nowhere/at/all'), true],
  ['a mistake in the program', () => Buffer.alloc(-1), false],
])('whether %s is the system’s trouble', (_what, run, expected) => {
  expect(isSystemError(thrownBy(run))).toBe(expected);
});

it('a limit that a mail passes is the mail’s', () => {
  expect(isSystemError(new LimitError('a mail', 1, 'byte'))).toBe(false);
});
