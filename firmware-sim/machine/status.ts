/** What the machine is doing, in the words of a PostScript printer: pure, from its state. */
import { conditions } from '#vocab/conditions.js';
import { stops } from './conditions.js';
import type { MachineState } from './state.js';

export interface MachineStatus {
  /** `waiting` is for data: only whoever brings the data knows. */
  doing: 'off' | 'initializing' | 'idle' | 'busy' | 'printing' | 'waiting';
  /** Why nothing is printed, in words; null while it could be. */
  problem: string | null;
}

export function machineStatus(state: MachineState): MachineStatus {
  const stopping = state.alerts.find(stops);
  return {
    doing: doing(state),
    problem: stopping === undefined ? null : conditions[stopping.condition].text,
  };
}

function doing({ phase, path, job }: MachineState): MachineStatus['doing'] {
  if (phase === 'off') return 'off';
  if (path.length > 0) return 'printing';
  if (phase === 'warming-up') return 'initializing';
  return job === null ? 'idle' : 'busy';
}

/** In one line, as back-channel and status packets have it: `idle`, or `PrinterError: a cover is open`. */
export function statusLine({ doing, problem }: MachineStatus): string {
  return problem === null ? doing : `PrinterError: ${problem}`;
}
