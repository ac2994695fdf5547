/** The way of the paper: warm-up and sleep, which tray feeds, what is asked for, two sides, jams, power, cancel. */
import { describe, expect, it } from 'vitest';
import { profiles } from '../../../firmware-sim/device/phaser-740.js';
import { atSpeed } from '../../../firmware-sim/device/speed.js';
import type { PageRequest } from '../../../firmware-sim/machine/state.js';
import { plainPage, startMachine, type TestMachine } from '../../support/machine.js';

const a4 = { size: 'a4', type: 'stationery' } as const;
const letter = { size: 'letter', type: 'stationery' } as const;
const instant = atSpeed(profiles.N, 'instant');
const duplexer = atSpeed(profiles.DX, 'instant');

function pages(count: number, page: Partial<PageRequest> = {}): Partial<PageRequest>[] {
  return Array.from({ length: count }, () => page);
}

function numbersOut(machine: TestMachine): number[] {
  return machine.out().map(({ page }) => page.number);
}

/** A machine whose first page has come out and whose next ones are in the path. */
function midJob(count: number, device = profiles.N): TestMachine {
  const machine = startMachine(device);
  machine.pass(device.speed.warmUpSeconds);
  machine.print(pages(count));
  return machine.pass(device.speed.firstPageSeconds + 60 / device.speed.monoPagesPerMinute + 0.1);
}

describe('the output', () => {
  it('is face down where a page asks for it, but not for transparencies and what is fed by hand', () => {
    const machine = startMachine(instant);
    const transparency = { size: 'letter', type: 'transparency' } as const;
    machine.happen({ type: 'paper-loaded', input: 'upper', sheets: 5 });
    machine.print([{ faceUp: false }, { faceUp: true }, { faceUp: false, input: 'multi-purpose' }]);
    machine.happen({ type: 'paper-loaded', input: 'upper', sheets: 5, medium: transparency });
    machine.print([{ faceUp: false, medium: transparency }]);
    expect(machine.out().map(({ output }) => output)).toEqual(['face-down', 'face-up', 'face-up', 'face-up']);
  });
});

describe('warm-up and sleep', () => {
  const { warmUpSeconds, sleepAfterSeconds } = profiles.N.speed;

  it('prints nothing before it is warm', () => {
    const machine = startMachine(profiles.N);
    machine.print(pages(1));
    machine.pass(warmUpSeconds - 1);
    expect([machine.state.phase, machine.state.path.length]).toEqual(['warming-up', 0]);
    machine.pass(1);
    expect([machine.state.phase, machine.state.path.length]).toEqual(['ready', 1]);
  });

  it('sleeps after so long without work, and wakes for a job', () => {
    const machine = startMachine(profiles.N).pass(warmUpSeconds + sleepAfterSeconds - 61);
    expect(machine.state.phase).toBe('ready');
    machine.pass(61);
    expect(machine.state.phase).toBe('sleeping');
    machine.print(pages(1));
    expect(machine.state.phase).toBe('warming-up');
    expect(machine.runToEnd().out()).toHaveLength(1);
  });

  it('does not sleep while it waits for paper', () => {
    const machine = startMachine(instant);
    machine.print(pages(1, { medium: a4 }));
    machine.pass(2 * sleepAfterSeconds);
    expect(machine.state.phase).toBe('ready');
  });
});

describe('the tray that feeds', () => {
  it('is the first that holds the medium', () => {
    const machine = startMachine(instant);
    machine.happen({ type: 'paper-loaded', input: 'multi-purpose', sheets: 5, medium: a4 });
    machine.print([{ medium: a4 }, { medium: letter }]);
    expect(machine.out().map(({ input }) => input)).toEqual(['multi-purpose', 'upper']);
    expect(machine.state.inputs['multi-purpose']?.sheets).toBe(4);
    expect(machine.state.inputs.upper?.sheets).toBe(249);
  });

  it('is the next one when the first has run out', () => {
    const machine = startMachine(instant);
    machine.happen({ type: 'paper-loaded', input: 'upper', sheets: 1 });
    machine.print(pages(2));
    expect(machine.out().map(({ input }) => input)).toEqual(['upper', 'multi-purpose']);
    expect(machine.alerts()).toEqual(['tray-empty upper']);
  });

  it('is the one that the page demands, and no other', () => {
    const machine = startMachine(instant);
    machine.happen({ type: 'paper-loaded', input: 'upper', sheets: 0 });
    machine.print(pages(1, { input: 'upper' }));
    expect(machine.out()).toEqual([]);
    expect(machine.alerts()).toEqual(['media-empty upper']);
    machine.happen({ type: 'paper-loaded', input: 'upper', sheets: 10 });
    expect(machine.out().map(({ input }) => input)).toEqual(['upper']);
    expect(machine.alerts()).toEqual(['media-low upper']);
  });

  it('is asked to hold another paper, where that fits, until it does', () => {
    const machine = startMachine(instant);
    machine.print(pages(2, { medium: a4 }));
    expect(machine.state.mediaRequest).toEqual({ medium: a4, input: 'upper', manualFeed: false });
    expect(machine.alerts()).toEqual(['media-needed upper']);
    machine.happen({ type: 'paper-loaded', input: 'upper', sheets: 100, medium: letter });
    expect(machine.out()).toEqual([]);
    machine.happen({ type: 'paper-loaded', input: 'upper', sheets: 100, medium: a4 });
    expect(numbersOut(machine)).toEqual([1, 2]);
    expect(machine.alerts()).toEqual([]);
  });

  it('is asked even for what it cannot hold, when the page demands it', () => {
    const machine = startMachine(instant);
    machine.print(pages(1, { medium: { size: 'letter', type: 'envelope' }, input: 'upper' }));
    expect(machine.alerts()).toEqual(['media-needed upper']);
  });

  it('stops the machine while it is pulled out', () => {
    const machine = midJob(5);
    machine.happen({ type: 'tray-pulled', input: 'upper' });
    machine.pass(3600);
    // What was in the path comes out; nothing more is fed.
    expect(numbersOut(machine)).toEqual([1, 2, 3]);
    expect(machine.alerts()).toEqual(['tray-missing upper']);
    machine.happen({ type: 'tray-inserted', input: 'upper' }).runToEnd();
    expect(numbersOut(machine)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is filled only as far as it can hold', () => {
    const machine = startMachine(instant);
    machine.happen({ type: 'paper-loaded', input: 'upper', sheets: 10_000 });
    expect(machine.state.inputs.upper?.sheets).toBe(250);
  });
});

describe('sheets fed by hand', () => {
  it('are asked for, whatever lies in the tray, and count for this job only', () => {
    const machine = startMachine(instant);
    machine.print(pages(1, { manualFeed: true }));
    expect(machine.alerts()).toEqual(['manual-feed multi-purpose']);
    machine.happen({ type: 'paper-loaded', input: 'multi-purpose', sheets: 3 });
    expect(numbersOut(machine)).toEqual([1]);
    machine.print(pages(1, { manualFeed: true }));
    expect(machine.out()).toHaveLength(1);
    expect(machine.alerts()).toContain('manual-feed multi-purpose');
  });
});

describe('two sides', () => {
  const sides = [{ side: 'front' }, { side: 'back' }, { side: 'front' }, { side: 'back' }] as const;

  it('take one sheet', () => {
    const machine = startMachine(duplexer);
    machine.print(sides);
    expect(machine.state.counters).toMatchObject({ pages: 4, sheets: 2 });
    expect(machine.state.inputs.middle?.sheets).toBe(498);
    expect(machine.state.outputs['face-up']).toBe(2);
  });

  it.each([
    ['without the unit', instant, null],
    ['from a tray whose sheets cannot be turned over', duplexer, 'multi-purpose'],
  ] as const)('take two sheets %s', (_, device, input) => {
    const machine = startMachine(device);
    machine.print(sides.map((page) => ({ ...page, input })));
    expect(machine.state.counters).toMatchObject({ pages: 4, sheets: 4 });
  });

  it('a back whose front was lost in a jam gets a sheet of its own', () => {
    const device = { ...profiles.DX, recoversJams: false, pathSheets: 1 };
    const machine = startMachine(device).pass(device.speed.warmUpSeconds);
    machine.print(sides);
    machine.happen({ type: 'fault', fault: { type: 'jam', area: 'duplex' } });
    machine.happen({ type: 'jam-cleared' }).runToEnd();
    expect(machine.of('page-lost').map(({ page }) => page.number)).toEqual([1]);
    expect(machine.state.counters).toMatchObject({ pages: 3, sheets: 2 });
  });
});

describe('a jam', () => {
  it('is cleared, and the pages in the path are printed again', () => {
    const machine = midJob(4);
    machine.happen({ type: 'fault', fault: { type: 'jam', area: 'fuser' } });
    expect(machine.state.jam?.pages.map(({ number }) => number)).toEqual([2, 3]);
    machine.pass(600);
    expect(numbersOut(machine)).toEqual([1]);
    expect(machine.alerts()).toEqual(['jam fuser']);
    machine.happen({ type: 'jam-cleared' }).runToEnd();
    expect(numbersOut(machine)).toEqual([1, 2, 3, 4]);
    expect(machine.state.counters.jams).toBe(1);
    // Two sheets went into the bin.
    expect(machine.state.inputs.upper?.sheets).toBe(250 - 6);
  });

  it('loses the pages where the device does not print them again', () => {
    const machine = midJob(4, { ...profiles.N, recoversJams: false });
    machine.happen({ type: 'fault', fault: { type: 'jam', area: 'fuser' } });
    machine.happen({ type: 'jam-cleared' }).runToEnd();
    expect(numbersOut(machine)).toEqual([1, 4]);
    expect(machine.of('page-lost').map(({ page, why }) => [page.number, why])).toEqual([
      [2, 'jam'],
      [3, 'jam'],
    ]);
    expect(machine.of('job-done')).toHaveLength(1);
  });

  it('comes of a cover that is opened under moving sheets, and stands when the cover is closed again', () => {
    const machine = midJob(4);
    machine.happen({ type: 'cover-opened', cover: 'top' });
    expect(machine.alerts()).toEqual(['jam imaging', 'cover-open top']);
    machine.happen({ type: 'cover-closed', cover: 'top' });
    expect(machine.alerts()).toEqual(['jam imaging']);
    machine.happen({ type: 'jam-cleared' }).runToEnd();
    expect(numbersOut(machine)).toEqual([1, 2, 3, 4]);
  });

  it('does not come of a cover that nothing moves behind', () => {
    const machine = startMachine(instant).happen({ type: 'cover-opened', cover: 'top' });
    expect(machine.alerts()).toEqual(['cover-open top']);
    machine.print(pages(1));
    expect(machine.out()).toEqual([]);
    machine.happen({ type: 'cover-closed', cover: 'top' });
    expect(numbersOut(machine)).toEqual([1]);
  });

  it('on top of a jam leaves the sheets of both in the way', () => {
    const machine = midJob(4);
    for (const area of ['fuser', 'imaging']) machine.happen({ type: 'fault', fault: { type: 'jam', area } });
    expect(machine.state.jam).toMatchObject({ area: 'imaging', pages: [{ number: 2 }, { number: 3 }] });
  });
});

describe('faults that wait', () => {
  it('come before the page that they name is out, once', () => {
    const machine = startMachine(instant);
    machine.happen({
      type: 'fault-armed',
      armed: { fault: { type: 'jam', area: 'fuser' }, moment: { at: 'page', page: 3 } },
    });
    machine.print(pages(4));
    expect(numbersOut(machine)).toEqual([1, 2]);
    expect(machine.of('fault-came')).toHaveLength(1);
    machine.happen({ type: 'jam-cleared' });
    expect(numbersOut(machine)).toEqual([1, 2, 3, 4]);
    expect(machine.print(pages(4)) && machine.out()).toHaveLength(8);
  });

  it('come at their time', () => {
    const machine = startMachine(instant);
    machine.happen({
      type: 'fault-armed',
      armed: { fault: { type: 'offline' }, moment: { at: 'time', time: 20_000 } },
    });
    machine.pass(19.9);
    expect(machine.alerts()).toEqual([]);
    machine.pass(0.1);
    expect(machine.alerts()).toEqual(['offline']);
    expect(machine.of('fault-came')).toMatchObject([{ at: 20_000 }]);
  });
});

describe('the power', () => {
  it('takes the pages in the machine with it, and leaves counters, paper and supplies', () => {
    const machine = midJob(5);
    const { inputs, outputs, supplies, counters } = machine.state;
    machine.happen({ type: 'fault', fault: { type: 'power' } });
    expect(machine.of('page-lost').map(({ page, why }) => [page.number, why])).toEqual([
      [2, 'power'],
      [3, 'power'],
      [4, 'power'],
      [5, 'power'],
    ]);
    expect(machine.state).toMatchObject({ phase: 'off', job: null, inputs, outputs, supplies, counters });
    machine.happen({ type: 'power-on' }).pass(3600);
    expect(machine.out()).toHaveLength(1);
    expect(machine.state.counters).toMatchObject({ pages: 1, pagesSincePowerOn: 0, powerOns: 2 });
  });

  it('takes the alerts with it, and brings those back that are made of paper and metal', () => {
    const machine = startMachine(instant).happen({ type: 'cover-opened', cover: 'top' });
    machine.happen({ type: 'offline' });
    machine.happen({ type: 'power-off' });
    expect(machine.alerts()).toEqual([]);
    expect(machine.of('alert-cleared')).toHaveLength(2);
    machine.happen({ type: 'power-on' });
    expect(machine.alerts()).toEqual(['cover-open top']);
  });

  it('off, hands move paper and covers, and nothing else happens', () => {
    const machine = startMachine(instant).happen({ type: 'power-off' });
    const { state } = machine;
    for (const event of [
      { type: 'job-started', job: 9 },
      { type: 'offline' },
      { type: 'fault', fault: { type: 'jam', area: 'fuser' } },
      { type: 'identify', seconds: 5 },
    ] as const)
      expect(machine.happen(event).state).toEqual(state);
    machine.happen({ type: 'paper-loaded', input: 'upper', sheets: 7 });
    expect(machine.state.inputs.upper?.sheets).toBe(7);
  });

  it('off, a page that the interpreter still makes is lost at once', () => {
    const machine = startMachine(instant);
    machine.happen({ type: 'power-off' });
    machine.print(pages(1));
    expect(machine.of('page-lost')).toMatchObject([{ why: 'power' }]);
  });
});

describe('a canceled job', () => {
  it('lets out what is in the path and drops the rest, then the machine is free', () => {
    const machine = midJob(6);
    machine.happen({ type: 'job-canceled', job: 1 }).runToEnd();
    expect(numbersOut(machine)).toEqual([1, 2, 3]);
    expect(machine.of('page-lost').map(({ page, why }) => [page.number, why])).toEqual([
      [4, 'canceled'],
      [5, 'canceled'],
      [6, 'canceled'],
    ]);
    expect(machine.of('job-done')).toHaveLength(1);
  });

  it('does not wait for the paper that it asked for, nor does a page that still comes', () => {
    const machine = startMachine(instant);
    machine.happen({ type: 'job-started', job: 1 });
    const page = { ...plainPage, id: 1, job: 1, number: 1, medium: a4 };
    machine.happen({ type: 'page-ready', page });
    expect(machine.alerts()).toEqual(['media-needed upper']);
    machine.happen({ type: 'job-canceled', job: 1 });
    expect(machine.alerts()).toEqual([]);
    machine.happen({ type: 'page-ready', page: { ...page, id: 2, number: 2 } });
    machine.happen({ type: 'job-ended', job: 1 });
    expect(machine.of('page-lost')).toHaveLength(2);
    expect(machine.of('job-done')).toHaveLength(1);
  });
});
