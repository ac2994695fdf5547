/** Host names and mail addresses: what passes, and what would smuggle a second one in. */
import { expect, it } from 'vitest';
import { isHost, isMailAddress } from '../../src/base/internet-names.js';

it.each([
  ['me@localhost', true],
  ["o'neil+x@mail.example.com", true],
  ['me@exa mple.com', false],
  ['me@example.com\r\nBcc: you@example.com', false],
  ['me@example.com, you@example.com', false],
  ['Me <me@example.com>', false],
  ['@example.com', false],
  ['me@', false],
  [`${'x'.repeat(250)}@example.com`, false],
])('the address %j', (address, expected) => {
  expect(isMailAddress(address)).toBe(expected);
});

it.each([
  ['localhost', true],
  ['mail.example.com.', true],
  ['10.0.0.7', true],
  ['::1', true],
  ['drucker.büro.example', true],
  ['[::1]', false],
  ['mail.example.com:25', false],
  ['-mail', false],
  ['two words', false],
  ['', false],
])('the host %j', (host, expected) => {
  expect(isHost(host)).toBe(expected);
});
