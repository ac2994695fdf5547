/** docs/reliability.md: what is promised, how it is kept, and the fault table that the tests hold. */
import { type FaultRow, faultTable, type Standing } from './fault-table.js';

const promise = `<!-- Written by "npm run docs" out of test/support/fault-table.ts and reliability-doc.ts; edit those. -->
# Reliability: never twice, never lost

What is promised: **a job is printed exactly once, or it is held as \`outcome-unknown\` and its sender is asked.** It is never printed a second time on a guess, and no mail is gone from its server before it has become a job, a refusal or
a mail in quarantine that is on disk.

## How

* **Evidence before paper.** The printer is asked for its page counter first. Then the attempt is written down, with that counter, synced; only then goes the first byte. While the job prints, what the printer says is kept. At the end it
  has to answer a question with a number that nobody can guess, and to tell its counter again.
* **The evidence decides, and nothing else.** When the end was not heard, because the connection broke, the server was killed or the disk was full, the printer is asked for its counter as soon as it is free. No page since: nothing came out, it is
  printed again, three times at the most. Just the pages that the job should have: it was printed. Anything else, or a counter that cannot be believed: nobody can know, and whoever can look into the tray is asked.
* **Every change of a job is an event in the ledger**, committed with the mails that tell of it. \`phaserlink check\` has the ledger prove that they fit together.
* **Durable before acknowledged.** Mail is deleted on its server after the commit. A mail of ours that was sent, but not noted as sent, goes out again with the same Message-ID.

What it rests on: a printer that counts its pages, tells the counter over the connection that it prints from, and does not print for others between our last byte and our question, or else the counter jumps and we have to ask. A disk that keeps what it
has confirmed. The tests kill processes and not machines; a power cut of the server's own machine is tried on copies of the ledger as it was synced last (\`test/jobs/power-cut.test.ts\`). That what was synced stays is the file system's word. When a sync fails, \`phaserlink serve\` ends with \`ledger-failed\`, since nobody knows what is on the disk: check it and start the server again; mail that was not kept is still on its server.

## When something goes wrong while a job prints

Each row is a test (\`test/main-line/reliability.test.ts\`) with the simulated Phaser 740 and Ghostscript, which holds state, reasons, pages and mails to what is written here. The job has three pages; its sender wants *Job Printed* and *On Error*.
`;

const behind = `
Mails are quoted in part. What people can say, by reply or by command, is in [jobs.md](jobs.md).

## When the server is killed

With \`kill -9\`, at a step that is hit exactly: the server hangs there on one of its wires, and is killed.

| killed | what becomes of the job | test |
|---|---|---|
| while mail is fetched; before DELE, QUIT, or QUIT's answer | printed once; a mail that comes again is known | \`test/crash/kill-fetch.test.ts\` |
| while pieces of split mail come, while they are joined | no piece is lost or counts twice; printed once | \`test/crash/kill-split.test.ts\` |
| before the printer is asked, before and after the attempt is written down, before the first page | printed once | \`test/crash/kill-print.test.ts\` |
| with some pages out | held as \`outcome-unknown\`, its sender asked; not printed again at any later start | \`test/crash/kill-print.test.ts\` |
| with all pages out, before the end-of-job marker or its answer | completed, the counter proves it | \`test/crash/kill-print.test.ts\` |
| before, within and after a mail of ours | it comes, perhaps twice with one Message-ID; nothing is printed again | \`test/crash/kill-tell.test.ts\` |
| the process that reads mail, with the server or alone | no process is left; the mail is read again | \`test/crash/kill-reader.test.ts\` |

## The soak

\`\`\`
npm run soak -- --jobs 500
\`\`\`

mails hundreds of jobs (one or several documents, split mail, some held and released, copied or canceled by reply) through a real Dovecot to a server that is killed before and after each kind of commit, sync and rename in turn, the least visited first,
and every fourth time at any moment; meanwhile the simulated printer jams, runs out of paper, loses its power, or its connection is reset, and somebody mends it. Senders look into the tray and answer what they are asked. At the end the judge counts the page pictures in the printer's
tray, where each page of each job has a size of its own, and not what our ledger says: every job exactly once, or held as unknown with no page twice; every sender's last mail true, none told twice; mailbox and
outbox empty, no half file, no process left, \`phaserlink check\` content. Measured on two cores (2026-11-26, Node 20): 500 jobs, 1,556 pages, 373 troubles of the printer and 142 kills in 13 minutes, 46 of the kills at a
durable step and 96 at any moment: 463 printed once, 16 canceled, 21 held as unknown with some of their pages there, none twice, none lost; and before that 400 jobs with 106 kills in 10 minutes: 377, 15, 8, none and none. A run that finds a fault prints its seed and keeps its folder. \`--json\` tells the report as JSON; \`--seed\`, \`--minutes\` and \`--no-troubles\` are there, too. A short one runs
with the tests (\`test/crash/soak.test.ts\`).
`;

export function formatReliability(): string {
  const rows: FaultRow[] = Object.values(faultTable);
  const table = [
    ['what goes wrong', 'the job meanwhile', 'its end', 'paper', 'mails', 'what happens next'],
    Array.from({ length: 6 }, () => '---'),
    ...rows.map((row) => [
      row.fault,
      row.meanwhile === null ? '' : standing(row.meanwhile),
      `${standing(row.end)}; ${row.end.confirmed ?? 'unknown'} confirmed`,
      row.paper === 1 ? '1 page' : `${row.paper} pages`,
      row.mails.map(({ to, words }) => `${to}: “… ${words} …”`).join('<br>'),
      row.next,
    ]),
  ];
  return `${promise}\n${table.map((cells) => `| ${cells.join(' | ')} |\n`).join('')}${behind}`;
}

function standing({ state, reasons }: Standing): string {
  return [state, ...reasons].map((word) => `\`${word}\``).join(' ');
}
