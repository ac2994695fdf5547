/** What holds of the machine whatever happens to it, in whatever order. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { profiles } from '../../../firmware-sim/device/phaser-740.js';
import { stops } from '../../../firmware-sim/machine/conditions.js';
import type { MachineEvent } from '../../../firmware-sim/machine/events.js';
import type { Fault } from '../../../firmware-sim/machine/faults.js';
import type { Counters, PageRequest } from '../../../firmware-sim/machine/state.js';
import { startMachine, type TestMachine } from '../../support/machine.js';

const devices = [profiles.N, profiles.DX, { ...profiles.DX, recoversJams: false }];
const anyDevice = fc.constantFrom(...devices);
const cover = fc.constantFrom('top', 'side');
const area = fc.constantFrom('fuser', 'imaging');
const supply = fc.constantFrom('toner-black', 'toner-cyan', 'fuser', 'imaging-unit');
const input = fc.constantFrom('upper', 'middle', 'multi-purpose');
const percent = fc.integer({ min: 0, max: 100 });

const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ type: fc.constant('jam' as const), area }),
  fc.record({ type: fc.constant('cover' as const), cover }),
  fc.record({ type: fc.constant('tray' as const), input }),
  fc.record({ type: fc.constant('supply' as const), supply, levelPercent: percent }),
  fc.constantFrom<Fault>({ type: 'power' }, { type: 'offline' }, { type: 'memory' }),
);

type Action = { happen: MachineEvent } | { print: Partial<PageRequest>[] } | { pass: number };

const anyPage: fc.Arbitrary<Partial<PageRequest>> = fc.record({
  side: fc.constantFrom('front', 'back'),
  colour: fc.boolean(),
  manualFeed: fc.constantFrom(false, false, false, true),
  medium: fc.constantFrom(
    { size: 'letter', type: 'stationery' },
    { size: 'letter', type: 'stationery' },
    { size: 'a4', type: 'stationery' },
  ),
});

const happening: fc.Arbitrary<MachineEvent> = fc.oneof(
  fc.constantFrom<MachineEvent>(
    { type: 'power-on' },
    { type: 'power-off' },
    { type: 'online' },
    { type: 'offline' },
    { type: 'jam-cleared' },
    { type: 'faults-cleared' },
    { type: 'output-emptied', output: 'face-up' },
  ),
  fc.record({ type: fc.constantFrom('cover-opened' as const, 'cover-closed' as const), cover }),
  fc.record({ type: fc.constantFrom('tray-pulled' as const, 'tray-inserted' as const), input }),
  fc.record({ type: fc.constant('fault' as const), fault: anyFault }),
  fc.record({
    type: fc.constant('fault-armed' as const),
    armed: fc.record({
      fault: anyFault,
      moment: fc.record({ at: fc.constant('page' as const), page: fc.integer({ min: 1, max: 4 }) }),
    }),
  }),
  fc.record({ type: fc.constantFrom('supply-removed' as const, 'supply-replaced' as const), supply }),
);

const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: happening.map((event) => ({ happen: event })) },
  { weight: 3, arbitrary: fc.array(anyPage, { minLength: 1, maxLength: 5 }).map((print) => ({ print })) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 120 }).map((pass) => ({ pass })) },
);

/** One job at a time, as the queue gives them. */
function act(machine: TestMachine, action: Action): void {
  if ('happen' in action) machine.happen(action.happen);
  else if ('pass' in action) machine.pass(action.pass);
  else if (machine.state.job === null && machine.state.phase !== 'off') machine.print(action.print);
}

function sheetsIn({ state }: TestMachine): number {
  return Object.values(state.inputs).reduce((sum, { sheets }) => sum + sheets, 0);
}

/** What a machine needs to come to an end with its job: everything mended, all paper at hand, the power on. */
function help(machine: TestMachine): void {
  machine.happen({ type: 'power-on' });
  machine.happen({ type: 'faults-cleared' });
  for (let times = 0; machine.state.job !== null && times < 20; times++) {
    const { mediaRequest } = machine.pass(600).state;
    if (mediaRequest?.input == null) continue;
    const { medium } = mediaRequest;
    machine.happen({ type: 'paper-loaded', input: mediaRequest.input, sheets: 50, medium });
  }
}

const actions = fc.array(anyAction, { maxLength: 40 });

it('counters never shrink, but the one that is for one time of power', () => {
  fc.assert(
    fc.property(anyDevice, actions, (device, all) => {
      const machine = startMachine(device);
      let before: Counters = machine.state.counters;
      for (const action of all) {
        act(machine, action);
        const { counters } = machine.state;
        for (const key of Object.keys(before) as (keyof Counters)[]) {
          if (key !== 'pagesSincePowerOn') expect(counters[key]).toBeGreaterThanOrEqual(before[key]);
        }
        before = counters;
      }
    }),
    { numRuns: 150 },
  );
});

it('each page comes out once or is lost once, never both, and every job ends when it is helped', () => {
  fc.assert(
    fc.property(anyDevice, actions, (device, all) => {
      const machine = startMachine(device);
      let asked = 0;
      for (const action of all) {
        const jobs = machine.state.counters.jobs;
        act(machine, action);
        if ('print' in action && machine.state.counters.jobs > jobs) asked += action.print.length;
      }
      help(machine);
      expect(machine.state.job).toBeNull();
      const ends = [...machine.out(), ...machine.of('page-lost')].map(({ page }) => page.id);
      expect(new Set(ends).size).toBe(ends.length);
      expect(ends).toHaveLength(asked);
      expect(machine.state.counters.pages).toBe(machine.out().length);
    }),
    { numRuns: 150 },
  );
});

it('no sheet appears, and none goes but to the output, into a jam or with the power', () => {
  fc.assert(
    fc.property(
      anyDevice,
      fc.array(anyPage, { minLength: 1, maxLength: 20 }),
      area,
      (device, pages, where) => {
        const machine = startMachine(device).pass(device.speed.warmUpSeconds);
        const loaded = sheetsIn(machine);
        machine.print(
          pages.map((page) => ({
            ...page,
            manualFeed: false,
            medium: { size: 'letter', type: 'stationery' },
          })),
        );
        machine.pass(30);
        // A sheet whose front is out and whose back is on its way has been counted with its front.
        const onTheirWay = machine.state.path.filter(({ page }) => page.side === 'front').length;
        expect(sheetsIn(machine)).toBe(loaded - machine.state.counters.sheets - onTheirWay);
        machine.happen({ type: 'fault', fault: { type: 'jam', area: where } });
        const jammed = machine.state.jam?.pages.filter(({ side }) => side === 'front').length ?? 0;
        machine.happen({ type: 'jam-cleared' }).runToEnd();
        expect(machine.state.counters.sheets).toBe(loaded - sheetsIn(machine) - jammed);
        const laid = Object.values(machine.state.outputs).reduce((sum, sheets) => sum + sheets, 0);
        expect(laid).toBe(machine.state.counters.sheets);
      },
    ),
    { numRuns: 100 },
  );
});

it('a machine that has work and that nothing stops is never still', () => {
  fc.assert(
    fc.property(anyDevice, actions, (device, all) => {
      const machine = startMachine(device);
      for (const action of all) act(machine, action);
      const { phase, job, alerts, counters } = machine.state;
      if (phase === 'off' || job === null || alerts.some(stops)) return;
      machine.pass(device.speed.warmUpSeconds + 120);
      const moved = machine.state.counters.pages > counters.pages || machine.state.job === null;
      expect(moved || machine.state.alerts.some(stops)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('mended, it has no alert but for other paper', () => {
  fc.assert(
    fc.property(anyDevice, actions, (device, all) => {
      const machine = startMachine(device);
      for (const action of all) act(machine, action);
      machine.happen({ type: 'faults-cleared' });
      const left = machine.state.alerts.filter(
        ({ condition }) => !['media-needed', 'manual-feed'].includes(condition),
      );
      expect(left).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
