/** The IPP operations that the printer has, one row each, and how a request is led to its row. */
import { errorText, systemErrorCode } from '#base/errors.js';
import { groupTags } from '#vocab/ipp-tags.js';
import { type OperationName, operationName, operations, statuses } from '#vocab/ipp-words.js';
import { encodeIpp } from '#wire/ipp-encoder.js';
import { attribute, charset, findGroup, type IppMessage, naturalLanguage, text } from '#wire/ipp-message.js';
import { checkMessage } from './check-request.js';
import {
  type IppAnswer,
  type IppContext,
  IppRefusal,
  type IppRequest,
  type Operation,
} from './ipp-context.js';
import { cancelJob, cancelMyJobs, getJobAttributes, getJobs, holdJob, releaseJob } from './job-operations.js';
import { closeJob, createJob, printJob, sendDocument, validateJob } from './print-operations.js';
import { getPrinterAttributes, identifyPrinter, pausePrinter, resumePrinter } from './printer-operations.js';

const jobRows = {
  'Print-Job': printJob,
  'Validate-Job': validateJob,
  'Create-Job': createJob,
  'Send-Document': sendDocument,
  'Cancel-Job': cancelJob,
  'Get-Job-Attributes': getJobAttributes,
  'Get-Jobs': getJobs,
  'Hold-Job': holdJob,
  'Release-Job': releaseJob,
  'Pause-Printer': pausePrinter,
  'Resume-Printer': resumePrinter,
  'Cancel-My-Jobs': cancelMyJobs,
  'Close-Job': closeJob,
  'Identify-Printer': identifyPrinter,
} satisfies Partial<Record<OperationName, Operation>>;

export type Operations = ReadonlyMap<OperationName, Operation>;

/** One set for each printer. */
export function createOperations(): Operations {
  const names = [...(Object.keys(jobRows) as OperationName[]), 'Get-Printer-Attributes'] as const;
  const codes = names.map((name) => operations[name]).sort((a, b) => a - b);
  return new Map<OperationName, Operation>([
    ...(Object.entries(jobRows) as [OperationName, Operation][]),
    ['Get-Printer-Attributes', getPrinterAttributes(codes)],
  ]);
}

/** The bytes of the answer. Never throws. */
export async function answerRequest(
  table: Operations,
  request: Omit<IppRequest, 'operation' | 'job'>,
  context: IppContext,
): Promise<Buffer> {
  const { message } = request;
  try {
    checkMessage(message);
    const name = operationName(message.code);
    const operation = name && table.get(name);
    if (!operation) {
      const what = name ?? `operation 0x${message.code.toString(16)}`;
      throw new IppRefusal('server-error-operation-not-supported', `this printer has no ${what}`);
    }
    const attributes = findGroup(message, 'operation')?.attributes ?? [];
    const job = findGroup(message, 'job')?.attributes ?? [];
    return encodeIpp(response(message, await operation({ ...request, operation: attributes, job }, context)));
  } catch (error) {
    if (error instanceof IppRefusal) return encodeIpp(response(message, error.answer));
    const level = systemErrorCode(error) === 'ECONNRESET' ? 'info' : 'error';
    context.log[level]({ event: 'ipp-failed', operation: message.code }, `IPP: ${errorText(error)}`);
    return encodeIpp(response(message, { status: 'server-error-internal-error', text: 'an internal error' }));
  }
}

/** RFC 8011 §4.1.8 would have the nearest version of ours; clients want theirs back, as other printers give it. */
function response(
  { version, requestId }: IppMessage,
  { status, text: words, groups = [] }: IppAnswer,
): IppMessage {
  const operation = [
    attribute('attributes-charset', charset('utf-8')),
    attribute('attributes-natural-language', naturalLanguage('en')),
    attribute('status-message', text(words ?? status)),
  ];
  const all = [{ tag: groupTags.operation, attributes: operation }, ...groups];
  return { version, code: statuses[status], requestId, groups: all };
}
