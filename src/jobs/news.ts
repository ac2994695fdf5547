/** Whether there is anything that people are to be told: asked after every batch of mails, and mostly there is not. */
import type { LedgerDatabase } from './ledger-database.js';
import { unreported } from './messages.js';
import { waiting } from './outbox.js';
import { untold } from './quarantine.js';
import { statement } from './statement.js';

const findNews = statement((database, _: object) =>
  database.selectNoFrom(({ or, exists }) =>
    or([
      exists(waiting(database).select('id')),
      exists(unreported(database).select('id')),
      exists(untold(database).select('message')),
    ]).as('is'),
  ),
);

/** Mails that wait, also for a later try, refusals that no summary has told of, and mails that came into quarantine. */
export function hasNews(database: LedgerDatabase): boolean {
  return findNews(database, {})[0]?.is === 1;
}
