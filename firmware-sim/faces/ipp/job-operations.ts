/** The operations on jobs that are there: look at them, cancel, hold and release them. */
import { groupTags } from '#vocab/ipp-tags.js';
import { type JobState, terminalJobStates } from '#vocab/job-states.js';
import {
  attribute,
  booleanValue,
  findAttribute,
  type IppAttribute,
  integer,
  keyword,
  numberValue,
  stringValue,
  stringValues,
} from '#wire/ipp-message.js';
import type { PrinterJob } from '../../jobs/job.js';
import type { Printer } from '../../printer.js';
import { bad, targetJob } from './check-request.js';
import { type IppContext, IppRefusal, type IppRequest, type Operation } from './ipp-context.js';
import { defaultJobAttributes, jobAttributes, toldState } from './job-attributes.js';
import { templateNames } from './job-template.js';
import { whichJobs } from './printer-attributes.js';

/** Throws IppRefusal. */
export function findJob({ printer }: IppContext, number: number): PrinterJob {
  const job = printer.queue.find(number);
  if (job === undefined) throw new IppRefusal('client-error-not-found', `there is no job ${number}`);
  return job;
}

export const getJobAttributes: Operation = (request, context) => {
  const job = findJob(context, targetJob(request));
  const wanted = wantedAttributes(request) ?? everything;
  return { status: 'successful-ok', groups: [jobGroup(job, wanted, request, context)] };
};

export const getJobs: Operation = (request, context) => {
  const { operation } = request;
  const wanted = wantedAttributes(request) ?? ((name: string) => defaultJobAttributes.has(name));
  const limit = numberValue(operation, 'limit') ?? Number.POSITIVE_INFINITY;
  if (limit < 1) throw bad('limit has to be at least 1');
  const jobs = chooseJobs(request, context.printer).slice(0, limit);
  return { status: 'successful-ok', groups: jobs.map((job) => jobGroup(job, wanted, request, context)) };
};

export const cancelJob: Operation = (request, context) => {
  const job = findJob(context, targetJob(request));
  cancelOne(context, job.number);
  return { status: 'successful-ok' };
};

/** PWG 5100.11 §4.2: all jobs of the one who asks, or those that he names. */
export const cancelMyJobs: Operation = (request, context) => {
  const { operation } = request;
  const user = stringValue(operation, 'requesting-user-name') ?? '';
  const named = findAttribute(operation, 'job-ids')?.values.flatMap((value) =>
    value.type === 'integer' ? [value.value] : [],
  );
  const mine = context.printer.queue.list().filter(({ ticket }) => ticket.user === user);
  const strange = named?.filter((number) => !mine.some((job) => job.number === number)) ?? [];
  if (strange.length > 0) {
    throw new IppRefusal('client-error-not-found', `${user} has no job ${strange.join(', ')}`, [
      attribute('job-ids', ...strange.map(integer)),
    ]);
  }
  for (const { number, state } of mine) {
    if (!terminalJobStates.has(state) && (named?.includes(number) ?? true)) cancelOne(context, number);
  }
  return { status: 'successful-ok' };
};

export const holdJob: Operation = (request, context) => {
  const job = findJob(context, targetJob(request));
  const until = stringValue(request.operation, 'job-hold-until') ?? 'indefinite';
  if (until === 'no-hold') return releaseJob(request, context);
  if (until !== 'indefinite') {
    throw new IppRefusal('client-error-attributes-or-values-not-supported', `not held until ${until}`, [
      attribute('job-hold-until', keyword(until)),
    ]);
  }
  if (!context.printer.queue.hold(job.number)) throw notPossible(job, 'held');
  return { status: 'successful-ok' };
};

export const releaseJob: Operation = (request, context) => {
  const job = findJob(context, targetJob(request));
  if (!context.printer.queue.release(job.number)) throw notPossible(job, 'released');
  return { status: 'successful-ok' };
};

function cancelOne({ printer }: IppContext, number: number): void {
  const job = printer.queue.find(number);
  const done = printer.queue.cancel(number, 'job-canceled-by-user');
  if (!done && job !== undefined) throw notPossible(job, 'canceled');
}

function notPossible({ number, state }: PrinterJob, what: string): IppRefusal {
  return new IppRefusal('client-error-not-possible', `job ${number} is ${state} and cannot be ${what}`);
}

/** RFC 8011 §4.2.6.2: jobs that ended in reverse, the others in the order in which they will be printed. */
function chooseJobs({ operation }: IppRequest, { queue, machine }: Printer): PrinterJob[] {
  const jobs = queue.list();
  const which = stringValue(operation, 'which-jobs') ?? 'not-completed';
  if (!(whichJobs as readonly string[]).includes(which)) {
    throw new IppRefusal(
      'client-error-attributes-or-values-not-supported',
      `there is no which-jobs ${which}`,
      [attribute('which-jobs', keyword(which))],
    );
  }
  const user = booleanValue(operation, 'my-jobs')
    ? (stringValue(operation, 'requesting-user-name') ?? '')
    : null;
  const chosen = jobs.filter(
    (job) =>
      isAmong(which, toldState(job, machine.state).state) && (user === null || job.ticket.user === user),
  );
  const ended = chosen.filter(({ state }) => terminalJobStates.has(state)).reverse();
  return [...chosen.filter(({ state }) => !terminalJobStates.has(state)), ...ended];
}

function isAmong(which: string, state: JobState): boolean {
  if (which === 'all') return true;
  if (which === 'completed') return terminalJobStates.has(state);
  return which === 'not-completed' ? !terminalJobStates.has(state) : state === which;
}

type Wanted = (name: string) => boolean;
const everything: Wanted = () => true;

/** RFC 8011 §4.2.6.1: names, and names of groups. Undefined when nothing is said. */
function wantedAttributes({ operation }: IppRequest): Wanted | undefined {
  const requested = new Set(stringValues(operation, 'requested-attributes'));
  if (requested.size === 0) return undefined;
  if (requested.has('all')) return everything;
  const template = new Set(templateNames);
  return (name) =>
    requested.has(name) || requested.has(template.has(name) ? 'job-template' : 'job-description');
}

function jobGroup(job: PrinterJob, wanted: Wanted, request: IppRequest, context: IppContext) {
  const attributes: IppAttribute[] = jobAttributes(job, request, context).filter(({ name }) => wanted(name));
  return { tag: groupTags.job, attributes };
}
