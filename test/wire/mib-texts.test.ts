/** The objects and words that we declare are held against the MIB modules of the standards. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as words from '#vocab/printer-mib.js';
import * as host from '#wire/host-objects.js';
import type { ObjectGroup } from '#wire/mib-objects.js';
import * as printer from '#wire/printer-objects.js';
import { corpusFolder } from '../support/corpus.js';

const mibs = corpusFolder('mibs');

/** What their SYNTAX clauses say for ours; everything else is an enumeration or a name for one of these. */
const syntaxes: Record<string, string> = {
  Counter32: 'counter',
  Gauge32: 'gauge',
  TimeTicks: 'ticks',
  'OBJECT IDENTIFIER': 'oid',
  AutonomousType: 'oid',
  ProductID: 'oid',
  'OCTET STRING': 'octets',
  DisplayString: 'octets',
  DateAndTime: 'octets',
  PhysAddress: 'octets',
  SnmpEngineID: 'octets',
  PrtLocalizedDescriptionStringTC: 'octets',
  PrtConsoleDescriptionStringTC: 'octets',
};

interface Declared {
  number: number;
  syntax: string;
  access: string;
  status: string;
  entry: string;
}

/** Without comments and descriptions. */
function textOf(...modules: readonly string[]): string {
  const texts = mibs === null ? [] : modules.map((module) => readFileSync(join(mibs, module), 'latin1'));
  return texts.join('\n').replaceAll(/"[^"]*"|--[^\n]*/g, '');
}

function objectsIn(text: string): Map<string, Declared> {
  const found = new Map<string, Declared>();
  const object =
    /^(\w+)\s+OBJECT-TYPE\s+SYNTAX\s+(OCTET STRING|OBJECT IDENTIFIER|\w+)[^:]*?MAX-ACCESS\s+([\w-]+)\s+STATUS\s+(\w+)[^:]*?::=\s*\{\s*(\w+)\s+(\d+)\s*\}/gm;
  for (const [, name = '', syntax = '', access = '', status = '', entry = '', number] of text.matchAll(
    object,
  )) {
    found.set(name, { number: Number(number), syntax: syntaxes[syntax] ?? 'integer', access, status, entry });
  }
  return found;
}

describe.skipIf(mibs === null)('our objects', () => {
  const theirs = objectsIn(
    textOf('Printer-MIB', 'HOST-RESOURCES-MIB', 'SNMPv2-MIB', 'IF-MIB', 'SNMP-FRAMEWORK-MIB'),
  );
  // The text of SNMP-USER-BASED-SM-MIB and SNMP-MPD-MIB is not among them.
  const { usmStatsGroup: _, mpdStatsGroup: __, deviceTypePrinter: ___, ...hostGroups } = host;

  it.each(Object.entries<ObjectGroup>({ ...printer, ...hostGroups }))(
    '%s have the numbers and the syntax of the standard',
    (_name, { objects }) => {
      for (const [name, [number, syntax]] of Object.entries(objects)) {
        expect({ name, number, syntax }).toEqual({
          name,
          number: theirs.get(name)?.number,
          syntax: theirs.get(name)?.syntax,
        });
      }
    },
  );

  it.each(Object.entries<ObjectGroup>(printer))(
    '%s are all that can be read of its rows',
    (_name, { objects }) => {
      const [first = ''] = Object.keys(objects);
      const entry = theirs.get(first)?.entry;
      const readable = [...theirs].filter(
        ([, object]) =>
          object.entry === entry && object.access.startsWith('read') && object.status === 'current',
      );
      expect(Object.keys(objects).sort()).toEqual(readable.map(([name]) => name).sort());
    },
  );
});

describe.skipIf(mibs === null)('our words', () => {
  const text = textOf('Printer-MIB', 'IANA-PRINTER-MIB', 'HOST-RESOURCES-MIB');

  it.each([
    ['PrtInputTypeTC ::= TEXTUAL-CONVENTION', words.inputTypes],
    ['PrtOutputTypeTC ::= TEXTUAL-CONVENTION', words.outputTypes],
    ['PrtMarkerSuppliesClassTC ::= TEXTUAL-CONVENTION', words.supplyClasses],
    ['PrtAlertCodeTC ::= TEXTUAL-CONVENTION', words.alertCodes],
    ['PrtAlertGroupTC ::= TEXTUAL-CONVENTION', words.alertGroups],
    ['PrtAlertSeverityLevelTC ::= TEXTUAL-CONVENTION', words.alertSeverityLevels],
    ['PrtMarkerSuppliesSupplyUnitTC ::= TEXTUAL-CONVENTION', words.units],
    ['PrtMediaPathTypeTC ::= TEXTUAL-CONVENTION', words.mediaPathTypes],
    ['PrtMarkerMarkTechTC ::= TEXTUAL-CONVENTION', words.markTechnologies],
    ['PrtMarkerSuppliesTypeTC ::= TEXTUAL-CONVENTION', words.supplyTypes],
    ['PrtChannelTypeTC ::= TEXTUAL-CONVENTION', words.channelTypes],
    ['PrtInterpreterLangFamilyTC ::= TEXTUAL-CONVENTION', words.interpreterFamilies],
    ['PrtConsoleColorTC ::= TEXTUAL-CONVENTION', words.lightColours],
    ['hrDeviceStatus OBJECT-TYPE', words.deviceStatuses],
    ['hrPrinterStatus OBJECT-TYPE', words.printerStatuses],
  ])('of %s have its numbers', (begin, ours) => {
    const theirs = text.split(begin)[1]?.split('}')[0];
    for (const [word, number] of Object.entries(ours)) {
      expect(theirs).toMatch(new RegExp(`\\b${word}\\s*\\(${number}\\)`));
    }
  });
});
