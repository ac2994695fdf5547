/** What the machine's state is in the Printer MIB's words: RFC 3805's tables, row by row. */
import { describe, expect, it } from 'vitest';
import { conditions } from '#vocab/conditions.js';
import { deviceTable, printerTable } from '#wire/host-objects.js';
import {
  alertTable,
  channelTable,
  colorantTable,
  coverTable,
  displayTable,
  generalTable,
  inputTable,
  lightTable,
  markerTable,
  mediaPathTable,
  outputTable,
  suppliesTable,
} from '#wire/printer-objects.js';
import type { Device } from '../../firmware-sim/device/device.js';
import { profiles } from '../../firmware-sim/device/phaser-740.js';
import { startMachine, type TestMachine } from '../support/machine.js';
import { column, viewOf } from '../support/snmp-view.js';

function machine(device: Device = profiles.N): TestMachine {
  return startMachine(device).pass(device.speed.warmUpSeconds);
}

function view({ device, state }: TestMachine) {
  return viewOf(device, state);
}

/** hrDeviceStatus, hrPrinterStatus, hrPrinterDetectedErrorState in hexadecimal. */
function status(tested: TestMachine) {
  const seen = view(tested);
  const [errors = ''] = column(seen, printerTable, 'hrPrinterDetectedErrorState');
  return [
    ...column(seen, deviceTable, 'hrDeviceStatus'),
    ...column(seen, printerTable, 'hrPrinterStatus'),
    Buffer.from(String(errors), 'latin1').toString('hex'),
  ];
}

describe('the overall status (RFC 3805 Appendix E)', () => {
  it.each<[string, (tested: TestMachine) => unknown, unknown[]]>([
    ['ready', () => {}, [2, 3, '00']],
    ['printing', (tested) => tested.print([{}]), [2, 4, '00']],
    ['asleep', (tested) => tested.pass(4000), [2, 1, '00']],
    ['with a cover open', (tested) => tested.happen({ type: 'cover-opened', cover: 'top' }), [5, 1, '08']],
    ['offline', (tested) => tested.happen({ type: 'offline' }), [5, 1, '02']],
    [
      'low on toner',
      (tested) => tested.happen({ type: 'supply-replaced', supply: 'toner-cyan', levelPercent: 9 }),
      [3, 3, '20'],
    ],
    [
      'out of toner',
      (tested) => tested.happen({ type: 'supply-replaced', supply: 'toner-cyan', levelPercent: 0 }),
      [5, 1, '10'],
    ],
    [
      'with one tray empty',
      (tested) => tested.happen({ type: 'paper-loaded', input: 'multi-purpose', sheets: 0 }),
      [3, 3, '0004'],
    ],
    [
      'low on paper',
      (tested) => tested.happen({ type: 'paper-loaded', input: 'upper', sheets: 5 }),
      [3, 3, '80'],
    ],
  ])('of a printer that is %s', (_, make, expected) => {
    const tested = machine();
    make(tested);
    expect(status(tested)).toEqual(expected);
  });

  it('of one that is warming up', () => {
    expect(status(startMachine(profiles.N))).toEqual([5, 5, '00']);
  });

  it('of one that has no more paper for its job says so by the bit that managers know', () => {
    const tested = machine();
    for (const { id } of tested.device.inputs) tested.happen({ type: 'paper-loaded', input: id, sheets: 0 });
    tested.print([{}]);
    const [device, printer, errors] = status(tested);
    expect([device, printer]).toEqual([5, 1]);
    expect(Number.parseInt(String(errors).slice(0, 2), 16) & 0x40).toBe(0x40);
  });
});

describe('the tables', () => {
  it('have black first, and four colours at places that the supplies name', () => {
    const seen = view(machine());
    expect(column(seen, colorantTable, 'prtMarkerColorantValue')).toEqual([
      'black',
      'cyan',
      'magenta',
      'yellow',
    ]);
    expect(column(seen, suppliesTable, 'prtMarkerSuppliesColorantIndex')).toEqual([1, 2, 3, 4, 0, 0, 0]);
    expect(column(seen, suppliesTable, 'prtMarkerSuppliesType')).toEqual([3, 3, 3, 3, 9, 15, 20]);
  });

  it('of the black-only version have one colour', () => {
    expect(column(view(machine(profiles.L)), colorantTable, 'prtMarkerColorantValue')).toEqual(['black']);
  });

  it('of the version with duplex have its path, covers and trays', () => {
    const seen = view(machine(profiles.DX));
    expect(column(seen, mediaPathTable, 'prtMediaPathType')).toEqual([5, 5, 3]);
    expect(column(seen, inputTable, 'prtInputName')).toEqual([
      'Middle Tray',
      'Lower Tray',
      'Multi-Purpose Tray',
    ]);
    expect(column(seen, coverTable, 'prtCoverStatus')).toEqual([4, 4, 4, 4]);
  });

  it('move as it prints: life count, paper, toner and output', () => {
    const tested = machine();
    tested.print(Array(10).fill({ coverage: { black: 1 } }));
    tested.runToEnd();
    const seen = view(tested);
    expect(column(seen, markerTable, 'prtMarkerLifeCount')).toEqual([10]);
    expect(column(seen, markerTable, 'prtMarkerPowerOnCount')).toEqual([10]);
    expect(column(seen, inputTable, 'prtInputCurrentLevel')).toEqual([240, 100]);
    expect(column(seen, outputTable, 'prtOutputRemainingCapacity')).toEqual([240, 250]);
    expect(column(seen, suppliesTable, 'prtMarkerSuppliesLevel').slice(0, 2)).toEqual([96, 100]);
  });

  it('say what is in a tray, and -2 for what nobody knows while it is out', () => {
    const tested = machine();
    tested.happen({
      type: 'paper-loaded',
      input: 'upper',
      sheets: 7,
      medium: { size: 'a4', type: 'transparency' },
    });
    const seen = view(tested);
    expect(column(seen, inputTable, 'prtInputMediaName')[0]).toBe('iso_a4_210x297mm');
    expect(column(seen, inputTable, 'prtInputMediaDimXFeedDirChosen')[0]).toBe(209903);
    tested.happen({ type: 'tray-pulled', input: 'upper' });
    expect(column(view(tested), inputTable, 'prtInputCurrentLevel')).toEqual([-2, 100]);
  });

  it('show the display and the lights', () => {
    const tested = machine();
    expect(column(view(tested), displayTable, 'prtConsoleDisplayBufferText')).toEqual([
      'Ready',
      'Phaser 740N',
    ]);
    expect(lamps(tested)).toEqual(['Power on', 'Ready on', 'Data off', 'Attention off']);
    tested.happen({ type: 'cover-opened', cover: 'side' });
    expect(column(view(tested), displayTable, 'prtConsoleDisplayBufferText')).toEqual([
      'Side Door is open',
      'Close it',
    ]);
    expect(lamps(tested)).toEqual(['Power on', 'Ready off', 'Data off', 'Attention blink']);
  });

  function lamps(tested: TestMachine) {
    const seen = view(tested);
    const [on, off] = [
      column(seen, lightTable, 'prtConsoleOnTime'),
      column(seen, lightTable, 'prtConsoleOffTime'),
    ];
    return column(seen, lightTable, 'prtConsoleDescription').map((name, place) => {
      const state = on[place] === 0 ? 'off' : off[place] === 0 ? 'on' : 'blink';
      return `${name} ${state}`;
    });
  }

  it('tell how print data can come in', () => {
    const seen = view(machine());
    expect(column(seen, channelTable, 'prtChannelInformation')).toEqual(['port=9100']);
  });

  it('tell the counters of alerts apart: all, and those that stop it', () => {
    const tested = machine();
    const seen = viewOf(tested.device, tested.state, { criticalAlerts: 2, allAlerts: 5 });
    expect(column(seen, generalTable, 'prtAlertCriticalEvents')).toEqual([2]);
    expect(column(seen, generalTable, 'prtAlertAllEvents')).toEqual([5]);
  });
});

describe('the alert table', () => {
  it('has a row for each alert, by the number that it keeps', () => {
    const tested = machine(profiles.DX);
    tested.happen({ type: 'fault', fault: { type: 'jam', area: 'duplex' } });
    tested.happen({ type: 'cover-opened', cover: 'duplex' });
    tested.happen({ type: 'supply-replaced', supply: 'toner-magenta', levelPercent: 3 });
    const seen = view(tested);
    const rows = column(seen, alertTable, 'prtAlertIndex').map((index, place) => [
      index,
      column(seen, alertTable, 'prtAlertSeverityLevel')[place],
      column(seen, alertTable, 'prtAlertGroup')[place],
      column(seen, alertTable, 'prtAlertGroupIndex')[place],
      column(seen, alertTable, 'prtAlertCode')[place],
      column(seen, alertTable, 'prtAlertDescription')[place],
    ]);
    expect(rows).toEqual([
      [1, 3, 13, 3, 8, 'Jam at Duplex Unit'],
      [2, 3, 6, 4, 3, 'Duplex Unit Door is open'],
      [3, 5, 11, 3, 1104, 'Magenta Toner is low'],
    ]);
    expect(column(seen, mediaPathTable, 'prtMediaPathStatus')).toEqual([0, 0, 19]);
    tested.happen({ type: 'jam-cleared' });
    expect(column(view(tested), alertTable, 'prtAlertIndex')).toEqual([2, 3]);
  });

  it('names the sub-unit of every alert that has one', () => {
    const tested = machine(profiles.DX);
    for (const { id } of tested.device.covers) tested.happen({ type: 'cover-opened', cover: id });
    for (const { id } of tested.device.inputs) tested.happen({ type: 'tray-pulled', input: id });
    for (const { id } of tested.device.supplies) tested.happen({ type: 'supply-removed', supply: id });
    for (const fault of ['memory', 'disk'] as const) tested.happen({ type: 'fault', fault: { type: fault } });
    const units = column(view(tested), alertTable, 'prtAlertGroupIndex');
    expect(units).toHaveLength(tested.state.alerts.length);
    expect(tested.state.alerts.filter(({ condition }) => conditions[condition].alert === null)).toEqual([]);
    expect(units).not.toContain(-1);
  });
});
