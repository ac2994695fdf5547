/** IPP's operations, status codes and enums by name; their numbers come from the tables of the package `ipp`. */
import enums from 'ipp/lib/enums.js';
import statusCodes from 'ipp/lib/status-codes.js';

/** RFC 8011 §5.4.15; PWG 5100.11 and 5100.13 for the last ones. */
const operationNames = [
  'Print-Job',
  'Print-URI',
  'Validate-Job',
  'Create-Job',
  'Send-Document',
  'Send-URI',
  'Cancel-Job',
  'Get-Job-Attributes',
  'Get-Jobs',
  'Get-Printer-Attributes',
  'Hold-Job',
  'Release-Job',
  'Restart-Job',
  'Pause-Printer',
  'Resume-Printer',
  'Purge-Jobs',
  'Cancel-Jobs',
  'Cancel-My-Jobs',
  'Close-Job',
  'Identify-Printer',
] as const;
export type OperationName = (typeof operationNames)[number];

/** RFC 8011 §B.1. */
const statusNames = [
  'successful-ok',
  'successful-ok-ignored-or-substituted-attributes',
  'successful-ok-conflicting-attributes',
  'client-error-bad-request',
  'client-error-forbidden',
  'client-error-not-authenticated',
  'client-error-not-authorized',
  'client-error-not-possible',
  'client-error-timeout',
  'client-error-not-found',
  'client-error-gone',
  'client-error-request-entity-too-large',
  'client-error-request-value-too-long',
  'client-error-document-format-not-supported',
  'client-error-attributes-or-values-not-supported',
  'client-error-uri-scheme-not-supported',
  'client-error-charset-not-supported',
  'client-error-conflicting-attributes',
  'client-error-compression-not-supported',
  'client-error-compression-error',
  'client-error-document-format-error',
  'client-error-document-access-error',
  'server-error-internal-error',
  'server-error-operation-not-supported',
  'server-error-service-unavailable',
  'server-error-version-not-supported',
  'server-error-device-error',
  'server-error-temporary-error',
  'server-error-not-accepting-jobs',
  'server-error-busy',
  'server-error-job-canceled',
  'server-error-multiple-document-jobs-not-supported',
] as const;
export type StatusName = (typeof statusNames)[number];

const enumNames = {
  'job-state': [
    'pending',
    'pending-held',
    'processing',
    'processing-stopped',
    'canceled',
    'aborted',
    'completed',
  ],
  'printer-state': ['idle', 'processing', 'stopped'],
  'orientation-requested': ['portrait', 'landscape', 'reverse-landscape', 'reverse-portrait', 'none'],
  'print-quality': ['draft', 'normal', 'high'],
  finishings: ['none'],
} as const;
type EnumAttribute = keyof typeof enumNames;
export type EnumWord<Attribute extends EnumAttribute> = (typeof enumNames)[Attribute][number];

export const operations = pick(operationNames, enums['operations-supported']);
export const statuses = pick(statusNames, statusCodes);
export const enumValues: { [Attribute in EnumAttribute]: Record<EnumWord<Attribute>, number> } = {
  'job-state': pick(enumNames['job-state'], enums['job-state']),
  'printer-state': pick(enumNames['printer-state'], enums['printer-state']),
  'orientation-requested': pick(enumNames['orientation-requested'], enums['orientation-requested']),
  'print-quality': pick(enumNames['print-quality'], enums['print-quality']),
  finishings: pick(enumNames.finishings, enums.finishings),
};

const operationsByCode = invert(operations);
const statusesByCode = invert(statuses);

/** Undefined for an operation that we have no name for. */
export function operationName(code: number): OperationName | undefined {
  return operationsByCode.get(code);
}

export function statusName(code: number): StatusName | undefined {
  return statusesByCode.get(code);
}

/** The word of an enum's number, for example of a `job-state`. */
export function enumWord<Attribute extends EnumAttribute>(
  attribute: Attribute,
  value: number,
): EnumWord<Attribute> | undefined {
  return enumNames[attribute].find((word: EnumWord<Attribute>) => enumValues[attribute][word] === value);
}

function pick<Name extends string>(
  names: readonly Name[],
  table: Record<string, number> | undefined,
): Record<Name, number> {
  const picked = names.map((name) => {
    const number = table?.[name];
    if (typeof number !== 'number') throw new Error(`the tables of ipp have no ${name}`);
    return [name, number];
  });
  return Object.fromEntries(picked);
}

function invert<Name extends string>(table: Record<Name, number>): ReadonlyMap<number, Name> {
  return new Map(Object.entries<number>(table).map(([name, code]) => [code, name as Name]));
}
