/** The state that an IPP printer tells of itself, as the engine and the watch both read it. */
import type { Severity } from '#vocab/conditions.js';
import { type EnumWord, enumWord } from '#vocab/ipp-words.js';
import { type IppAttribute, numberValue, stringValue, stringValues } from './ipp-message.js';

/** What is asked of the printer for `readPrinterState`. */
export const printerStateQuestions = [
  'printer-state',
  'printer-state-reasons',
  'printer-state-message',
  'printer-make-and-model',
  'printer-impressions-completed',
] as const;

export interface IppReason {
  keyword: string;
  /** Null where the printer does not say. */
  severity: Severity | null;
}

export interface IppPrinterState {
  state: EnumWord<'printer-state'> | 'unknown';
  reasons: IppReason[];
  /** In its own words; empty when it has none. */
  message: string;
  product: string;
  /** PWG 5100.7 §6.9 calls it a printer's; few have it. */
  impressions: number | null;
}

export function readPrinterState(attributes: readonly IppAttribute[] | undefined): IppPrinterState {
  const reasons = stringValues(attributes, 'printer-state-reasons').filter((reason) => reason !== 'none');
  return {
    state: enumWord('printer-state', numberValue(attributes, 'printer-state') ?? 0) ?? 'unknown',
    reasons: reasons.map(parseReason),
    message: stringValue(attributes, 'printer-state-message') ?? '',
    product: stringValue(attributes, 'printer-make-and-model') ?? '',
    impressions: numberValue(attributes, 'printer-impressions-completed') ?? null,
  };
}

/** RFC 8011 §5.4.12: a suffix tells how grave it is. */
function parseReason(reason: string): IppReason {
  const [, keyword, severity] = /^(.+)-(report|warning|error)$/.exec(reason) ?? [];
  return { keyword: keyword ?? reason, severity: (severity as Severity | undefined) ?? null };
}
