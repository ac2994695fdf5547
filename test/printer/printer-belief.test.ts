/** What we believe of the printer follows from what was observed, and keeps the time since when. */
import { describe, expect, it } from 'vitest';
import { findCondition } from '#vocab/conditions.js';
import { believe, type Observation, unknownPrinter } from '../../src/printer/printer-belief.js';

describe('the belief about the printer', () => {
  it('is unknown until something was observed', () => {
    expect(unknownPrinter(5)).toEqual({ state: 'unknown', reasons: [], text: 'not heard of yet', since: 5 });
  });

  it.each<[Observation, string, string[]]>([
    [{ type: 'answered' }, 'idle', []],
    [{ type: 'job-begun' }, 'processing', []],
    [{ type: 'job-ended' }, 'idle', []],
    [{ type: 'busy' }, 'processing', []],
    [{ type: 'away', text: 'refused' }, 'stopped', ['connecting-to-device']],
  ])('after %o', (observation, state, reasons) => {
    expect(believe(unknownPrinter(0), observation, 7)).toMatchObject({ state, reasons, since: 7 });
  });

  it('stays the same value while nothing changes, so that "since" means something', () => {
    const away = believe(unknownPrinter(0), { type: 'away', text: 'refused' }, 10);
    expect(believe(away, { type: 'away', text: 'refused' }, 99)).toBe(away);
    expect(believe(away, { type: 'answered' }, 100).since).toBe(100);
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
