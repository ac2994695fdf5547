/** The printer's web pages as its own firmware would have had them: plain HTML of 1998, of what the machine is and has printed. Pure. */
import { conditions } from '#vocab/conditions.js';
import { mediaSizes, mediaTypes } from '#vocab/media.js';
import type { Device } from '../device/device.js';
import type { AccountingRecord } from '../jobs/accounting.js';
import {
  accountingCells,
  accountingColumns,
  accountingFileName,
  formatAccountingCsv,
} from '../jobs/accounting-csv.js';
import { placeName } from '../machine/panel-text.js';
import type { MachineState } from '../machine/state.js';
import { machineStatus } from '../machine/status.js';
import { levelPercent } from '../machine/wear.js';

/** FACTS 7.2: the home page of every PhaserLink printer has this title. */
const title = 'PhaserLink Printer Management Software';
const accountingPath = '/accounting.html';
/** FACTS 9: the ten oldest first, page numbers below. */
const recordsOnAPage = 10;

export interface SiteFacts {
  device: Device;
  state: MachineState;
  /** As the machine tells it. */
  pageCounter: number;
  jobsWaiting: number;
  records: readonly AccountingRecord[];
}

export interface SitePage {
  contentType: string;
  body: string;
}

/** Null where there is no page. */
export function composeSitePage(url: URL, facts: SiteFacts): SitePage | null {
  switch (url.pathname) {
    case '/':
    case '/index.html':
      return html(homePage(facts));
    case accountingPath:
      return html(accountingPage(facts, Number(url.searchParams.get('page') ?? 1)));
    case `/${accountingFileName}`:
      return { contentType: 'text/csv; charset=utf-8', body: formatAccountingCsv(facts.records) };
    default:
      return null;
  }
}

function html(content: string): SitePage {
  const head = `<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=utf-8"><TITLE>${title}</TITLE>`;
  const body = `<BODY BGCOLOR="#FFFFFF">\n${content}<HR>\n<I>A simulated printer: no paper was used.</I>\n</BODY>`;
  const doctype = '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">';
  const text = `${doctype}\n<HTML><HEAD>${head}</HEAD>\n${body}</HTML>\n`;
  return { contentType: 'text/html; charset=utf-8', body: text };
}

function homePage({ device, state, pageCounter, jobsWaiting, records }: SiteFacts): string {
  const { doing, problem } = machineStatus(state);
  const { counters } = state;
  const alerts = state.alerts.map((alert) => [placeName(device, alert), conditions[alert.condition].text]);
  const supplies = device.supplies.map(({ id, name }) => {
    const supply = state.supplies[id];
    const level = supply?.present ? `${Math.max(0, levelPercent(supply))} %` : 'missing';
    return [name, level];
  });
  const trays = device.inputs.map(({ id, name, capacitySheets }) => {
    const tray = state.inputs[id];
    if (!tray?.inserted) return [name, 'missing', ''];
    const { size, type } = tray.medium;
    return [
      name,
      `${tray.sheets} of ${capacitySheets} sheets`,
      `${mediaSizes[size].name}, ${mediaTypes[type]}`,
    ];
  });
  const outputs = device.outputs.map(({ id, name, capacitySheets }) => [
    name,
    `${state.outputs[id] ?? 0} of ${capacitySheets} sheets`,
  ]);
  return [
    `<H1>${escapeHtml(device.model)} (simulated)</H1>\n`,
    `<P><B>Status:</B> ${problem === null ? doing : `stopped: ${escapeHtml(problem)}`}</P>\n`,
    `<P><B>Jobs:</B> ${state.job === null ? 'none in the machine' : `job ${state.job.number} in the machine`}, ${jobsWaiting} waiting</P>\n`,
    alerts.length === 0 ? '' : section('Attention', ['Where', 'What'], alerts),
    section('Supplies', ['Supply', 'Level'], supplies),
    section('Trays', ['Tray', 'Paper', 'Loaded with'], trays),
    section('Output', ['Tray', 'Paper'], outputs),
    section(
      'Counters',
      ['Counter', 'Value'],
      [
        ['Pages', String(pageCounter)],
        ['Pages since power on', String(counters.pagesSincePowerOn)],
        ['Pages in colour', String(counters.colourPages)],
        ['Sheets', String(counters.sheets)],
        ['Jobs', String(counters.jobs)],
        ['Jams', String(counters.jams)],
      ],
    ),
    `<P><A HREF="${accountingPath}">Job Accounting Log</A> (${records.length} of ${device.accountingRecords} records)</P>\n`,
  ].join('');
}

function accountingPage({ device, records }: SiteFacts, asked: number): string {
  const pages = Math.max(1, Math.ceil(records.length / recordsOnAPage));
  const page = Number.isInteger(asked) ? Math.min(Math.max(1, asked), pages) : 1;
  const shown = records.slice((page - 1) * recordsOnAPage, page * recordsOnAPage);
  const links = Array.from({ length: pages }, (_, at) =>
    at + 1 === page ? `<B>${page}</B>` : `<A HREF="${accountingPath}?page=${at + 1}">${at + 1}</A>`,
  );
  return [
    `<H1>${escapeHtml(device.model)} (simulated)</H1>\n`,
    section('Job Accounting Log', accountingColumns, shown.map(accountingCells)),
    `<P>${links.join(' ')}</P>\n`,
    `<P><A HREF="/${accountingFileName}">Download Job Accounting Log</A> | <A HREF="/">Home</A></P>\n`,
  ].join('');
}

function section(heading: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: 'TH' | 'TD') =>
    `<TR>${cells.map((cell) => `<${tag} ALIGN=LEFT>${escapeHtml(cell)}</${tag}>`).join('')}</TR>\n`;
  const body = rows.map((cells) => row(cells, 'TD')).join('');
  return `<H2>${heading}</H2>\n<TABLE BORDER=1 CELLPADDING=3>\n${row(head, 'TH')}${body}</TABLE>\n`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
