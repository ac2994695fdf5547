/** The table of conditions says the same in every language it speaks, and in the standards' own words. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Condition, conditions } from '#vocab/conditions.js';
import { alertCodes, alertGroups, detectedErrorBits, trainingLevels } from '#vocab/printer-mib.js';
import { corpusFolder } from '../support/corpus.js';

const rows = Object.entries<Condition>(conditions);

describe('the table of printer conditions', () => {
  it('has no two rows that IPP would call the same', () => {
    const reasons = rows.map(([, { keyword, severity }]) => `${keyword}-${severity}`);
    expect(new Set(reasons).size).toBe(reasons.length);
  });

  it('has no two rows that a reader of the alert table would take for the same', () => {
    const alerts = rows.flatMap(([, { alert, severity }]) =>
      alert ? [JSON.stringify([alert, severity])] : [],
    );
    expect(new Set(alerts).size).toBe(alerts.length);
  });

  it('gives every condition that stops the printer a bit, as long as the printer itself can say it', () => {
    for (const [name, { severity, alert, detectedError }] of rows) {
      if (severity === 'error') expect(detectedError !== null, name).toBe(alert !== null);
    }
  });

  it('gives every alert code to the group that it belongs to', () => {
    // IANA-PRINTER-MIB: codes from 100 on begin with the number of their group; those below are for any.
    for (const [name, { alert }] of rows) {
      if (alert === null || alertCodes[alert.code] < 100) continue;
      expect(Math.floor(alertCodes[alert.code] / 100), name).toBe(alertGroups[alert.group]);
    }
  });
});

const mibs = corpusFolder('mibs');

describe.skipIf(mibs === null)("the MIBs' words", () => {
  const read = (module: string) => readFileSync(join(mibs ?? '', module), 'latin1');
  /** The text between the beginning of a definition and the next one. */
  const definition = (module: string, begin: string) => read(module).split(begin)[1]?.split('::=')[0] ?? '';

  it.each([
    ['PrtAlertGroupTC ::=', alertGroups],
    ['PrtAlertCodeTC ::=', alertCodes],
    ['PrtAlertTrainingLevelTC ::=', trainingLevels],
  ])('%s has our names and numbers', (begin, ours) => {
    const theirs = definition('IANA-PRINTER-MIB', begin).replaceAll(/--.*/g, '');
    for (const [name, number] of Object.entries(ours)) {
      expect(theirs).toMatch(new RegExp(`\\b${name}\\s*\\(${number}\\)`));
    }
  });

  it('hrPrinterDetectedErrorState has our names and bits', () => {
    const theirs = definition('HOST-RESOURCES-MIB', 'hrPrinterDetectedErrorState OBJECT-TYPE');
    for (const [name, bit] of Object.entries(detectedErrorBits)) {
      expect(theirs).toMatch(new RegExp(`^ *${name} +${bit}$`, 'm'));
    }
  });
});
