/** What IPP printers say of themselves: the simulated machine in all its states, CUPS's own printer, and what printers say wrongly. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import { groupTags } from '#vocab/ipp-tags.js';
import type { PrinterReport } from '#vocab/printer-status.js';
import {
  attribute,
  enumeration,
  type IppAttribute,
  integer,
  keyword,
  nameValue,
  octetString,
  text,
} from '#wire/ipp-message.js';
import { parsePairs } from '#wire/pwg-pairs.js';
import { profiles } from '../../firmware-sim/device/phaser-740.js';
import { stateAttributes } from '../../firmware-sim/faces/ipp/printer-attributes.js';
import { makePrinterQuestion } from '../../src/make-printer-question.js';
import { readIppReport } from '../../src/printer/read-ipp.js';
import { assertLinear } from '../support/assert-linear.js';
import { startIppEvePrinter } from '../support/ippeveprinter.js';
import { startMachine, type TestMachine } from '../support/machine.js';
import { missing } from '../support/peers.js';

function read(attributes: readonly IppAttribute[]): PrinterReport {
  const groups = [{ tag: groupTags.printer, attributes: [...attributes] }];
  return readIppReport({ version: [2, 0], code: 0, requestId: 1, groups });
}

function reportOf(happen: (machine: TestMachine) => unknown = () => {}): PrinterReport {
  const machine = startMachine(profiles.N).pass(profiles.N.speed.warmUpSeconds);
  happen(machine);
  return read(stateAttributes(machine.device, machine.state));
}

const named = ({ conditions }: PrinterReport) => conditions.map(({ name, severity }) => [name, severity]);

describe('the simulated Phaser 740 says by IPP', () => {
  it('its supplies, trays and display', () => {
    const report = reportOf((machine) =>
      machine
        .happen({
          type: 'paper-loaded',
          input: 'upper',
          sheets: 170,
          medium: { size: 'a4', type: 'stationery' },
        })
        .happen({ type: 'supply-replaced', supply: 'toner-cyan', levelPercent: 40 }),
    );
    expect(report).toMatchObject({ state: 'idle', conditions: [], panelText: ['Ready.'] });
    expect(report.trays[0]).toEqual({
      ...{ name: 'Upper Tray', type: 'sheetFeedAutoRemovableTray', capacitySheets: 250, sheets: 170 },
      media: 'iso_a4_210x297mm',
    });
    expect(report.outputs[0]).toMatchObject({ capacitySheets: 250, remainingSheets: 250 });
    expect(report.supplies).toContainEqual({
      ...{ name: 'Cyan Toner', class: 'supplyThatIsConsumed', type: 'tonerCartridge', colour: 'cyan' },
      percent: 40,
    });
  });

  it.each<[string, (machine: TestMachine) => unknown, PrinterReport['state'], unknown[]]>([
    [
      'an open cover',
      (m) => m.happen({ type: 'cover-opened', cover: 'top' }),
      'stopped',
      [['cover-open', 'error']],
    ],
    ['offline', (m) => m.happen({ type: 'offline' }), 'stopped', [['offline', 'error']]],
    [
      'low toner',
      (m) => m.happen({ type: 'supply-replaced', supply: 'toner-black', levelPercent: 3 }),
      ...(['idle', [['toner-low', 'warning']]] as [PrinterReport['state'], unknown[]]),
    ],
  ])('%s', (_what, happen, state, conditions) => {
    const report = reportOf(happen);
    expect([report.state, named(report)]).toEqual([state, conditions]);
  });

  it('where it is: with the words of the alert', () => {
    const { conditions } = reportOf((machine) => machine.happen({ type: 'cover-opened', cover: 'top' }));
    expect(conditions[0]?.text).toMatch(/^Top Cover: a cover is open$/);
  });
});

describe("CUPS's own IPP printer", () => {
  it.skipIf(missing('ippeveprinter'))('is understood', async () => {
    const printer = await startIppEvePrinter();
    try {
      const question = makePrinterQuestion({ name: 'P', uri: printer.uri, watch: 'auto' }, systemClock);
      const report = await question?.ask(AbortSignal.timeout(10_000));
      expect(report).toMatchObject({ state: 'idle', product: 'Example Printer', panelText: ['Idle.'] });
      expect(report?.trays).toContainEqual({
        ...{ name: 'main', type: 'sheetFeedAutoRemovableTray', capacitySheets: 250, media: '' },
        sheets: 'unknown',
      });
      const { supplies = [] } = report ?? {};
      expect(supplies[0]).toEqual({
        ...{
          name: 'Ink Waste Tank',
          class: 'receptacleThatIsFilled',
          type: 'wasteInk',
          colour: '',
          percent: 25,
        },
      });
      expect(supplies.map(({ colour, percent }) => [colour, percent]).slice(1)).toEqual([
        ['black', 75],
        ['cyan', 50],
        ['magenta', 33],
        ['yellow', 67],
      ]);
      expect(report?.counters.impressions).toBeNull();
    } finally {
      await printer.stop();
    }
  });
});

describe('a printer that', () => {
  it('has only the older attributes is read by them', () => {
    const report = read([
      attribute('marker-names', nameValue('Black'), nameValue('Waste'), nameValue('Odd')),
      attribute('marker-colors', nameValue('#000000'), nameValue('none'), nameValue('#0000FF')),
      attribute('marker-types', keyword('toner'), keyword('waste-toner'), keyword('magic')),
      attribute('marker-levels', integer(80), integer(-3), integer(-2)),
      attribute('media-ready', keyword('iso_a4_210x297mm')),
      attribute('printer-device-id', text('MFG:Tek;MDL:Phaser;SN:1234;')),
    ]);
    expect(report.supplies).toEqual([
      { name: 'Black', class: 'unknown', type: 'toner', colour: 'black', percent: 80 },
      { name: 'Waste', class: 'receptacleThatIsFilled', type: 'wasteToner', colour: '', percent: 'some' },
      { name: 'Odd', class: 'unknown', type: 'unknown', colour: '#0000FF', percent: 'unknown' },
    ]);
    expect(report.trays).toMatchObject([{ sheets: 'unknown', media: 'iso_a4_210x297mm' }]);
    expect(report.serialNumber).toBe('1234');
  });

  it('says nothing is unknown in everything', () => {
    expect(read([])).toEqual({
      ...{
        state: 'unknown',
        isWarmingUp: false,
        conditions: [],
        product: '',
        serialNumber: '',
        trays: [],
        outputs: [],
      },
      ...{
        supplies: [],
        counters: { impressions: null, impressionsSincePowerOn: null, sheets: null },
        panelText: [],
      },
    });
  });

  it('tells a reason without a suffix means an error when it stands still, and else only tells', () => {
    const reasons = attribute('printer-state-reasons', keyword('media-jam'), keyword('wifi-not-configured'));
    const state = (code: number) => attribute('printer-state', enumeration(code));
    expect(named(read([state(5), reasons]))).toEqual([
      ['jam', 'error'],
      [null, 'error'],
    ]);
    expect(named(read([state(3), reasons]))).toEqual([
      [null, 'report'],
      [null, 'report'],
    ]);
  });

  it('writes nonsense is neither believed nor shown as it is', () => {
    const report = read([
      attribute(
        'printer-input-tray',
        octetString(Buffer.from('type=;level=many;name=a\u001b[2Jb;;=;maxcapacity')),
      ),
      attribute('printer-supply', octetString(Buffer.from('level=50;maxcapacity=0;type=constructor;'))),
      attribute('printer-state-message', text('one\r\n\u202etwo')),
    ]);
    expect(report.trays).toEqual([
      { name: 'a [2Jb', type: 'unknown', capacitySheets: null, sheets: 'unknown', media: '' },
    ]);
    expect(report.supplies).toMatchObject([{ type: 'unknown', percent: 'unknown' }]);
    expect(report.panelText).toEqual(['one', 'two']);
  });

  it('has very many of everything costs no more than that', () => {
    assertLinear(4000, (size) => {
      const values = Array.from({ length: size }, () => octetString(Buffer.from('level=1;name=x;')));
      const reasons = Array.from({ length: size }, (_, n) => keyword(`reason-${n}-error`));
      const names = Array.from({ length: size }, () => nameValue('x'));
      const report = read([
        attribute('printer-input-tray', ...values),
        attribute('printer-state-reasons', ...reasons),
        attribute('marker-names', ...names),
        attribute('printer-state-message', text('x\n'.repeat(size))),
      ]);
      expect(report.trays.length).toBeLessThanOrEqual(100);
    });
    assertLinear(4000, (size) => parsePairs('a=b;'.repeat(size)));
  });
});
