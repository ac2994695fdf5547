/** What the display and the lights say in each state of the machine. */
import { describe, expect, it } from 'vitest';
import { type ConditionName, conditions } from '#vocab/conditions.js';
import { profiles } from '../../../firmware-sim/device/phaser-740.js';
import { atSpeed } from '../../../firmware-sim/device/speed.js';
import {
  alertLines,
  displayColumns,
  panelText,
  placeName,
} from '../../../firmware-sim/machine/panel-text.js';
import { startMachine, TestMachine } from '../../support/machine.js';

const instant = atSpeed(profiles.N, 'instant');
const show = ({ device, state }: TestMachine) => panelText(device, state);
const lines = (machine: TestMachine) => show(machine).lines;

it('shows nothing without power', () => {
  const { lines, lights } = show(new TestMachine(instant));
  expect([lines, Object.values(lights)]).toEqual([
    ['', ''],
    ['off', 'off', 'off', 'off'],
  ]);
});

it('says what the machine does, from warm-up to sleep', () => {
  const machine = startMachine(profiles.N);
  expect(lines(machine)).toEqual(['Warming up', '']);
  expect(show(machine).lights).toEqual({ power: 'on', ready: 'blink', data: 'off', attention: 'off' });
  machine.print([{}]);
  expect(lines(machine)).toEqual(['Warming up', 'Job 1 waits']);
  machine.pass(profiles.N.speed.warmUpSeconds);
  expect(lines(machine)).toEqual(['Printing', 'Job 1, page 1']);
  expect(show(machine).lights).toEqual({ power: 'on', ready: 'on', data: 'blink', attention: 'off' });
  machine.runToEnd();
  expect(lines(machine)).toEqual(['Ready', 'Phaser 740N']);
  machine.pass(profiles.N.speed.sleepAfterSeconds);
  expect(lines(machine)).toEqual(['Sleeping', 'Wakes for the next job']);
  expect(show(machine).lights.power).toBe('blink');
});

it('shows what stops the machine on both lines, and a warning on the second only', () => {
  const machine = startMachine(instant);
  machine.happen({ type: 'fault', fault: { type: 'supply', supply: 'toner-cyan', levelPercent: 5 } });
  expect(lines(machine)).toEqual(['Ready', 'Cyan Toner is low']);
  expect(show(machine).lights).toMatchObject({ ready: 'on', attention: 'on' });
  machine.happen({ type: 'fault', fault: { type: 'jam', area: 'fuser' } });
  // "fuser" is a place where paper jams and a part: the place is meant.
  expect(lines(machine)).toEqual(['Jam at Fuser and Exit Area', 'Open, remove the paper']);
  expect(show(machine).lights).toMatchObject({ ready: 'off', attention: 'blink' });
});

it('says which paper it wants', () => {
  const machine = startMachine(instant);
  machine.print([{ medium: { size: 'a4', type: 'transparency' } }]);
  expect(lines(machine)).toEqual(['Load Upper Tray', 'with A4 Transparency']);
  machine.happen({ type: 'job-canceled', job: 1 });
  expect(lines(machine)).toEqual(['Ready', 'Phaser 740N']);
});

it('shows a message in place of "Ready", broken between words', () => {
  const machine = startMachine(instant).happen({ type: 'message', text: 'Back at two' });
  expect(lines(machine)).toEqual(['Back at two', '']);
  machine.happen({ type: 'message', text: 'The printer is moved to the third floor on Monday' });
  expect(lines(machine)).toEqual(['The printer is moved to the', 'third floor on Monday']);
  machine.happen({ type: 'message', text: 'x'.repeat(80) });
  expect(lines(machine).map((line) => line.length)).toEqual([displayColumns, displayColumns]);
  machine.happen({ type: 'message', text: null });
  expect(lines(machine)[0]).toBe('Ready');
});

it('blinks with everything while it is looked for', () => {
  const machine = startMachine(instant).happen({ type: 'identify', seconds: 10 });
  expect(Object.values(show(machine).lights)).toEqual(['blink', 'blink', 'blink', 'blink']);
  machine.pass(10);
  expect(lines(machine)[0]).toBe('Ready');
});

describe.each(Object.values(profiles).map((device) => [device.model, device] as const))(
  'on a %s',
  (_, device) => {
    const { state } = startMachine(device);

    it('the words for everything that can be wrong fit the display, and name the part', () => {
      const parts = [device.inputs, device.outputs, device.supplies, device.covers, device.jamAreas].flat();
      for (const condition of Object.keys(conditions) as ConditionName[]) {
        for (const { id } of parts) {
          // Nothing of the kind: a toner cannot be open.
          if (placeName(device, { condition, where: id }) === device.model) continue;
          for (const line of alertLines(device, state, { condition, where: id })) {
            expect(line.length, line).toBeLessThanOrEqual(displayColumns);
            expect(line).not.toContain('{');
          }
        }
      }
    });
  },
);
