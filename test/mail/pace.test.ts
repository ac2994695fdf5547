/** How slowly a server may answer. */
import { describe, expect, it } from 'vitest';
import { Pace } from '../../src/mail/pace.js';

const limits = { silenceMs: 10_000, graceMs: 30_000, octetsPerSecond: 100 };

describe('an answer', () => {
  it('may stand still for so long at any time', () => {
    const pace = new Pace(limits);
    expect(pace.patience()).toEqual({ ms: 10_000, otherwise: 'silent' });
    pace.came(1_000_000, 25_000);
    expect(pace.patience()).toEqual({ ms: 10_000, otherwise: 'silent' });
  });

  it('may be slow for as long as the grace, and then not below the average', () => {
    const pace = new Pace(limits);
    pace.came(1, 9_000);
    pace.came(1, 9_000);
    expect(pace.patience()).toEqual({ ms: 10_000, otherwise: 'silent' });
    pace.came(1, 9_000);
    expect(pace.patience()).toEqual({ ms: 3_000, otherwise: 'too slow' });
    // 5,003 octets may take 50 seconds, of which 29 have passed.
    pace.came(5_000, 2_000);
    expect(pace.patience()).toEqual({ ms: 10_000, otherwise: 'silent' });
    pace.came(0, 20_000);
    expect(pace.patience()).toEqual({ ms: 1_030, otherwise: 'too slow' });
    pace.came(0, 5_000);
    expect(pace.patience()).toEqual({ ms: 0, otherwise: 'too slow' });
    expect(pace.octets).toBe(5_003);
  });
});
