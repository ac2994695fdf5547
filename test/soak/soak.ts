/** The program `npm run soak`: hundreds of jobs through a server that is killed at every step, and what became of each. */
import { parseArgs } from 'node:util';
import { runSoak, type SoakReport } from './run-soak.js';

const usage = `npm run soak -- [--jobs 500] [--seed N] [--minutes N] [--kills N] [--no-troubles] [--json]
  --jobs N        how many jobs are mailed
  --minutes N     mails no more of them after so many minutes; nor after Ctrl-C
  --kills N       how many kills at least
  --seed N        the same seed plans the same jobs, faults and kills; moments differ
  --no-troubles   the printer itself does not fail
  --json          the report as JSON on standard output; progress goes to standard error
`;

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '500' },
    minutes: { type: 'string', default: '1440' },
    kills: { type: 'string', default: '0' },
    seed: { type: 'string' },
    troubles: { type: 'boolean', default: true },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowNegative: true,
});
if (values.help) {
  process.stdout.write(usage);
  process.exit();
}
const numbers = [values.jobs, values.kills, values.minutes, values.seed ?? String(Date.now() % 2 ** 31)].map(
  Number,
);
const [jobs = 0, minKills = 0, minutes = 0, seed = 0] = numbers;
if (!numbers.every((number) => Number.isSafeInteger(number) && number >= 0) || jobs === 0) {
  process.stderr.write(usage);
  process.exit(2);
}
const enough = new AbortController();
process.once('SIGINT', () => enough.abort());
const timer = setTimeout(() => enough.abort(), minutes * 60_000);
const report = await runSoak({
  enough: enough.signal,
  ...{ jobs, minKills, seed, troubles: values.troubles },
  report: (line) => process.stderr.write(`${line}\n`),
});
clearTimeout(timer);
process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : describe(report));
process.exitCode = report.faults.length === 0 ? 0 : 1;

function describe(report: SoakReport): string {
  const { faults, folder, seed, seconds, killsBy, kills } = report;
  const lines = [
    `${report.jobs} jobs, ${report.pages} pages, ${kills} kills in ${seconds} s (seed ${seed})`,
    `printed exactly once     ${report.printedOnce} (${report.afterAnAnswer} of them with a sender's answer)`,
    `canceled and unprinted   ${report.canceledUnprinted}`,
    `held as outcome-unknown  ${report.outcomeUnknown} (all pages there: ${report.unknownAll}, some: ${report.unknownSome}, none: ${report.unknownNone})`,
    `duplicates               ${report.duplicates}`,
    `losses                   ${report.losses}`,
    `mails to senders         ${report.letters}, and ${report.lettersAgain} of them again with the same Message-ID`,
    `the printer's troubles   ${listed(report.troubles)}`,
    'killed',
    ...Object.entries(killsBy).map(([place, times]) => `  ${String(times).padStart(5)}  ${place}`),
  ];
  if (faults.length > 0) lines.push(`FAILED, seed ${seed}; everything is kept in ${folder}:`, ...faults);
  return `${lines.join('\n')}\n`;
}

function listed(counts: Record<string, number>): string {
  return (
    Object.entries(counts)
      .map(([name, times]) => `${name} ${times}`)
      .join(', ') || 'none'
  );
}
