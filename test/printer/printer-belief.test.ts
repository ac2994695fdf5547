/** What we believe of the printer follows from what was observed, by the line and by the watch; one status of both. */
import { describe, expect, it } from 'vitest';
import { conditions, findCondition } from '#vocab/conditions.js';
import type { PrinterReport, ReportedCondition } from '#vocab/printer-status.js';
import {
  believe,
  missesUntilStale,
  type Observation,
  staleAfterMs,
  statusOf,
  unknownPrinter,
} from '../../src/printer/printer-belief.js';
import { reportOf } from '../support/printer-report.js';

const outOfPaper: ReportedCondition = {
  ...{ name: 'media-empty', keyword: 'media-empty', severity: 'error', text: 'Upper tray: no paper' },
};
const tonerLow: ReportedCondition = {
  ...{ name: 'toner-low', keyword: 'toner-low', severity: 'warning', text: 'toner is running low' },
};

/** The belief after these, each a second after the one before. */
function beliefAfter(...observations: Observation[]) {
  return observations.reduce(
    (belief, observation, n) => believe(belief, observation, n * 1000),
    unknownPrinter(0, 'snmp://p'),
  );
}

function shown(observations: Observation[], now = observations.length * 1000) {
  const { state, conditions, text } = statusOf(beliefAfter(...observations), now);
  return { state, keywords: conditions.map(({ keyword }) => keyword), text };
}

const said = (facts: Partial<PrinterReport> = {}): Observation => ({
  type: 'reported',
  report: reportOf(facts),
});
const silent: Observation = { type: 'silent', text: 'no answer' };
const away: Observation = { type: 'away', text: 'refused' };
const heard: Observation = { type: 'condition', condition: conditions['media-empty'], text: 'out of paper' };

describe('what the line sees', () => {
  it('is unknown until something was observed', () => {
    expect(unknownPrinter(5).line).toMatchObject({ state: 'unknown', text: 'not heard of yet', since: 5 });
    expect(statusOf(unknownPrinter(5), 5)).toMatchObject({ state: 'unknown', conditions: [], watch: null });
  });

  it.each<[Observation, string, string[]]>([
    [{ type: 'answered' }, 'idle', []],
    [{ type: 'job-begun' }, 'processing', []],
    [{ type: 'job-ended' }, 'idle', []],
    [{ type: 'busy' }, 'processing', []],
    [away, 'stopped', ['connecting-to-device']],
    [heard, 'stopped', ['media-empty']],
  ])('after %o', (observation, state, keywords) => {
    expect(shown([observation])).toMatchObject({ state, keywords });
  });

  it('stays the same value while nothing changes, so that "since" means something', () => {
    const first = believe(unknownPrinter(0), away, 10);
    expect(believe(first, away, 99).line).toBe(first.line);
    expect(believe(first, { type: 'answered' }, 100).line.since).toBe(100);
  });

  it('knows since when no job is taken, whatever is answered in between, until one is begun or there is a long gap', () => {
    const minute = 60_000;
    const refusing = (...seen: [Observation, number][]) =>
      seen.reduce((belief, [seenNow, at]) => believe(belief, seenNow, at), unknownPrinter(0)).refusing?.since;
    expect(refusing([{ type: 'busy' }, 10], [{ type: 'answered' }, 20], [away, 4 * minute])).toBe(10);
    expect(refusing([{ type: 'busy' }, 10], [{ type: 'answered' }, 20], [away, 6 * minute])).toBe(6 * minute);
    expect(refusing([away, 10], [away, 60 * minute])).toBe(10);
    expect(refusing([{ type: 'busy' }, 10], [{ type: 'job-begun' }, 20])).toBeUndefined();
  });
});

describe('the one status of line and watch', () => {
  it.each<[string, Observation[], string, string[], string]>([
    ['takes the state that the printer tells', [said()], 'idle', [], 'ready'],
    [
      'tells of somebody else’s job',
      [{ type: 'answered' }, said({ state: 'processing' })],
      'processing',
      [],
      'printing',
    ],
    [
      'knows a trouble before a job meets it',
      [{ type: 'answered' }, said({ state: 'stopped', conditions: [outOfPaper] })],
      ...(['stopped', ['media-empty'], 'Upper tray: no paper'] as [string, string[], string]),
    ],
    [
      'says that our job is being printed, however calm the printer is',
      [{ type: 'job-begun' }, said()],
      'processing',
      [],
      'printing',
    ],
    ['tells a warning beside the state', [said({ conditions: [tonerLow] })], 'idle', ['toner-low'], 'ready'],
    [
      'tells the same trouble once',
      [heard, said({ state: 'stopped', conditions: [outOfPaper] })],
      'stopped',
      ['media-empty'],
      'Upper tray: no paper',
    ],
    [
      'keeps what only the line has heard, for a while',
      [heard, said()],
      'stopped',
      ['media-empty'],
      'the printer is out of paper',
    ],
    [
      'does not take a printer for reached because it answers the watch',
      [away, said()],
      'stopped',
      ['connecting-to-device'],
      'refused',
    ],
    [
      'does not know more than the line when the printer does not answer',
      [{ type: 'answered' }, silent],
      'idle',
      [],
      'ready',
    ],
  ])('%s', (_what, observations, state, keywords, text) => {
    expect(shown(observations)).toEqual({ state, keywords, text });
  });

  it('lets a trouble go that the printer has not seen since', () => {
    const belief = believe(beliefAfter(heard), said(), 20_000);
    expect(statusOf(belief, 20_000)).toMatchObject({ state: 'processing', conditions: [] });
    const unreached = believe(beliefAfter(away), said(), 20_000);
    expect(statusOf(unreached, 20_000).state).toBe('stopped');
  });

  it('believes an answer until several questions, or a long time, have brought none', () => {
    const answer = said({ state: 'stopped', conditions: [outOfPaper] });
    const misses = Array.from({ length: missesUntilStale }, () => silent);
    expect(shown([answer, ...misses.slice(1)]).state).toBe('stopped');
    const stale = beliefAfter(answer, ...misses);
    expect(statusOf(stale, 9000)).toMatchObject({
      ...{ state: 'unknown', conditions: [], watch: { stale: true, learntAt: 0, trouble: 'no answer' } },
    });
    expect(shown([answer], staleAfterMs).state).toBe('stopped');
    expect(shown([answer], staleAfterMs + 1).state).toBe('unknown');
    expect(statusOf(believe(stale, answer, 10_000), 10_000).watch).toMatchObject({
      stale: false,
      trouble: null,
    });
  });
});

describe('the words that a PostScript printer has for its trouble', () => {
  it.each([
    ['out of paper', 'media-empty'],
    ['paper jam', 'media-jam'],
    ['cover open', 'cover-open'],
    ['no toner', 'toner-empty'],
    ['manual feed', 'media-needed'],
    ['paper tray missing', 'input-tray-missing'],
    ['something else', 'other'],
  ])('"%s" is %s', (words, keyword) => {
    expect(findCondition(words)?.keyword).toBe(keyword);
  });
});
