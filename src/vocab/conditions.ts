/** Printer conditions, one row each: IPP's keyword, how grave it is, words for people, and how a PostScript printer says it. */

export type Severity = 'report' | 'warning' | 'error';

export interface Condition {
  /** RFC 8011 §5.4.12, printer-state-reasons. */
  keyword: string;
  /** `error` stops the printer. */
  severity: Severity;
  /** What a person reads. */
  text: string;
  /** Matches the value of `%%[ PrinterError: … ]%%`. */
  printerError: RegExp | null;
}

export const conditions: readonly Condition[] = [
  { keyword: 'media-needed', severity: 'error', text: 'paper is needed', printerError: /manual feed|load/i },
  {
    keyword: 'media-empty',
    severity: 'error',
    text: 'the printer is out of paper',
    printerError: /out of paper|no paper|paper out/i,
  },
  { keyword: 'media-jam', severity: 'error', text: 'paper is jammed', printerError: /jam/i },
  {
    keyword: 'input-tray-missing',
    severity: 'error',
    text: 'a paper tray is missing',
    printerError: /tray|cassette/i,
  },
  { keyword: 'cover-open', severity: 'error', text: 'a cover is open', printerError: /cover|door/i },
  { keyword: 'toner-empty', severity: 'error', text: 'toner is empty', printerError: /toner/i },
  {
    keyword: 'connecting-to-device',
    severity: 'error',
    text: 'the printer cannot be reached',
    printerError: null,
  },
  { keyword: 'other', severity: 'error', text: 'the printer needs attention', printerError: /./ },
];

/** The first row that fits what a printer wrote after `PrinterError:`. */
export function findCondition(printerError: string): Condition | undefined {
  return conditions.find((condition) => condition.printerError?.test(printerError));
}
