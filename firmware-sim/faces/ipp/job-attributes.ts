/** What Get-Job-Attributes and Get-Jobs tell of a job (RFC 8011 §5.3). */

import { enumValues } from '#vocab/ipp-words.js';
import { terminalJobStates } from '#vocab/job-states.js';
import {
  attribute,
  dateTime,
  enumeration,
  type IppAttribute,
  integer,
  keyword,
  nameValue,
  outOfBand,
  text,
  uri,
} from '#wire/ipp-message.js';
import type { PrinterJob } from '../../jobs/job.js';
import type { MachineState } from '../../machine/state.js';
import { type IppContext, type IppRequest, jobUri, printerUri, webUri } from './ipp-context.js';
import { nameUuid } from './name-uuid.js';
import { printerState } from './printer-state.js';

/** What its request asked for, to be told again; jobs that came by another face have none. */
const requested = new WeakMap<PrinterJob, readonly IppAttribute[]>();

export function rememberRequested(job: PrinterJob, attributes: readonly IppAttribute[]): void {
  requested.set(job, attributes);
}

/** RFC 8011 §5.3.7: the job in a machine that stands still is stopped with it. */
export function toldState(
  { state, reasons }: PrinterJob,
  machine: MachineState,
): Pick<PrinterJob, 'state' | 'reasons'> {
  const stopped = state === 'processing' && printerState(machine) === 'stopped';
  return stopped
    ? { state: 'processing-stopped', reasons: [...reasons, 'printer-stopped'] }
    : { state, reasons };
}

/** RFC 8011 §4.2.1.2: what the answer to a new job says. */
export function newJobAttributes(
  job: PrinterJob,
  request: IppRequest,
  { printer }: IppContext,
): IppAttribute[] {
  const told = { ...job, ...toldState(job, printer.machine.state) };
  return [
    attribute('job-uri', uri(jobUri(request, job.number))),
    attribute('job-id', integer(job.number)),
    attribute('job-state', enumeration(enumValues['job-state'][told.state])),
    attribute('job-state-reasons', ...reasons(told)),
    attribute('job-state-message', text(stateMessage(told))),
  ];
}

export function jobAttributes(job: PrinterJob, request: IppRequest, context: IppContext): IppAttribute[] {
  const { stateClock, identity, printer } = context;
  const { number, ticket } = job;
  const time = (name: string, at: number | null) => [
    attribute(`time-at-${name}`, at === null ? outOfBand('no-value') : integer(stateClock.secondsAt(at))),
    attribute(`date-time-at-${name}`, at === null ? outOfBand('no-value') : dateTime(at)),
  ];
  const ahead = printer.queue
    .list()
    .filter((other) => other.number < number && !terminalJobStates.has(other.state));
  const kOctets = integer(Math.ceil(job.bytes / 1024));
  return [
    ...newJobAttributes(job, request, context),
    attribute('job-printer-uri', uri(printerUri(request))),
    attribute('job-more-info', uri(webUri(request, '/'))),
    attribute('job-uuid', uri(`urn:uuid:${nameUuid(`${identity.uuid}/${number}/${job.createdAt}`)}`)),
    attribute('job-name', nameValue(ticket.name === '' ? 'untitled' : ticket.name)),
    attribute('job-originating-user-name', nameValue(ticket.user === '' ? 'anonymous' : ticket.user)),
    attribute('number-of-documents', integer(job.documents)),
    attribute('number-of-intervening-jobs', integer(terminalJobStates.has(job.state) ? 0 : ahead.length)),
    ...time('creation', job.createdAt),
    ...time('processing', job.startedAt),
    ...time('completed', job.endedAt),
    attribute('job-printer-up-time', integer(stateClock.upTime())),
    attribute('job-k-octets', kOctets),
    attribute('job-k-octets-processed', job.startedAt === null ? integer(0) : kOctets),
    // Nobody knows how many a document has before it is printed.
    attribute('job-impressions', job.endedAt === null ? outOfBand('no-value') : integer(job.pages)),
    attribute('job-impressions-completed', integer(job.pages)),
    attribute('job-media-sheets', job.endedAt === null ? outOfBand('no-value') : integer(job.sheets)),
    attribute('job-media-sheets-completed', integer(job.sheets)),
    ...(requested.get(job) ?? []),
  ];
}

/** Of the job attributes that jobs are asked for by name in Get-Jobs, when none are named (RFC 8011 §4.2.6.1). */
export const defaultJobAttributes: ReadonlySet<string> = new Set(['job-uri', 'job-id']);

function reasons({ reasons: words }: Pick<PrinterJob, 'reasons'>) {
  return (words.length === 0 ? ['none'] : words).map(keyword);
}

function stateMessage({ state, error }: Pick<PrinterJob, 'state' | 'error'>): string {
  return error === null ? `The job is ${state}.` : `${error.name} in ${error.command}.`;
}
