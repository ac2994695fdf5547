/** What the machine is doing, in the words of a PostScript printer: pure, from its state. */
import { type ConditionName, conditions } from '#vocab/conditions.js';
import { stops } from './conditions.js';
import type { Alert, MachineState } from './state.js';

export interface MachineStatus {
  /** `waiting` is for data: only whoever brings the data knows. */
  doing: 'off' | 'initializing' | 'idle' | 'busy' | 'printing' | 'waiting';
  /** Why nothing is printed, in words; null while it could be. */
  problem: string | null;
}

export function machineStatus(state: MachineState): MachineStatus {
  const stopping = state.alerts.find(stops);
  return { doing: doing(state), problem: stopping === undefined ? null : wordsOf(state, stopping) };
}

function doing({ phase, path, job }: MachineState): MachineStatus['doing'] {
  if (phase === 'off') return 'off';
  if (path.length > 0) return 'printing';
  if (phase === 'warming-up') return 'initializing';
  return job === null ? 'idle' : 'busy';
}

/** What a person reads of an alert. */
export function wordsOf(state: MachineState, { condition, where }: Alert): string {
  const row = condition === 'media-needed' ? whichPaper(state, where) : condition;
  return conditions[row as ConditionName].text;
}

/** A tray that could have what is needed and is empty, a sheet that a person feeds, or other paper than there is. */
function whichPaper({ mediaRequest, inputs }: MachineState, where: string | null): ConditionName {
  if (mediaRequest?.manualFeed) return 'manual-feed';
  return where !== null && inputs[where]?.sheets === 0 ? 'out-of-paper' : 'media-needed';
}

/** In one line, as back-channel and status packets have it: `idle`, or `PrinterError: a cover is open`. */
export function statusLine({ doing, problem }: MachineStatus): string {
  return problem === null ? doing : `PrinterError: ${problem}`;
}
