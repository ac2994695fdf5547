/** How the mailbox fares, in words: from its first look to a server that no longer runs. */
import { expect, it } from 'vitest';
import { describeStatus } from '../../src/report/mailbox-words.js';

const now = Date.UTC(2026, 0, 2, 12, 0, 0);
const minute = 60_000;
const well = {
  mailbox: 'printer@host:995',
  lastSuccessAt: now - minute,
  nextTryAt: now + minute,
  trouble: null,
};
const trouble = {
  since: now - 60 * minute,
  code: 'pop3-unreachable',
  text: 'cannot reach\r\nthe mail server',
};

it.each([
  [well, 'ok', 'last emptied 2026-01-02T11:59:00.000Z; next look 2026-01-02T12:01:00.000Z'],
  [{ ...well, nextTryAt: null }, 'ok', 'last emptied 2026-01-02T11:59:00.000Z'],
  [
    { ...well, nextTryAt: now - 6 * minute },
    'warning',
    'last emptied 2026-01-02T11:59:00.000Z; was due again 2026-01-02T11:54:00.000Z: the server does not run',
  ],
  [
    { ...well, trouble },
    'warning',
    'failing since 2026-01-02T11:00:00.000Z: cannot reach the mail server; last emptied 2026-01-02T11:59:00.000Z; next look 2026-01-02T12:01:00.000Z',
  ],
  [
    { ...well, lastSuccessAt: null, trouble, nextTryAt: null },
    'warning',
    'failing since 2026-01-02T11:00:00.000Z: cannot reach the mail server; never emptied yet',
  ],
])('%#', (status, result, text) => {
  expect(describeStatus(status, now)).toEqual({ result, text });
});
