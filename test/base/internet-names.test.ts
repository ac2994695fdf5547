/** Host names and mail addresses: what passes, and what would smuggle a second one in. */
import { expect, it } from 'vitest';
import { isHost, isLoopback, isMailAddress, isSecureUrl } from '../../src/base/internet-names.js';

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

it.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['127.0.0.1.example.com', false],
  ['localhost.example.com', false],
])('whether %s is this machine', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it.each([
  ['https://login.example.com/token', true],
  ['https://login.example.com:8443/a?b=c', true],
  ['http://127.0.0.1:1234/token', true],
  ['http://[::1]/token', true],
  ['http://localhost/token', true],
  ['http://login.example.com/token', false],
  ['http://127.0.0.1.example.com/token', false],
  ['https://me:secret@login.example.com/', false],
  ['https://login.example.com/#end', false],
  ['ftp://login.example.com/', false],
  ['login.example.com/token', false],
  ['https://', false],
  ['', false],
])('whether %s may be sent secrets', (url, expected) => {
  expect(isSecureUrl(url)).toBe(expected);
});
