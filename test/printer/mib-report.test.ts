/** What is made of a printer's MIBs: our own printer's, as it is; real printers', as they were recorded; and printers that lie. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ConditionName, conditions } from '#vocab/conditions.js';
import { detectedErrorBits } from '#vocab/printer-mib.js';
import { deviceTable, deviceTypePrinter, printerTable, systemGroup } from '#wire/host-objects.js';
import { MibReading } from '#wire/mib-reading.js';
import * as printer from '#wire/printer-objects.js';
import { profiles } from '../../firmware-sim/device/phaser-740.js';
import { findPrinter, printerReport } from '../../src/printer/mib-report.js';
import { assertLinear } from '../support/assert-linear.js';
import { corpusFolder } from '../support/corpus.js';
import { startMachine } from '../support/machine.js';
import { type MadeRow, makeReading, readWalk } from '../support/mib-walks.js';
import { viewOf, walk } from '../support/snmp-view.js';

const reportOf = (reading: MibReading) => printerReport(reading, findPrinter(reading));

/** What our printer's own view says, read again. */
function ours(happen: (machine: ReturnType<typeof startMachine>) => unknown = () => {}) {
  const machine = startMachine(profiles.N).pass(profiles.N.speed.warmUpSeconds);
  happen(machine);
  const reading = new MibReading();
  for (const { oid, value } of walk(viewOf(machine.device, machine.state))) reading.add(oid, value);
  return reportOf(reading);
}

describe('our printer', () => {
  it('is read as it is', () => {
    const report = ours();
    expect(report).toMatchObject({ state: 'idle', conditions: [], product: 'Tektronix, Inc., Phaser 740' });
    expect(report.trays).toContainEqual({
      name: 'Upper Tray',
      type: 'sheetFeedAutoRemovableTray',
      capacitySheets: 250,
      sheets: 250,
      media: 'na_letter_8.5x11in',
    });
    expect(report.outputs[0]).toMatchObject({ name: 'Face-Up Tray', remainingSheets: 250 });
    expect(report.supplies[1]).toEqual({
      name: 'Cyan Toner',
      class: 'supplyThatIsConsumed',
      type: 'toner',
      colour: 'cyan',
      percent: 100,
    });
    expect(report.counters).toEqual({ impressions: 0, impressionsSincePowerOn: 0, sheets: null });
    expect(report.panelText).toEqual(['Ready', 'Phaser 740N']);
  });

  it.each<[string, Parameters<typeof ours>[0], string, string[]]>([
    ['prints', (machine) => machine.print([{}]), 'processing', []],
    ['sleeps', (machine) => machine.pass(4000), 'idle', []],
    [
      'has a cover open',
      (machine) => machine.happen({ type: 'cover-opened', cover: 'top' }),
      'stopped',
      ['cover-open'],
    ],
    ['is offline', (machine) => machine.happen({ type: 'offline' }), 'stopped', ['offline']],
    [
      'is low on toner',
      (machine) => machine.happen({ type: 'supply-replaced', supply: 'toner-cyan', levelPercent: 9 }),
      'idle',
      ['toner-low'],
    ],
    [
      'is out of toner',
      (machine) => machine.happen({ type: 'supply-replaced', supply: 'toner-cyan', levelPercent: 0 }),
      'stopped',
      ['toner-empty'],
    ],
  ])('%s', (_words, happen, state, names) => {
    const report = ours(happen);
    expect([report.state, report.conditions.map(({ name }) => name)]).toEqual([state, names]);
  });

  const told = (Object.keys(conditions) as ConditionName[]).filter((name) => conditions[name].alert !== null);
  it.each(told)('%s: the condition that it has is the one that is read', (condition) => {
    const report = ours((machine) => {
      machine.state = { ...machine.state, alerts: [{ index: 7, condition, where: null, since: 0 }] };
    });
    const { severity, keyword } = conditions[condition];
    // The alert `other` has no code that says more, and so no name.
    const name = condition === 'other' ? null : condition;
    expect(report.conditions).toEqual([{ name, keyword, severity, text: expect.any(String) }]);
    expect(report.state).toBe(severity === 'error' ? 'stopped' : 'idle');
  });
});

const walks = corpusFolder('walks');

describe.skipIf(walks === null)('real printers', () => {
  const files = walks === null ? [] : readdirSync(walks).filter((name) => name.endsWith('.snmprec'));
  const recorded = (name: string) => reportOf(readWalk(readFileSync(join(walks ?? '', name), 'latin1')));

  it.each(files)('%s: nothing is made up, and everything is fit to be shown', (name) => {
    const report = recorded(name);
    expect(report.product).not.toBe('');
    const fills = [
      ...report.trays.map(({ sheets, capacitySheets }) => [
        sheets,
        capacitySheets ?? Number.POSITIVE_INFINITY,
      ]),
      ...report.supplies.map(({ percent }) => [percent, 100]),
    ];
    for (const [fill, most] of fills) {
      if (typeof fill !== 'number') continue;
      expect(fill).toBeGreaterThanOrEqual(0);
      expect(fill).toBeLessThanOrEqual(Number(most));
    }
    expect(JSON.stringify(report)).not.toMatch(/\\u00|\\[nrt]|�/);
  });

  it('as far as they are known', () => {
    expect(recorded('samsungprinter_m4080fx.snmprec')).toMatchObject({
      product: 'Samsung M408x Series',
      conditions: [{ name: 'media-low', severity: 'warning' }],
      counters: { impressions: 22_934 },
    });
    expect(recorded('sharp.snmprec')).toMatchObject({ conditions: [{ name: 'toner-low' }] });
    // It counts in sheets.
    expect(recorded('ricoh_mpc3002.snmprec').counters).toEqual({
      impressions: null,
      impressionsSincePowerOn: null,
      sheets: 271_871,
    });
    expect(recorded('jetdirect_m880.snmprec').supplies[12]).toMatchObject({
      type: 'staples',
      percent: 'some',
    });
  });
});

/** A printer's statuses, its alerts and its error bits. */
function condition(
  statuses: [device: number | null, printer: number | null],
  alerts: [severity: number, group: number, code: number, text?: string][] = [],
  bits: number[] = [],
) {
  const [hrDeviceStatus, hrPrinterStatus] = statuses;
  return reportOf(
    makeReading(
      [
        deviceTable,
        '1',
        { hrDeviceType: deviceTypePrinter, ...(hrDeviceStatus === null ? {} : { hrDeviceStatus }) },
      ],
      [
        printerTable,
        '1',
        {
          ...(hrPrinterStatus === null ? {} : { hrPrinterStatus }),
          hrPrinterDetectedErrorState: Buffer.from(bits),
        },
      ],
      [printer.generalTable, '1', { prtMarkerDefaultIndex: 1 }],
      ...alerts.map(
        ([prtAlertSeverityLevel, prtAlertGroup, prtAlertCode, prtAlertDescription = ''], place): MadeRow => [
          printer.alertTable,
          `1.${place + 3}`,
          { prtAlertSeverityLevel, prtAlertGroup, prtAlertCode, prtAlertDescription },
        ],
      ),
    ),
  );
}

const short = ({ state, conditions: found }: ReturnType<typeof condition>) => [
  state,
  ...found.map(({ name, keyword, severity }) => `${name ?? keyword} ${severity}`),
];

describe('the state', () => {
  // RFC 3805 Appendix E.
  it.each([
    [2, 3, 'idle'],
    [2, 4, 'processing'],
    [3, 3, 'idle'],
    [3, 4, 'processing'],
    [5, 1, 'stopped'],
    [5, 5, 'idle'],
    [2, 1, 'idle'],
    [null, 3, 'idle'],
    [null, 4, 'processing'],
    [5, null, 'stopped'],
    [1, 2, 'unknown'],
    [2, 2, 'unknown'],
    [2, null, 'unknown'],
    [null, 1, 'unknown'],
    [null, null, 'unknown'],
    [99, -1, 'unknown'],
  ] as const)('of a device %s, a printer %s is %s', (device, status, state) => {
    expect(condition([device, status]).state).toBe(state);
  });

  it('of a printer that contradicts itself is what is wrong with it', () => {
    // Only one tray is empty, which is critical for that tray: it goes on.
    expect(short(condition([3, 3], [[3, 8, 808]]))).toEqual(['idle', 'tray-empty warning']);
    expect(short(condition([3, 4], [[3, 8, 808]]))).toEqual(['processing', 'tray-empty warning']);
    // Ready, with paper jammed.
    expect(short(condition([2, 3], [[3, 13, 8]]))).toEqual(['stopped', 'jam error']);
    expect(short(condition([2, 1], [], [0x40]))).toEqual(['stopped', 'media-empty error']);
    // Down, for what should only be a warning.
    expect(short(condition([5, 1], [], [0x00, 0x08]))).toEqual(['stopped', 'output-full error']);
    expect(short(condition([5, 4], [[3, 6, 3]]))).toEqual(['stopped', 'cover-open error']);
  });
});

describe('the conditions', () => {
  it('are those of the bits where the alert table is empty', () => {
    expect(short(condition([5, 1], [], [0x08 | 0x80]))).toEqual([
      'stopped',
      'cover-open error',
      'media-low warning',
    ]);
    expect(short(condition([3, 3], [], [0x00, 0x04]))).toEqual(['idle', 'tray-empty warning']);
    expect(short(condition([3, 3], [], [0x01, 0x04]))).toEqual(['idle', 'tray-empty warning']);
    // One of no meaning, and bytes behind the last.
    expect(short(condition([2, 3], [], [0x00, 0x01, 0xff, 0xff]))).toEqual(['idle']);
  });

  it.each(Object.entries(detectedErrorBits))('have a row for the bit %s', (_word, bit) => {
    const bits = [0, 0];
    bits[bit >> 3] = 0x80 >> (bit & 7);
    const { conditions: found } = condition([3, 3], [], bits);
    expect(found).toHaveLength(1);
    expect(found[0]?.name).toEqual(expect.any(String));
  });

  it('are not told twice where alerts explain the bits', () => {
    expect(short(condition([5, 1], [[3, 6, 3, 'Front door']], [0x08 | 0x01]))).toEqual([
      'stopped',
      'cover-open error',
    ]);
    // The maker's own code, in the group that the bit is about.
    const report = condition([3, 3], [[4, 11, 35_101, 'Yellow low']], [0x20]);
    expect(report.conditions).toEqual([
      { name: null, keyword: 'other', severity: 'warning', text: 'Yellow low' },
    ]);
    expect(short(condition([3, 3], [[4, 11, 1104]], [0x80]))).toEqual([
      'idle',
      'toner-low warning',
      'media-low warning',
    ]);
  });

  it.each([
    ['another word for an open cover', 3, 6, 501, 'cover-open'],
    ['an interlock', 3, 10, 5, 'cover-open'],
    ['a jam in the output', 3, 9, 8, 'jam'],
    ['an empty tray in general words', 3, 8, 13, 'media-empty'],
    ['ink', 3, 11, 1102, 'toner-empty'],
    ['a worn part', 4, 10, 11, 'part-over'],
    ['a special code in another group', 3, 5, 808, 'media-empty'],
  ])('are found for %s', (_words, severity, group, code, name) => {
    expect(condition([5, 1], [[severity, group, code]]).conditions[0]?.name).toBe(name);
  });

  it("keep the standard's word where we have no row, and the printer's text", () => {
    const report = condition(
      [2, 1],
      [
        [1, 5, 23, 'Sleep mode on'],
        [4, 10, 1005, ''],
        [1, 18, 1801, 'gone'],
        [3, 15, 34, 'M\u0000emory\r\nfull \u001b[7m'],
      ],
    );
    expect(report.conditions).toEqual([
      { name: 'memory-full', keyword: 'memory-exhausted', severity: 'error', text: 'M emory full [7m' },
      {
        name: null,
        keyword: 'marker-adjusting-print-quality',
        severity: 'warning',
        text: 'marker adjusting print quality',
      },
      { name: null, keyword: 'subunit-power-saver', severity: 'report', text: 'Sleep mode on' },
    ]);
  });
});

describe('what printers have been seen to say', () => {
  it('ink is low, of no group', () => {
    // Canon GP-4600S.
    const alert = {
      prtAlertSeverityLevel: 4,
      prtAlertCode: 1105,
      prtAlertDescription: 'Ink tank supply low at gray.',
    };
    expect(
      reportOf(
        makeReading(
          [printer.alertTable, '1.1', alert],
          [printer.generalTable, '1', { prtMarkerDefaultIndex: 1 }],
        ),
      ).conditions,
    ).toEqual([
      { name: 'toner-low', keyword: 'toner-low', severity: 'warning', text: 'Ink tank supply low at gray.' },
    ]);
  });

  it('it sleeps, in Chinese', () => {
    const report = condition([2, 1], [[1, 5, 23, '启用睡眠模式']], [0]);
    expect(report).toMatchObject({
      state: 'idle',
      conditions: [{ severity: 'report', text: '启用睡眠模式' }],
    });
  });

  it('it is out of paper, in bits that speak of little paper and of service', () => {
    expect(short(condition([5, 1], [], [0x81]))).toEqual(['stopped', 'media-low error']);
  });

  it('everything is of device 0', () => {
    // HP Officejet 8600.
    const report = reportOf(
      makeReading(
        [deviceTable, '1', { hrDeviceType: deviceTypePrinter, hrDeviceStatus: 2 }],
        [printerTable, '1', { hrPrinterStatus: 3 }],
        [printer.markerTable, '0.1', { prtMarkerLifeCount: 12, prtMarkerCounterUnit: 7 }],
        [
          printer.suppliesTable,
          '0.1',
          {
            prtMarkerSuppliesClass: 3,
            prtMarkerSuppliesType: 5,
            prtMarkerSuppliesDescription: 'black ink',
            prtMarkerSuppliesSupplyUnit: 15,
            prtMarkerSuppliesMaxCapacity: 651,
            prtMarkerSuppliesLevel: 0,
          },
        ],
      ),
    );
    expect(report).toMatchObject({
      state: 'idle',
      counters: { impressions: 12 },
      supplies: [{ name: 'black ink', type: 'ink', percent: 0 }],
    });
  });
});

describe('the printer', () => {
  it('may be any device of its agent', () => {
    const report = reportOf(
      makeReading(
        [
          deviceTable,
          '1',
          { hrDeviceType: [1, 3, 6, 1, 2, 1, 25, 3, 1, 3], hrDeviceDescr: 'CPU', hrDeviceStatus: 2 },
        ],
        [deviceTable, '5', { hrDeviceType: deviceTypePrinter, hrDeviceDescr: 'Printer', hrDeviceStatus: 5 }],
        [printerTable, '5', { hrPrinterStatus: 1, hrPrinterDetectedErrorState: Buffer.from([4]) }],
        [printer.inputTable, '5.1', { prtInputName: 'Tray' }],
        [printer.inputTable, '1.1', { prtInputName: 'of another' }],
      ),
    );
    expect(report).toMatchObject({ product: 'Printer', state: 'stopped', conditions: [{ name: 'jam' }] });
    expect(report.trays.map(({ name }) => name)).toEqual(['Tray']);
  });

  it('may have its parts under another device than itself', () => {
    const report = reportOf(
      makeReading(
        [deviceTable, '3', { hrDeviceType: deviceTypePrinter, hrDeviceDescr: 'Printer', hrDeviceStatus: 2 }],
        [printerTable, '3', { hrPrinterStatus: 3 }],
        [printer.markerTable, '1.1', { prtMarkerLifeCount: 5, prtMarkerCounterUnit: 7 }],
      ),
    );
    expect(report).toMatchObject({ product: 'Printer', state: 'idle', counters: { impressions: 5 } });
  });

  it('may be none', () => {
    expect(reportOf(makeReading([systemGroup, '0', { sysDescr: 'Linux' }]))).toEqual({
      state: 'unknown',
      isWarmingUp: false,
      conditions: [],
      product: 'Linux',
      serialNumber: '',
      trays: [],
      outputs: [],
      supplies: [],
      counters: { impressions: null, impressionsSincePowerOn: null, sheets: null },
      panelText: [],
    });
  });

  it('speaks in whatever charset it likes', () => {
    const text = (bytes: Buffer) =>
      reportOf(makeReading([printer.displayTable, '1.1', { prtConsoleDisplayBufferText: bytes }])).panelText;
    expect(text(Buffer.from('Papier nachfüllen'))).toEqual(['Papier nachfüllen']);
    expect(text(Buffer.from('Papier nachfüllen', 'latin1'))).toEqual(['Papier nachfüllen']);
    expect(text(Buffer.from('  \u0000\u0000'))).toEqual([]);
    expect(text(Buffer.alloc(5000, 'x'))[0]).toHaveLength(255);
  });
});

describe('the counter', () => {
  const counters = (...markers: [life: number | null, unit: number | null][]) =>
    reportOf(
      makeReading(
        [printer.generalTable, '1', { prtMarkerDefaultIndex: 2 }],
        ...markers.map(
          ([life, unit], place): MadeRow => [
            printer.markerTable,
            `1.${place + 1}`,
            {
              prtMarkerMarkTech: 4,
              ...(life === null ? {} : { prtMarkerLifeCount: life }),
              ...(unit === null ? {} : { prtMarkerCounterUnit: unit }),
            },
          ],
        ),
      ),
    ).counters;

  it("is the default marker's, or the first that counts impressions", () => {
    expect(counters([100, 7], [200, 7]).impressions).toBe(200);
    expect(counters([100, 7], [200, 11]).impressions).toBe(100);
    expect(counters([100, null]).impressions).toBe(100);
    expect(counters([2 ** 32 - 1, 7]).impressions).toBe(2 ** 32 - 1);
    // RFC 3805: other, and unknown.
    expect([counters([-1, 7]), counters([-2, 7])].map(({ impressions }) => impressions)).toEqual([
      null,
      null,
    ]);
  });

  it('is none where nothing is counted that we understand', () => {
    const none = { impressions: null, impressionsSincePowerOn: null, sheets: null };
    expect(counters([null, 7])).toEqual(none);
    expect(counters([-2, 7])).toEqual(none);
    expect(counters([100, 11])).toEqual(none);
    expect(counters([100, 8])).toEqual({ ...none, sheets: 100 });
  });
});

describe('how full it is', () => {
  const supply = (cells: Record<string, number>) =>
    reportOf(makeReading([printer.suppliesTable, '1.1', { prtMarkerSuppliesClass: 3, ...cells }])).supplies[0]
      ?.percent;
  const level = (prtMarkerSuppliesLevel: number, prtMarkerSuppliesMaxCapacity: number, more = {}) =>
    supply({ prtMarkerSuppliesLevel, prtMarkerSuppliesMaxCapacity, ...more });

  it.each([
    [50, 100, 50],
    [1500, 6000, 25],
    [7000, 6000, 100],
    [0, 6000, 0],
    [-3, 6000, 'some'],
    [-2, 6000, 'unknown'],
    [-1, -1, 'unknown'],
    [40, -2, 'unknown'],
    [40, 0, 'unknown'],
    [0, -2, 0],
    [-3, -2, 'some'],
  ])('a supply with %i of %i is %s', (now, most, percent) => {
    expect(level(now, most)).toBe(percent);
  });

  it('a supply in percent needs no capacity', () => {
    expect(level(40, -2, { prtMarkerSuppliesSupplyUnit: 19 })).toBe(40);
    expect(level(140, 0, { prtMarkerSuppliesSupplyUnit: 19 })).toBe(100);
  });

  it('a receptacle is as full as there is no room in it', () => {
    expect(level(30, 100, { prtMarkerSuppliesClass: 4 })).toBe(70);
    expect(level(30, 100, { prtMarkerSuppliesClass: 1, prtMarkerSuppliesType: 4 })).toBe(70);
    expect(level(0, -2, { prtMarkerSuppliesClass: 4 })).toBe('unknown');
  });

  const tray = (cells: Record<string, number>) => {
    const { capacitySheets, sheets } =
      reportOf(makeReading([printer.inputTable, '1.1', cells])).trays[0] ?? {};
    return [capacitySheets, sheets];
  };
  it.each([
    [{ prtInputCapacityUnit: 8, prtInputMaxCapacity: 500, prtInputCurrentLevel: 20 }, [500, 20]],
    [{ prtInputCapacityUnit: 8, prtInputMaxCapacity: 500, prtInputCurrentLevel: 900 }, [500, 500]],
    [{ prtInputCapacityUnit: 8, prtInputMaxCapacity: -2, prtInputCurrentLevel: -3 }, [null, 'some']],
    [{ prtInputCapacityUnit: 8, prtInputMaxCapacity: -1, prtInputCurrentLevel: -1 }, [null, 'unknown']],
    [{ prtInputCapacityUnit: 19, prtInputMaxCapacity: 100, prtInputCurrentLevel: 40 }, [null, 'some']],
    [{ prtInputCapacityUnit: 19, prtInputMaxCapacity: 100, prtInputCurrentLevel: 0 }, [null, 0]],
    [{ prtInputMaxCapacity: 250 }, [250, 'unknown']],
  ])('a tray of %o has %o', (cells, expected) => {
    expect(tray(cells)).toEqual(expected);
  });
});

it('costs as much as the printer says', () => {
  const said = (count: number) =>
    makeReading(
      ...Array.from(
        { length: count },
        (_, row): MadeRow => [
          printer.alertTable,
          `1.${row + 1}`,
          {
            prtAlertSeverityLevel: 3,
            prtAlertGroup: 8,
            prtAlertCode: 808,
            prtAlertDescription: `Tray ${row}`,
          },
        ],
      ),
    );
  const made = new Map([50, 100, 200].map((count) => [count, said(count)]));
  assertLinear(50, (count) => {
    reportOf(made.get(count) ?? said(count));
  });
});
