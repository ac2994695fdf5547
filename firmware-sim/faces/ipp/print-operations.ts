/** The operations that bring jobs: Print-Job, Validate-Job, Create-Job, Send-Document and Close-Job. */
import { isTemporary, PhaserLinkError } from '#base/errors.js';
import { groupTags } from '#vocab/ipp-tags.js';
import { booleanValue, findAttribute, type IppAttribute, stringValue } from '#wire/ipp-message.js';
import type { OpenJob } from '../../jobs/job-queue.js';
import { bad, targetJob } from './check-request.js';
import {
  type IppAnswer,
  type IppContext,
  IppRefusal,
  type IppRequest,
  type Operation,
} from './ipp-context.js';
import { newJobAttributes, rememberRequested } from './job-attributes.js';
import { findJob } from './job-operations.js';
import { type JobWish, readTemplate } from './job-template.js';
import { checkDocumentAttributes, receiveDocument } from './receive-document.js';

export const printJob: Operation = async (request, context) => {
  checkDocumentAttributes(request);
  const { wish, unsupported } = checkTemplate(request, context);
  const open = openJob(request, context, wish, unsupported);
  try {
    if (!(await receiveDocument(request, open, context)))
      throw bad('there is no document behind the request');
  } catch (error) {
    open.abandon();
    throw error;
  }
  open.close();
  return jobAnswer(open, request, context, unsupported);
};

export const validateJob: Operation = (request, context) => {
  checkDocumentAttributes(request);
  const { unsupported } = checkTemplate(request, context);
  return { ...success(unsupported), groups: unsupportedGroups(unsupported) };
};

export const createJob: Operation = (request, context) => {
  const { wish, unsupported } = checkTemplate(request, context);
  const open = openJob(request, context, wish, unsupported);
  context.openJobs.add(open);
  return jobAnswer(open, request, context, unsupported);
};

export const sendDocument: Operation = async (request, context) => {
  const number = targetJob(request);
  findJob(context, number);
  // RFC 8011 §4.3.1.1.
  const last = booleanValue(request.operation, 'last-document');
  if (last === undefined) throw bad('there is no last-document');
  checkDocumentAttributes(request);
  const open = context.openJobs.take(number);
  if (open === null) throw new IppRefusal('client-error-not-possible', 'this job takes no more documents');
  let received = false;
  try {
    received = await receiveDocument(request, open, context);
  } finally {
    // A document that failed leaves the job as it was, and may be sent again.
    if (!last || !received) context.openJobs.resume(number);
  }
  if (!received && !last) throw bad('there is no document behind the request');
  if (last) context.openJobs.close(number);
  return jobAnswer(open, request, context, []);
};

export const closeJob: Operation = (request, context) => {
  const number = targetJob(request);
  findJob(context, number);
  const open = context.openJobs.take(number);
  if (open === null) throw new IppRefusal('client-error-not-possible', 'this job is not open');
  context.openJobs.close(number);
  return { status: 'successful-ok' };
};

function openJob(
  request: IppRequest,
  { printer }: IppContext,
  { options, hold }: JobWish,
  unsupported: readonly IppAttribute[],
): OpenJob {
  const { operation, host } = request;
  const name = stringValue(operation, 'job-name') ?? stringValue(operation, 'document-name') ?? '';
  const user = stringValue(operation, 'requesting-user-name') ?? '';
  try {
    const open = printer.queue.open({ channel: 'ipp', name, user, host, options }, hold);
    const isOurs = ({ name }: IppAttribute) => unsupported.every((other) => other.name !== name);
    rememberRequested(open.job, request.job.filter(isOurs));
    return open;
  } catch (error) {
    if (!(error instanceof PhaserLinkError) || !isTemporary(error)) throw error;
    throw new IppRefusal('server-error-busy', error.message);
  }
}

function checkTemplate(
  { operation, job }: IppRequest,
  { printer }: IppContext,
): { wish: JobWish; unsupported: IppAttribute[] } {
  if (findAttribute(job, 'media') !== undefined && findAttribute(job, 'media-col') !== undefined) {
    // PWG 5100.7 §6.3.1: not both.
    throw bad('a job has media or media-col, and not both');
  }
  const read = readTemplate(job, printer.machine.device);
  // RFC 8011 §4.2.1.1: rather not at all than otherwise.
  if (read.unsupported.length > 0 && booleanValue(operation, 'ipp-attribute-fidelity') === true) {
    const names = read.unsupported.map(({ name }) => name).join(', ');
    throw new IppRefusal(
      'client-error-attributes-or-values-not-supported',
      `not as this job wants it: ${names}`,
      read.unsupported,
    );
  }
  return read;
}

function jobAnswer(
  { job }: OpenJob,
  request: IppRequest,
  context: IppContext,
  unsupported: IppAttribute[],
): IppAnswer {
  const group = { tag: groupTags.job, attributes: newJobAttributes(job, request, context) };
  return { ...success(unsupported), groups: [...unsupportedGroups(unsupported), group] };
}

function success(unsupported: readonly IppAttribute[]): IppAnswer {
  if (unsupported.length === 0) return { status: 'successful-ok' };
  const names = unsupported.map(({ name }) => name).join(', ');
  return { status: 'successful-ok-ignored-or-substituted-attributes', text: `passed over: ${names}` };
}

function unsupportedGroups(attributes: IppAttribute[]) {
  return attributes.length === 0 ? [] : [{ tag: groupTags.unsupported, attributes }];
}
