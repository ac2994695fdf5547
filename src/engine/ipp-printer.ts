/** What an IPP printer says of itself and of a job, as values; pure. */
import { type Condition, conditions, findByReason } from '#vocab/conditions.js';
import { enumWord } from '#vocab/ipp-words.js';
import type { DocumentFormat } from '#vocab/line.js';
import {
  booleanValue,
  findGroup,
  type IppMessage,
  numberValue,
  stringValue,
  stringValues,
} from '#wire/ipp-message.js';
import { type IppReason, printerStateQuestions, readPrinterState } from '#wire/ipp-printer-state.js';
import { ippFormats } from './formats.js';

/** What is asked of the printer. */
export const printerQuestions = [
  ...printerStateQuestions,
  'printer-is-accepting-jobs',
  'document-format-supported',
  'operations-supported',
  'multiple-document-jobs-supported',
] as const;

export interface IppPrinter {
  state: 'idle' | 'processing' | 'stopped' | 'unknown';
  /** What stops it, the first of them in front. */
  conditions: Condition[];
  /** The printer's own words, or its reasons. */
  stateText: string;
  acceptsJobs: boolean;
  product: string;
  impressions: number | null;
  formats: ReadonlySet<string>;
  operations: ReadonlySet<number>;
  /** RFC 8011 §5.4.16. */
  takesSeveral: boolean;
}

export function readPrinter(message: IppMessage): IppPrinter {
  const attributes = findGroup(message, 'printer')?.attributes;
  const { state, reasons, message: words, product, impressions } = readPrinterState(attributes);
  const operations = attributes?.find(({ name }) => name === 'operations-supported')?.values ?? [];
  return {
    state,
    conditions: stoppingConditions(reasons),
    stateText: words || reasons.map(({ keyword }) => keyword).join(', '),
    acceptsJobs: booleanValue(attributes, 'printer-is-accepting-jobs') ?? true,
    product,
    impressions,
    formats: new Set(stringValues(attributes, 'document-format-supported')),
    takesSeveral: booleanValue(attributes, 'multiple-document-jobs-supported') ?? true,
    operations: new Set(operations.flatMap((value) => (value.type === 'enum' ? [value.value] : []))),
  };
}

/** RFC 8011 §5.4.12: a reason without a suffix is an error. */
function stoppingConditions(reasons: readonly IppReason[]): Condition[] {
  return reasons
    .filter(({ severity }) => severity === null || severity === 'error')
    .map(({ keyword }) => conditions[findByReason(keyword, 'error') ?? 'other']);
}

/** What is asked of a job. */
export const jobQuestions = [
  'job-name',
  'job-state',
  'job-state-reasons',
  'job-state-message',
  'job-impressions-completed',
] as const;

export interface IppJob {
  state:
    | 'pending'
    | 'pending-held'
    | 'processing'
    | 'processing-stopped'
    | 'canceled'
    | 'aborted'
    | 'completed'
    | 'unknown';
  reasons: string[];
  /** Null where the printer does not tell. */
  name: string | null;
  /** The printer's words, or its reasons. */
  text: string;
  impressions: number | null;
}

export function readJob(message: IppMessage): IppJob {
  const attributes = findGroup(message, 'job')?.attributes;
  const reasons = stringValues(attributes, 'job-state-reasons').filter((reason) => reason !== 'none');
  return {
    state: enumWord('job-state', numberValue(attributes, 'job-state') ?? 0) ?? 'unknown',
    reasons,
    name: stringValue(attributes, 'job-name') ?? null,
    text: stringValue(attributes, 'job-state-message') || reasons.join(', '),
    impressions: numberValue(attributes, 'job-impressions-completed') ?? null,
  };
}

export function formatsTaken({ formats }: IppPrinter): Set<DocumentFormat> {
  return new Set([...ippFormats].filter((format) => formats.has(format)));
}
