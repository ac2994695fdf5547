/** A script runs one statement after the other: at its page, after its time, and not on when it makes no sense any more. */
import { expect, it, onTestFinished } from 'vitest';
import { silentLog } from '#base/log.js';
import { parseScript } from '../../../firmware-sim/control/script.js';
import { ScriptRunner } from '../../../firmware-sim/control/script-runner.js';
import { profiles } from '../../../firmware-sim/device/phaser-740.js';
import { atSpeed } from '../../../firmware-sim/device/speed.js';
import { Machine } from '../../../firmware-sim/machine/machine.js';
import { plainPage } from '../../support/machine.js';
import { ManualClock } from '../../support/manual-clock.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

async function setUp() {
  const clock = new ManualClock();
  const device = atSpeed(profiles.N, 'instant');
  const dataDir = temporaryFolder();
  const machine = await Machine.open({ device, dataDir, fresh: true, clock, log: silentLog });
  onTestFinished(() => machine.close());
  machine.dispatch({ type: 'power-on' });
  const runner = new ScriptRunner({ machine, clock, log: silentLog });
  const run = (text: string) => runner.run(parseScript(text, device));
  return { clock, machine, runner, run };
}

function print(machine: Machine, pages: number): void {
  const job = machine.nextJobNumber(0);
  machine.dispatch({ type: 'job-started', job });
  for (let number = 1; number <= pages; number++)
    machine.dispatch({ type: 'page-ready', page: { ...plainPage, id: job * 100 + number, job, number } });
  machine.dispatch({ type: 'job-ended', job });
}

it('jams at page 3 and clears 20 seconds after that, whenever the job comes', async () => {
  const { clock, machine, runner, run } = await setUp();
  const ended = run('at page 3: jam fuser; after 20s: clear');
  await clock.advance(3_600_000);
  expect(runner.status).toMatchObject({ state: 'running', done: 0, text: 'at page 3: jam fuser' });
  print(machine, 4);
  expect(machine.state.counters.pages).toBe(2);
  await clock.advance(19_999);
  expect(machine.state.jam).not.toBeNull();
  expect(runner.status).toMatchObject({ state: 'running', done: 1, line: 1, text: 'after 20s: clear' });
  await clock.advance(1);
  await ended;
  expect(machine.state.counters).toMatchObject({ pages: 4, jams: 1 });
  expect(runner.status).toMatchObject({ state: 'done', done: 2, total: 2, reason: null });
});

it('does all at once that has no moment', async () => {
  const { machine, run } = await setUp();
  await run('load upper:20 a4\nmessage "Only A4; today"\nopen top');
  expect(machine.state).toMatchObject({ message: 'Only A4; today', covers: { top: 'open' } });
  expect(machine.state.inputs.upper).toMatchObject({ sheets: 20, medium: { size: 'a4' } });
});

it('gives way to another one, and stops when it is told to', async () => {
  const { clock, machine, runner, run } = await setUp();
  const first = run('after 10s: open top');
  const second = run('after 20s: open side');
  await first;
  await clock.advance(15_000);
  expect(machine.state.covers).toEqual({ top: 'closed', side: 'closed' });
  runner.stop();
  await second;
  await clock.advance(15_000);
  expect(machine.state.covers).toEqual({ top: 'closed', side: 'closed' });
  expect(runner.status).toMatchObject({ state: 'stopped', reason: 'it was stopped' });
  expect(clock.pending).toBe(1);
});

it('fails when the fault that it waits for is cleared away, and when the printer is off', async () => {
  const { machine, runner, run } = await setUp();
  const ended = run('at page 3: jam fuser\nclear');
  machine.dispatch({ type: 'faults-cleared' });
  await ended;
  expect(runner.status).toMatchObject({
    state: 'failed',
    line: 1,
    reason: 'the fault that it waited for was cleared away',
  });
  await run('power\noffline');
  expect(runner.status).toMatchObject({ state: 'failed', line: 2 });
  expect(runner.status.reason).toMatch(/^the printer is off/);
});
