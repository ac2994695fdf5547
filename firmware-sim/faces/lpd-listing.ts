/** What the LPD face says of the queue, in the words of `lpq`, and whose jobs a request removes. Pure. */
import { terminalJobStates } from '#vocab/job-states.js';
import type { LpdCommand } from '#wire/lpd.js';
import type { PrinterJob } from '../jobs/job.js';
import type { Machine } from '../machine/machine.js';
import { machineStatus } from '../machine/status.js';

type StateRequest = Extract<LpdCommand, { command: 'queue-state' }>;
type RemoveRequest = Extract<LpdCommand, { command: 'remove-jobs' }>;

/** RFC 1179 §5.3, §5.4: the form is the server's. Ours is BSD's, which `lpq` users and programs know. */
export function composeQueueState(
  { device, state }: Pick<Machine, 'device' | 'state'>,
  jobs: readonly PrinterJob[],
  { long, list }: Pick<StateRequest, 'long' | 'list'>,
): string {
  const { problem, doing } = machineStatus(state);
  const head = `${device.model} (simulated) is ${problem === null ? doing : `stopped: ${problem}`}\n`;
  let position = 0;
  const ranked = unfinished(jobs).map((job) => ({
    job,
    rank: job.state === 'pending' ? ordinal(++position) : standing(job),
  }));
  const shown = ranked.filter(({ job }) => list.length === 0 || isNamed(job, list));
  if (shown.length === 0) return `${head}no entries\n`;
  if (!long) {
    const lines = shown.map(({ job, rank }) =>
      row([rank, job.ticket.user, String(job.number), job.ticket.name], `${job.bytes} bytes`),
    );
    return `${head}${row(['Rank', 'Owner', 'Job', 'Files'], 'Total Size')}${lines.join('')}`;
  }
  const blocks = shown.map(({ job, rank }) => {
    const first = `${job.ticket.user}: ${rank}`.padEnd(40);
    const pages = job.pages > 0 ? `, ${job.pages} pages printed` : '';
    return `\n${first} [job ${job.number} ${job.ticket.host}]\n        ${job.ticket.name.padEnd(31)} ${job.bytes} bytes${pages}\n`;
  });
  return head + blocks.join('');
}

/**
 * RFC 1179 §5.5: an agent may remove what is its own, `root` everything. Whoever asks may call itself as it likes, so `root` is
 * believed only from a port that takes privileges; without a list it is the job in the machine.
 */
export function selectRemoved(
  jobs: readonly PrinterJob[],
  { agent, list }: Pick<RemoveRequest, 'agent' | 'list'>,
  remotePort: number,
): number[] {
  const everything = agent === 'root' && remotePort < 1024;
  const may = (job: PrinterJob) => everything || (agent !== '' && job.ticket.user === agent);
  const asked = (job: PrinterJob) => (list.length === 0 ? job.state === 'processing' : isNamed(job, list));
  return unfinished(jobs)
    .filter((job) => asked(job) && may(job))
    .map(({ number }) => number);
}

function unfinished(jobs: readonly PrinterJob[]): PrinterJob[] {
  return jobs.filter(({ state }) => !terminalJobStates.has(state));
}

/** A list names users and job numbers. */
function isNamed({ number, ticket }: PrinterJob, list: readonly string[]): boolean {
  return list.includes(String(number)) || list.includes(ticket.user);
}

function standing({ state, reasons }: PrinterJob): string {
  if (state !== 'pending-held') return 'active';
  return reasons.includes('job-incoming') ? 'coming' : 'held';
}

function ordinal(position: number): string {
  const teens = position % 100 > 10 && position % 100 < 14;
  return `${position}${teens ? 'th' : (['th', 'st', 'nd', 'rd'][position % 10] ?? 'th')}`;
}

/** The columns of `lpq`; what is longer is cut. */
const widths = [7, 11, 5, 37] as const;

function row(cells: readonly string[], last: string): string {
  const padded = cells.map((cell, at) => {
    const width = widths[at] ?? 0;
    return `${cell.slice(0, width - 1).padEnd(width)}`;
  });
  return `${padded.join('')} ${last}\n`;
}
