/** The printer's own pages, pure: start-up, configuration, supplies, and the report of an error. */
import { mediaSizes, mediaTypes } from '#vocab/media.js';
import { type Device, hasColour } from '../device/device.js';
import type { MachineState } from '../machine/state.js';
import { levelPercent } from '../machine/wear.js';
import { PageWriter, type Paint, type PrinterIdentity } from './page-writer.js';

export interface OwnPageFacts {
  device: Device;
  state: MachineState;
  identity: PrinterIdentity;
  /** Epoch milliseconds. */
  now: number;
}

export const ownPages = {
  'start-up': composeStartUpPage,
  configuration: composeConfigurationPage,
  supplies: composeSuppliesPage,
} as const satisfies Record<string, (facts: OwnPageFacts) => string>;
export type OwnPageName = keyof typeof ownPages;

export function composeStartUpPage(facts: OwnPageFacts): string {
  const { device, state, identity } = facts;
  const page = writer(facts, 1).title(device.model, 'Start-up Page');
  page.space(8).paragraph(`${identity.name} is ready to print.`, 15).space(6);
  page.rows([
    ['Printed so far', count(state.counters.pages, 'page')],
    ['Memory', `${megabytes(device)} MB`],
    ['PostScript', postScript(device)],
    ...identity.network,
  ]);
  page.heading(hasColour(device) ? 'Colors' : 'Greys');
  const inks: Paint[] = hasColour(device)
    ? ['cyan', 'magenta', 'yellow', 'black', 'red', 'green', 'blue']
    : ['black'];
  page.swatches(inks);
  page.paragraph(
    'Each strip runs from light to full. A color that is missing, streaked or faint tells of a toner that runs out or of a worn imaging unit.',
    9,
  );
  return page.toPostScript();
}

export function composeConfigurationPage(facts: OwnPageFacts): string {
  const { device, state, identity, now } = facts;
  const { counters } = state;
  const page = writer(facts, 2).title('Configuration Page', device.model);
  page.heading('Printer').rows([
    ['Name', identity.name],
    ['Location', identity.location || 'Not Set'],
    ['Contact', identity.contact || 'Not Set'],
    ['Product', device.product],
    ['Firmware', device.firmware],
    ['PostScript', postScript(device)],
    ['Memory', `${megabytes(device)} MB`],
    ['Hard disk', device.disk ? 'Installed' : 'Not Installed'],
    ['Duplex unit', device.duplex === null ? 'Not Installed' : 'Installed'],
    ['Time', new Date(now).toISOString().replace('T', ' ').slice(0, 19)],
  ]);
  page
    .heading('Print Qualities')
    .rows(
      device.modes.map(({ name, xDpi, yDpi, colorModel }) => [
        name,
        `${xDpi} x ${yDpi} dpi, ${colorModel.slice('Device'.length)}`,
      ]),
    );
  page.heading('Pages').rows([
    ['In its life', count(counters.pages, 'page')],
    ['In color', count(counters.colourPages, 'page')],
    ['Sheets', count(counters.sheets, 'sheet')],
    ['Jobs', String(counters.jobs)],
    ['Jams', String(counters.jams)],
    ['Switched on', count(counters.powerOns, 'time')],
  ]);
  page.nextColumn();
  page.heading('Paper');
  for (const input of device.inputs) {
    const tray = state.inputs[input.id];
    if (tray === undefined) continue;
    const paper = `${mediaSizes[tray.medium.size].name}, ${mediaTypes[tray.medium.type]}`;
    page.row(input.name, tray.inserted ? paper : 'Pulled Out');
    page.row('', `${count(tray.sheets, 'sheet')} of ${input.capacitySheets}`);
  }
  for (const { id, name, capacitySheets } of device.outputs)
    page.row(name, `${count(state.outputs[id] ?? 0, 'sheet')} of ${capacitySheets}`);
  page.heading('Network').rows(identity.network);
  page.heading('Supplies').rows(device.supplies.map(({ id, name }) => [name, supplyText(state, id)]));
  return page.toPostScript();
}

export function composeSuppliesPage(facts: OwnPageFacts): string {
  const { device, state } = facts;
  const page = writer(facts, 1).title('Supplies', device.model).space(6);
  for (const supply of device.supplies) {
    const now = state.supplies[supply.id];
    const level = now === undefined || !now.present ? 0 : 1 - now.used;
    const pages = Math.max(0, Math.round(level * supply.yieldPages));
    const more = supply.kind === 'toner' ? 'pages at 5 % coverage' : 'pages';
    page.bar(
      supply.name,
      `${supplyText(state, supply.id)} - about ${pages.toLocaleString('en-US')} of ${supply.yieldPages.toLocaleString('en-US')} ${more}`,
      level,
      supply.colorant ?? 'grey',
    );
  }
  page.paragraph(
    `${count(state.counters.pages, 'page')} printed, ${state.counters.colourPages.toLocaleString('en-US')} of them in color. Levels follow what each page takes; the yields are this simulation's own.`,
    9,
  );
  return page.toPostScript();
}

/** Of a job that a PostScript error has ended. */
export function composeErrorPage(
  facts: OwnPageFacts,
  job: {
    number: number;
    name: string;
    user: string;
    pages: number;
    error: { name: string; command: string };
  },
): string {
  const page = writer(facts, 1).title('PostScript Error', facts.device.model).space(8);
  page.paragraph(`Job ${job.number} ended with an error after ${count(job.pages, 'page')}.`, 14).space(10);
  page.rows([
    ['Error', job.error.name],
    ['Offending command', job.error.command],
    ['Job', job.name || 'Not Named'],
    ['User', job.user || 'Not Named'],
    ['Time', new Date(facts.now).toISOString().replace('T', ' ').slice(0, 19)],
  ]);
  page
    .space(14)
    .paragraph(
      'The rest of the job was not printed. Print it again; if the error comes back, print the document in parts, or with another driver or fonts.',
    );
  return page.toPostScript();
}

/** On the paper of the tray that the machine feeds from by itself. */
function writer({ device, state }: OwnPageFacts, columns: 1 | 2): PageWriter {
  const first = device.inputs[0];
  const size = first && (state.inputs[first.id]?.medium.size ?? first.loaded.size);
  return new PageWriter(device, size ?? 'letter', columns);
}

function supplyText(state: MachineState, id: string): string {
  const supply = state.supplies[id];
  if (supply === undefined || !supply.present) return 'Not Installed';
  if (supply.wrong) return 'Wrong Part';
  return `${Math.max(0, levelPercent(supply))} %`;
}

function count(number: number, thing: string): string {
  return `${number.toLocaleString('en-US')} ${thing}${number === 1 ? '' : 's'}`;
}

function megabytes({ installedRamBytes }: Device): number {
  return Math.round(installedRamBytes / 2 ** 20);
}

function postScript({ postScript: { version, revision } }: Device): string {
  return `3, ${version} revision ${revision}`;
}
