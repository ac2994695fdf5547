/** `jobacct.log`: the accounting records as comma-separated values (RFC 4180). The order is ours, and has a version (FACTS 10.2). */
import { isoTime } from '#base/clock.js';
import { mediaSizes, mediaTypes } from '#vocab/media.js';
import { colorants } from '../device/device.js';
import type { AccountingRecord } from './accounting.js';

export const accountingFileName = 'jobacct.log';

/** Grows when the columns change. */
const version = 1;

const columns: readonly [name: string, value: (record: AccountingRecord) => string | number][] = [
  ['version', () => version],
  ['job', ({ job }) => job],
  ['channel', ({ channel }) => channel],
  ['user', ({ user }) => user],
  ['host', ({ host }) => host],
  ['job name', ({ name }) => name],
  ['state', ({ state }) => state],
  ['sheets', ({ sheets }) => sheets],
  ['sides', ({ sides }) => sides],
  ['started', ({ startedAt }) => (startedAt === null ? '' : isoTime(startedAt))],
  ['ended', ({ endedAt }) => isoTime(endedAt)],
  // FACTS 9: with warm-up and the time that a jam took.
  [
    'interpreter seconds',
    ({ startedAt, endedAt }) => (startedAt === null ? 0 : (endedAt - startedAt) / 1000),
  ],
  ['paper type', ({ mediaType }) => (mediaType === null ? '' : mediaTypes[mediaType])],
  ['paper size', ({ mediaSize }) => (mediaSize === null ? '' : mediaSizes[mediaSize].name)],
  ...colorants.map((colorant): [string, (record: AccountingRecord) => string] => [
    `${colorant} pages`,
    ({ usage }) => (usage[colorant] ?? 0).toFixed(4),
  ]),
];

export const accountingColumns: readonly string[] = columns.map(([name]) => name);

export function accountingCells(record: AccountingRecord): string[] {
  return columns.map(([, value]) => String(value(record)));
}

export function formatAccountingCsv(records: readonly AccountingRecord[]): string {
  const rows = [accountingColumns, ...records.map(accountingCells)];
  return rows.map((cells) => `${cells.map(formatCell).join(',')}\r\n`).join('');
}

function formatCell(text: string): string {
  // A spreadsheet would take what a sender has put into a name for a formula.
  const harmless = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
