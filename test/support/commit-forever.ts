/** A process that commits mails until it is killed, and says each job's number once it is durable. */
import { systemClock } from '#base/clock.js';
import { Ledger } from '../../src/jobs/ledger.js';
import { keepMail, mailCommit } from './ledger-house.js';

const [dataDir = '', start = '0'] = process.argv.slice(2);
const ledger = await Ledger.open({ dataDir, clock: systemClock });
const owner = { host: 'here', pid: process.pid, nonce: String(process.pid) };
const lease = await ledger.acquireLease('mailbox', owner, 60_000);

const mail = {
  to: 'alice@example.com',
  subject: 'received',
  text: 'received\n',
  inReplyTo: null,
  autoSubmitted: 'auto-replied' as const,
};
for (let n = Number(start); ; n++) {
  const { jobId } = await keepMail(ledger, lease, mailCommit(`mail-${n}`, { mails: [mail] }));
  await ledger.apply(lease, jobId ?? 0, { type: 'transforming-started' }, () => [mail]);
  process.stdout.write(`${jobId} mail-${n}\n`);
}
