/** PJL's status codes, and the conditions that they mean. */
import type { ConditionName } from '#vocab/conditions.js';
import type { PjlStatus } from './pjl.js';

// HP Printer Job Language Technical Reference Manual, appendix D: the first two digits are the group. The single codes are those
// of HP's and Lexmark's references on which both, or HP's own Linux driver, agree.

/** Of a printer that does not stand still. */
export const pjlReady = { idle: 10001, printing: 10023, warmingUp: 10003 } as const;

const codes: ReadonlyMap<number, ConditionName> = new Map([
  [10001, 'offline'],
  [10002, 'offline'],
  [10011, 'offline'],
  [40010, 'toner-missing'],
  [40021, 'cover-open'],
  [40022, 'jam'],
  [40038, 'toner-empty'],
  [40600, 'toner-empty'],
]);

/** Those below 40xxx count only where they take the printer offline (7-34). */
const groups: ReadonlyMap<number, ConditionName> = new Map([
  [15, 'output-full'],
  [30, 'other'],
  [35, 'other'],
  [40, 'other'],
  [41, 'media-empty'],
  [42, 'jam'],
  [43, 'other'],
  [44, 'jam'],
  [50, 'other'],
]);

/** What makes the printer stand still; null while it does not. */
export function stoppingCondition({ code, online }: PjlStatus): ConditionName | null {
  const group = Math.floor(code / 1000);
  if (online && group < 40) return null;
  return codes.get(code) ?? groups.get(group) ?? null;
}

/** A code for a condition, as a simulated printer tells it. */
export function pjlCodeOf(condition: ConditionName): number {
  return told[condition] ?? 40_000;
}

const told: Partial<Record<ConditionName, number>> = {
  offline: 10002,
  'toner-low': 10006,
  // 15xxy: bin and status; 41xyy: tray and paper, 01 of no known size; 42xyy: sheets and place.
  'output-full': 15010,
  'toner-missing': 40010,
  'cover-open': 40021,
  'toner-empty': 40600,
  'media-empty': 41101,
  'media-needed': 41101,
  'manual-feed': 41101,
  jam: 42101,
};
