/** CUPS's own back ends print while the machine jams, runs out of paper or is opened: they wait, see why, and go on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { MachineEvent } from '../../firmware-sim/machine/events.js';
import { eventually } from '../support/eventually.js';
import { missing } from '../support/peers.js';
import { startTestPrinter } from '../support/simulator.js';
import { temporaryFile } from '../support/temporary-folder.js';

const backEnds = '/usr/lib/cups/backend';
const threePages = '%!PS-Adobe-3.0\n%%Pages: 3\n3 { 0 0 99 99 rectfill showpage } repeat\n%%EOF\n';

interface Trouble {
  name: string;
  cause: MachineEvent[];
  cure: MachineEvent[];
  /** What CUPS calls it, as printer-state-reasons. */
  reason: RegExp;
}

const loaded = (sheets: number) =>
  ['upper', 'multi-purpose'].map((input): MachineEvent => ({ type: 'paper-loaded', input, sheets }));

const troubles: Trouble[] = [
  {
    name: 'a jam at its second page',
    cause: [
      {
        type: 'fault-armed',
        armed: { fault: { type: 'jam', area: 'fuser' }, moment: { at: 'page', page: 2 } },
      },
    ],
    cure: [
      { type: 'cover-opened', cover: 'top' },
      { type: 'jam-cleared' },
      { type: 'cover-closed', cover: 'top' },
    ],
    reason: /media-jam/,
  },
  { name: 'no paper', cause: loaded(0), cure: loaded(50), reason: /media-empty|media-needed/ },
  {
    name: 'an open cover',
    cause: [{ type: 'cover-opened', cover: 'side' }],
    cure: [{ type: 'cover-closed', cover: 'side' }],
    reason: /cover-open|door-open/,
  },
];

/** All that a back end says, and how it ends. */
function print(backEnd: string, uri: string) {
  const file = temporaryFile('three.ps', threePages);
  const child: ChildProcess = spawn(`${backEnds}/${backEnd}`, ['7', 'ann', 'three pages', '1', '', file], {
    env: {
      ...process.env,
      DEVICE_URI: uri,
      CONTENT_TYPE: 'application/postscript',
      FINAL_CONTENT_TYPE: 'application/postscript',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (bytes) => {
    said += bytes;
  });
  return { said: () => said, exited: once(child, 'exit') };
}

describe.skipIf(missing('cupsd'))("CUPS's back ends", () => {
  it.each(troubles)(
    'the ipp back end survives $name, and says what it is',
    async ({ cause, cure, reason }) => {
      const { simulator, events } = await startTestPrinter({ settings: { ipp: { port: 0 } } });
      const { machine, queue } = simulator.printer;
      for (const event of cause) machine.dispatch(event);
      const { said, exited } = print('ipp', `ipp://127.0.0.1:${simulator.ports.ipp}/ipp/print`);
      await eventually(() => expect(said()).toMatch(reason));
      for (const event of cure) machine.dispatch(event);
      expect(await exited).toEqual([0, null]);
      expect(queue.list()).toMatchObject([{ state: 'completed', pages: 3 }]);
      expect(events.filter(({ event }) => event === 'page')).toHaveLength(3);
      expect(said()).toMatch(/STATE: .*-.*/);
    },
  );

  it.each(troubles)('the socket back end survives $name', async ({ cause, cure }) => {
    const { port, simulator, events } = await startTestPrinter();
    const { machine } = simulator.printer;
    for (const event of cause) machine.dispatch(event);
    const { exited } = print('socket', `socket://127.0.0.1:${port}`);
    await eventually(() =>
      expect(machine.state.alerts.length * Number(machine.state.job !== null)).toBeGreaterThan(0),
    );
    for (const event of cure) machine.dispatch(event);
    expect(await exited).toEqual([0, null]);
    expect(events.filter(({ event }) => event === 'page')).toHaveLength(3);
  });

  it('hears of supplies: the ipp back end tells their names and levels', async () => {
    const { simulator } = await startTestPrinter({ settings: { ipp: { port: 0 } } });
    simulator.printer.machine.dispatch({ type: 'supply-replaced', supply: 'toner-cyan', levelPercent: 5 });
    const { said, exited } = print('ipp', `ipp://127.0.0.1:${simulator.ports.ipp}/ipp/print`);
    expect(await exited).toEqual([0, null]);
    expect(said()).toMatch(/ATTR: .*marker-levels=\S*\b5\b/);
    expect(said()).toMatch(/toner-low/);
  });
});
