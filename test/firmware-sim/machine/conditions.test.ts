/** What is wrong with the machine: supplies, outputs, disturbances; how alerts are numbered; what mending leaves. */
import { describe, expect, it } from 'vitest';
import { conditions } from '#vocab/conditions.js';
import { profiles } from '../../../firmware-sim/device/phaser-740.js';
import { atSpeed } from '../../../firmware-sim/device/speed.js';
import { stops } from '../../../firmware-sim/machine/conditions.js';
import { startMachine } from '../../support/machine.js';

const instant = atSpeed(profiles.N, 'instant');
const blackPage = { coverage: { black: 0.05 } };

describe('supplies', () => {
  it('run down by what is printed: toner by coverage and size, units by pages', () => {
    const machine = startMachine(instant);
    machine.print([
      { coverage: { black: 0.1, cyan: 0.05 }, colour: true },
      { ...blackPage, medium: { size: 'letter', type: 'stationery' } },
    ]);
    const used = (id: string) => machine.state.supplies[id]?.used ?? Number.NaN;
    expect(used('toner-black')).toBeCloseTo(3 / 5000, 10);
    expect(used('toner-cyan')).toBeCloseTo(1 / 5000, 10);
    expect(used('toner-yellow')).toBe(0);
    // A colour page turns it four times.
    expect(used('imaging-unit')).toBeCloseTo(5 / 30_000, 10);
    expect(used('fuser')).toBeCloseTo(2 / 60_000, 10);
  });

  it.each([
    ['toner-black', 10, 'toner-low toner-black', false],
    ['toner-black', 0, 'toner-empty toner-black', true],
    ['imaging-unit', 10, 'imaging-unit-low imaging-unit', false],
    ['imaging-unit', 0, 'imaging-unit-over imaging-unit', true],
    ['fuser', 10, 'part-low fuser', false],
    // It may be worn beyond its life.
    ['fuser', 0, 'part-low fuser', false],
    ['fuser', -10, 'part-over fuser', true],
    ['transfer-unit', -10, 'part-over transfer-unit', true],
  ])('%s at %i %%: %s', (supply, levelPercent, alert, stopped) => {
    const machine = startMachine(instant);
    machine.happen({ type: 'supply-replaced', supply, levelPercent });
    expect(machine.alerts()).toEqual([alert]);
    machine.print([blackPage]);
    expect(machine.out()).toHaveLength(stopped ? 0 : 1);
    machine.happen({ type: 'supply-replaced', supply });
    expect(machine.out()).toHaveLength(1);
    expect(machine.alerts()).toEqual([]);
  });

  it.each([
    ['toner-cyan', 'toner-missing toner-cyan'],
    ['fuser', 'part-missing fuser'],
    ['imaging-unit', 'part-missing imaging-unit'],
  ])('%s that is taken out stops the machine', (supply, alert) => {
    const machine = startMachine(instant).happen({ type: 'supply-removed', supply });
    machine.print([blackPage]);
    expect([machine.alerts(), machine.out()]).toEqual([[alert], []]);
  });

  it('a cartridge that is keyed for another printer stops it, until it has the right one', () => {
    const machine = startMachine(instant);
    machine.happen({ type: 'fault', fault: { type: 'supply-wrong', supply: 'toner-cyan' } });
    machine.print([blackPage]);
    expect([machine.alerts(), machine.out()]).toEqual([['toner-wrong toner-cyan'], []]);
    machine.happen({ type: 'supply-replaced', supply: 'toner-cyan' });
    expect(machine.out()).toHaveLength(1);
  });

  it('run out in the middle of a job, and the job goes on with a new one', () => {
    const machine = startMachine(instant);
    machine.happen({ type: 'fault', fault: { type: 'supply', supply: 'toner-black', levelPercent: 1 } });
    machine.print(Array.from({ length: 60 }, () => blackPage));
    const before = machine.out().length;
    expect(before).toBeGreaterThan(10);
    expect(before).toBeLessThan(60);
    expect(machine.alerts()).toContain('toner-empty toner-black');
    machine.happen({ type: 'supply-replaced', supply: 'toner-black' });
    expect(machine.out()).toHaveLength(60);
  });
});

describe('outputs', () => {
  it('fill up, warn, stop and go on when they are emptied', () => {
    const machine = startMachine(instant);
    machine.happen({ type: 'paper-loaded', input: 'multi-purpose', sheets: 100 });
    machine.print(Array.from({ length: 260 }, () => blackPage));
    expect(machine.state.outputs['face-up']).toBe(250);
    expect(machine.alerts()).toContain('output-full face-up');
    expect(machine.of('alert-raised').map(({ alert }) => alert.condition)).toContain('output-almost-full');
    machine.happen({ type: 'output-emptied', output: 'face-up' });
    expect(machine.out()).toHaveLength(260);
    expect(machine.state.outputs['face-up']).toBe(10);
  });

  it('are chosen by the side on which pages are to lie', () => {
    const machine = startMachine(instant);
    machine.print([{ faceUp: true }, { faceUp: false }]);
    expect(machine.out().map(({ output }) => output)).toEqual(['face-up', 'face-down']);
  });
});

describe('offline', () => {
  it('stops the feeding, not the sheets on their way', () => {
    const machine = startMachine(profiles.N).pass(profiles.N.speed.warmUpSeconds);
    machine.print([{}, {}, {}, {}]);
    machine.happen({ type: 'offline' }).pass(600);
    expect(machine.out()).toHaveLength(2);
    machine.happen({ type: 'online' }).runToEnd();
    expect(machine.out()).toHaveLength(4);
  });
});

describe('alerts', () => {
  it('keep number and time while they last, and get a new number when they come again', () => {
    const machine = startMachine(instant).happen({ type: 'cover-opened', cover: 'top' });
    machine.pass(5).happen({ type: 'offline' });
    expect(machine.state.alerts).toMatchObject([
      { index: 1, condition: 'cover-open', since: 0 },
      { index: 2, condition: 'offline', since: 5000 },
    ]);
    machine.pass(5).happen({ type: 'cover-closed', cover: 'top' });
    machine.happen({ type: 'cover-opened', cover: 'top' });
    expect(machine.state.alerts).toMatchObject([{ index: 3, since: 10_000 }, { index: 2 }]);
    const told = (type: 'alert-raised' | 'alert-cleared') => machine.of(type).map(({ alert }) => alert.index);
    expect([told('alert-raised'), told('alert-cleared')]).toEqual([[1, 2, 3], [1]]);
  });

  it('that stop the machine stand before those that warn', () => {
    const machine = startMachine(instant);
    machine.happen({ type: 'fault', fault: { type: 'supply', supply: 'toner-cyan', levelPercent: 5 } });
    machine.happen({ type: 'fault', fault: { type: 'memory' } });
    machine.happen({ type: 'offline' });
    expect(machine.alerts()).toEqual(['offline', 'toner-low toner-cyan', 'memory-full']);
    expect(machine.state.alerts.map(stops)).toEqual([true, false, false]);
  });

  it('are as grave as the table says', () => {
    expect(stops({ condition: 'jam', where: 'fuser' })).toBe(true);
    expect(stops({ condition: 'tray-empty', where: 'upper' })).toBe(false);
    expect(conditions['tray-empty'].severity).toBe('warning');
  });
});

describe('mending', () => {
  it('renews no part that is well: a jam at the fuser is not a worn fuser', () => {
    const machine = startMachine(instant);
    machine.happen({ type: 'supply-replaced', supply: 'fuser', levelPercent: 60 });
    machine.happen({ type: 'fault', fault: { type: 'jam', area: 'fuser' } });
    machine.happen({ type: 'faults-cleared' });
    expect(machine.state.supplies.fuser?.used).toBeCloseTo(0.4, 10);
    expect(machine.alerts()).toEqual([]);
  });

  it('forgets the faults that wait', () => {
    const machine = startMachine(instant);
    machine.happen({
      type: 'fault-armed',
      armed: { fault: { type: 'power' }, moment: { at: 'page', page: 1 } },
    });
    machine.happen({ type: 'faults-cleared' });
    machine.print([blackPage]);
    expect(machine.out()).toHaveLength(1);
  });

  it('of one disturbance leaves the others', () => {
    const machine = startMachine(instant);
    for (const fault of [
      { type: 'network' },
      { type: 'reading', bytesPerSecond: 0 },
      { type: 'counter', lie: 5 },
      { type: 'back-channel', as: 'garbled' },
      { type: 'disk' },
    ] as const)
      machine.happen({ type: 'fault', fault });
    machine.happen({ type: 'disturbance-ended', what: 'network' });
    expect(machine.state.disturbance).toEqual({
      network: 'plugged',
      reading: 'stalled',
      counterLie: 5,
      backChannel: 'garbled',
      memoryFull: false,
      diskFull: true,
    });
  });
});
