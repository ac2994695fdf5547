/** How the mailbox fares, in a sentence for the administrator. */
import { isoTime } from '#base/clock.js';
import type { MailboxStatus } from '#vocab/mailbox-status.js';
import { oneLine } from './mail-text.js';

/** A server that should have looked again this long ago is not running. */
const overdueMs = 5 * 60_000;

export function describeStatus(
  { lastSuccessAt, nextTryAt, trouble }: MailboxStatus,
  now: number,
): { result: 'ok' | 'warning'; text: string } {
  const success = lastSuccessAt === null ? 'never emptied yet' : `last emptied ${isoTime(lastSuccessAt)}`;
  const isOverdue = nextTryAt !== null && now > nextTryAt + overdueMs;
  const next = isOverdue
    ? `; was due again ${isoTime(nextTryAt)}: the server does not run`
    : nextTryAt === null
      ? ''
      : `; next look ${isoTime(nextTryAt)}`;
  if (trouble === null) return { result: isOverdue ? 'warning' : 'ok', text: `${success}${next}` };
  const since = `failing since ${isoTime(trouble.since)}: ${oneLine(trouble.text)}`;
  return { result: 'warning', text: `${since}; ${success}${next}` };
}
