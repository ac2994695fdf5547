/** What holds for every request (RFC 8011 §4.1): version, identifier, character set, language and target. */
import { groupTags } from '#vocab/ipp-tags.js';
import { findGroup, type IppMessage, numberValue, stringValue } from '#wire/ipp-message.js';
import { IppRefusal, type IppRequest } from './ipp-context.js';

/** The paths that clients know printers by: our own, the period's empty one, and CUPS's habits. */
const printerPath = /^\/(?:ipp(?:\/print)?\/?)?$/;
const jobPath = /^\/(?:ipp(?:\/print)?\/|jobs\/)(\d{1,9})$/;
/** Those that are kept with a job. */
const nameAttributes = ['job-name', 'document-name', 'requesting-user-name'];
const maxNameOctets = 255;
const charsets = new Set(['utf-8', 'us-ascii']);

/** Throws IppRefusal. */
export function checkMessage(message: IppMessage): void {
  const [major] = message.version;
  if (major !== 1 && major !== 2) {
    throw new IppRefusal('server-error-version-not-supported', 'this printer speaks IPP 1.1 and 2.0');
  }
  // RFC 8011 §4.1.1.
  if (message.requestId <= 0) throw bad('the request-id has to be greater than 0');
  // RFC 8011 §4.1.4: these two come first, in this order.
  const operation = findGroup(message, 'operation')?.attributes ?? [];
  const [first, second] = operation;
  const isCharset = first?.name === 'attributes-charset' && first.values[0]?.type === 'charset';
  const isLanguage =
    second?.name === 'attributes-natural-language' && second.values[0]?.type === 'naturalLanguage';
  if (message.groups[0]?.tag !== groupTags.operation || !isCharset || !isLanguage) {
    throw bad('a request begins with attributes-charset and attributes-natural-language');
  }
  if (message.groups.filter(({ tag }) => tag === groupTags.operation).length > 1) {
    throw bad('there are two groups of operation attributes');
  }
  const charset = stringValue(operation, 'attributes-charset') ?? '';
  if (!charsets.has(charset.toLowerCase())) {
    throw new IppRefusal('client-error-charset-not-supported', `${charset} is not known here`);
  }
  for (const name of nameAttributes) {
    // RFC 8011 §5.1.3.
    if (Buffer.byteLength(stringValue(operation, name) ?? '') > maxNameOctets) {
      throw new IppRefusal(
        'client-error-request-value-too-long',
        `${name} is longer than ${maxNameOctets} octets`,
      );
    }
  }
  checkPrinter(operation);
}

function checkPrinter(operation: IppRequest['operation']): void {
  const printer = stringValue(operation, 'printer-uri');
  if (printer === undefined) {
    if (stringValue(operation, 'job-uri') === undefined) throw bad('there is no printer-uri');
    return;
  }
  if (!printerPath.test(pathOf(printer))) {
    throw new IppRefusal('client-error-not-found', `there is no printer at ${printer}`);
  }
}

/** Which job the request is about (RFC 8011 §4.1.5). Throws IppRefusal. */
export function targetJob({ operation }: IppRequest): number {
  const address = stringValue(operation, 'job-uri');
  if (address !== undefined) {
    const [, number] = jobPath.exec(pathOf(address)) ?? [];
    if (number === undefined) throw new IppRefusal('client-error-not-found', `there is no job at ${address}`);
    return Number(number);
  }
  const number = numberValue(operation, 'job-id');
  if (number === undefined) throw bad('there is no job-id');
  return number;
}

function pathOf(address: string): string {
  return URL.canParse(address) ? new URL(address).pathname || '/' : '';
}

export function bad(text: string): IppRefusal {
  return new IppRefusal('client-error-bad-request', text);
}
