/** What words say, made to happen on the machine. */
import type { Clock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { MachineEvent } from '../machine/events.js';
import type { Machine } from '../machine/machine.js';
import { needsPower } from '../machine/reduce.js';
import type { Statement } from './fault-words.js';

/** Throws `printer-off` when nothing would come of it. */
export function dispatchIfPossible(machine: Machine, event: MachineEvent): void {
  if (machine.state.phase === 'off' && needsPower(event)) throw printerOff();
  machine.dispatch(event);
}

export function printerOff(): PhaserLinkError {
  return new PhaserLinkError({
    code: 'printer-off',
    retry: 'temporary',
    text: 'the printer is off; switch it on first ("power on")',
  });
}

/** A fault that is to come later waits in the machine; an act that is to come later is for a script. */
export function makeHappen(machine: Machine, clock: Clock, { event, moment }: Statement): void {
  if (moment.at === 'once') {
    dispatchIfPossible(machine, event);
    return;
  }
  if (event.type !== 'fault') {
    throw new PhaserLinkError({
      code: 'words-not-understood',
      retry: 'permanent',
      text: 'only a fault can wait by itself; put what a person does later into a script',
    });
  }
  const when =
    moment.at === 'page'
      ? ({ at: 'page', page: moment.page } as const)
      : ({ at: 'time', time: clock.now() + moment.seconds * 1000 } as const);
  dispatchIfPossible(machine, { type: 'fault-armed', armed: { fault: event.fault, moment: when } });
}
