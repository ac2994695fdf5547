/**
 * What we believe about the machine, changed only by what was observed: by the line, which prints on it, and by the watch, which
 * asks it. `statusOf` makes one status of both.
 */
import { type Condition, conditions, findByReason } from '#vocab/conditions.js';
import type { PrinterReport, PrinterState, PrinterStatus, ReportedCondition } from '#vocab/printer-status.js';

export interface PrinterBelief {
  line: LineView;
  /** Null for a printer that nobody watches. */
  watch: WatchView | null;
  /** How long it has taken no job of ours, whatever it has answered in between; null when that is not so. */
  refusing: Refusing | null;
}

/** Epoch milliseconds. */
interface Refusing {
  since: number;
  /** When it was found busy or away last. */
  seenAt: number;
  /** It has answered after that. */
  hasAnswered: boolean;
}

/** What the line has seen last. */
export interface LineView {
  state: PrinterState;
  condition: ReportedCondition | null;
  /** A job of ours is being printed. */
  isOurs: boolean;
  /** For people. */
  text: string;
  /** When it became so; epoch milliseconds. */
  since: number;
}

/** What the watch has heard. */
export interface WatchView {
  by: string;
  report: PrinterReport | null;
  learntAt: number | null;
  /** Questions without an answer since then. */
  misses: number;
  trouble: string | null;
}

export type Observation =
  | { type: 'answered' }
  | { type: 'job-begun' }
  | { type: 'job-ended' }
  /** Somebody else's job has it. */
  | { type: 'busy' }
  | { type: 'away'; text: string }
  | { type: 'condition'; condition: Condition; text: string }
  /** The watch has an answer, or none. */
  | { type: 'reported'; report: PrinterReport }
  | { type: 'silent'; text: string };

/** So many questions in a row stay without an answer before the last one counts no more. */
export const missesUntilStale = 3;
/** As long an answer counts when nobody asks again: two looks and a half. */
export const staleAfterMs = 150_000;
/** A printer that has answered, and that nobody has found busy or away for so long, was well meanwhile. */
const refusingGapMs = 5 * 60_000;
/** A condition that the line has heard ends without its word when the watch has seen none for so long after. */
const outlivedMs = 5_000;

/** `by`: by which way it is watched. */
export function unknownPrinter(now: number, by: string | null = null): PrinterBelief {
  return {
    line: { state: 'unknown', condition: null, isOurs: false, text: 'not heard of yet', since: now },
    watch: by === null ? null : { by, report: null, learntAt: null, misses: 0, trouble: null },
    refusing: null,
  };
}

/** The belief after an observation. What the line sees is the same object when nothing of it has changed. */
export function believe(belief: PrinterBelief, observation: Observation, now: number): PrinterBelief {
  const { line, watch } = belief;
  if (observation.type === 'reported' || observation.type === 'silent') {
    return watch === null ? belief : { ...belief, watch: afterLook(watch, observation, now) };
  }
  const refusing = refusingAfter(belief.refusing, observation, now);
  const next = afterObservation(observation);
  const same =
    next.state === line.state &&
    next.text === line.text &&
    next.condition?.keyword === line.condition?.keyword;
  if (same && refusing === belief.refusing) return belief;
  return { line: same ? line : { ...next, since: now }, watch, refusing };
}

function refusingAfter(refusing: Refusing | null, { type }: Observation, now: number): Refusing | null {
  if (type === 'answered' || type === 'job-ended') {
    return refusing === null || refusing.hasAnswered ? refusing : { ...refusing, hasAnswered: true };
  }
  if (type !== 'busy' && type !== 'away') return null;
  const goesOn = refusing !== null && (!refusing.hasAnswered || now - refusing.seenAt <= refusingGapMs);
  return { since: goesOn ? refusing.since : now, seenAt: now, hasAnswered: false };
}

function afterLook(
  watch: WatchView,
  look: Extract<Observation, { type: 'reported' | 'silent' }>,
  now: number,
): WatchView {
  if (look.type === 'reported') {
    return { ...watch, report: look.report, learntAt: now, misses: 0, trouble: null };
  }
  return { ...watch, misses: watch.misses + 1, trouble: look.text };
}

function afterObservation(
  observation: Exclude<Observation, { type: 'reported' | 'silent' }>,
): Omit<LineView, 'since'> {
  switch (observation.type) {
    case 'answered':
    case 'job-ended':
      return { state: 'idle', condition: null, isOurs: false, text: 'ready' };
    case 'job-begun':
      return { state: 'processing', condition: null, isOurs: true, text: 'printing' };
    case 'busy':
      return {
        state: 'processing',
        condition: null,
        isOurs: false,
        text: 'busy with a job of somebody else',
      };
    case 'away':
      return {
        state: 'stopped',
        condition: told(conditions.away),
        isOurs: false,
        text: observation.text,
      };
    case 'condition': {
      const { condition, text } = observation;
      return {
        state: 'stopped',
        condition: told(condition),
        isOurs: true,
        text: `${condition.text} (${text})`,
      };
    }
  }
}

function told({ keyword, severity, text }: Condition): ReportedCondition {
  return { name: findByReason(keyword, severity) ?? null, keyword, severity, text };
}

/** The answer that counts; null where there is none, or the printer has been silent since. */
export function freshReport({ watch }: PrinterBelief, now: number): PrinterReport | null {
  if (watch?.report == null || watch.learntAt === null) return null;
  return watch.misses >= missesUntilStale || now - watch.learntAt > staleAfterMs ? null : watch.report;
}

/** One status of what the line has seen and what the printer says; `since` is for its keeper to know. */
export function statusOf(belief: PrinterBelief, now: number): Omit<PrinterStatus, 'since'> {
  const { line, watch } = belief;
  const report = freshReport(belief, now);
  const watched = watch && {
    by: watch.by,
    report: watch.report,
    learntAt: watch.learntAt,
    stale: watch.report !== null && report === null,
    trouble: watch.trouble,
  };
  if (report === null) {
    const own = line.condition === null ? [] : [line.condition];
    return { state: line.state, conditions: own, text: line.text, watch: watched };
  }
  const seen = isOutlived(belief, report) ? null : line.condition;
  const found = joined(seen, report.conditions);
  const state = joinedState(line, seen, report.state);
  return { state, conditions: found, text: textOf(state, line, found, report), watch: watched };
}

/** Whether the printer has said since that nothing stops it. That it cannot be reached, only reaching it disproves. */
function isOutlived({ line, watch }: PrinterBelief, report: PrinterReport): boolean {
  if (line.condition === null || line.condition.name === 'away') return false;
  return report.state !== 'stopped' && (watch?.learntAt ?? 0) - line.since >= outlivedMs;
}

/** The line's own condition first where it is none of those that the printer tells. */
function joined(own: ReportedCondition | null, said: readonly ReportedCondition[]): ReportedCondition[] {
  const known =
    own === null ||
    said.some(({ keyword, severity }) => keyword === own.keyword && severity === own.severity);
  return known ? [...said] : [own, ...said];
}

/** What the line does itself it knows best; that the printer stands still, whoever sees it. */
function joinedState(line: LineView, seen: ReportedCondition | null, said: PrinterState): PrinterState {
  if (said === 'stopped' || seen !== null) return 'stopped';
  if (line.isOurs) return 'processing';
  return said === 'unknown' ? line.state : said;
}

const stateTexts: Record<PrinterState, string> = {
  unknown: 'not known',
  idle: 'ready',
  processing: 'printing',
  stopped: 'stopped',
};

function textOf(
  state: PrinterState,
  line: LineView,
  found: readonly ReportedCondition[],
  { isWarmingUp }: PrinterReport,
): string {
  const [gravest] = found;
  if (state === 'stopped' && gravest?.severity === 'error')
    return gravest.name === 'away' ? line.text : gravest.text;
  return state === 'idle' && isWarmingUp ? 'warming up' : stateTexts[state];
}

/** Whether both say the same of the printer, whatever has changed in its numbers. */
export function isSameStatus(
  one: Omit<PrinterStatus, 'since'>,
  other: Omit<PrinterStatus, 'since'>,
): boolean {
  return (
    one.state === other.state &&
    one.text === other.text &&
    one.watch?.stale === other.watch?.stale &&
    one.conditions.length === other.conditions.length &&
    one.conditions.every(({ keyword, severity }, place) => {
      const beside = other.conditions[place];
      return keyword === beside?.keyword && severity === beside.severity;
    })
  );
}
