/** The words for faults and acts: what they make happen, and what is said when they are not understood. */
import { describe, expect, it } from 'vitest';
import { formatFault, parseStatement, verbs } from '../../../firmware-sim/control/fault-words.js';
import { parseScript } from '../../../firmware-sim/control/script.js';
import { profiles } from '../../../firmware-sim/device/phaser-740.js';
import type { Fault } from '../../../firmware-sim/machine/faults.js';
import { assertLinear } from '../../support/assert-linear.js';

const parse = (text: string, device = profiles.N) => parseStatement(text, device);
const event = (text: string) => parse(text).event;

describe('a fault', () => {
  it.each<[string, Fault]>([
    ['jam=fuser', { type: 'jam', area: 'fuser' }],
    ['cover=top', { type: 'cover', cover: 'top' }],
    ['tray=upper', { type: 'tray', input: 'upper' }],
    ['paper=upper:0', { type: 'paper', input: 'upper', sheets: 0 }],
    ['supply=toner-black:5', { type: 'supply', supply: 'toner-black', levelPercent: 5 }],
    ['supply=fuser:-10', { type: 'supply', supply: 'fuser', levelPercent: -10 }],
    ['wrong=toner-cyan', { type: 'supply-wrong', supply: 'toner-cyan' }],
    ['memory', { type: 'memory' }],
    ['disk', { type: 'disk' }],
    ['offline', { type: 'offline' }],
    ['network', { type: 'network' }],
    ['power', { type: 'power' }],
    ['counter=+5', { type: 'counter', lie: 5 }],
    ['counter=-5', { type: 'counter', lie: -5 }],
    ['reading=0', { type: 'reading', bytesPerSecond: 0 }],
    ['reading=100', { type: 'reading', bytesPerSecond: 100 }],
    ['back-channel=garbled', { type: 'back-channel', as: 'garbled' }],
    ['back-channel=silent', { type: 'back-channel', as: 'silent' }],
  ])('%s is written as it is read, and may be said with spaces', (words, fault) => {
    expect(event(words)).toEqual({ type: 'fault', fault });
    expect(formatFault(fault)).toBe(words);
    expect(event(words.replaceAll(/[=:]/g, ' '))).toEqual({ type: 'fault', fault });
  });

  it.each([
    ['jam=fuser', { at: 'once' }],
    ['jam=fuser at=page:3', { at: 'page', page: 3 }],
    ['at page 3: jam fuser', { at: 'page', page: 3 }],
    ['jam=fuser after=20s', { at: 'after', seconds: 20 }],
    ['after 500ms: jam fuser', { at: 'after', seconds: 0.5 }],
    ['after 1.5m: jam=fuser', { at: 'after', seconds: 90 }],
    ['power after=2h', { at: 'after', seconds: 7200 }],
  ])('%s comes when it says', (words, moment) => {
    expect(parse(words).moment).toEqual(moment);
  });
});

describe('an act', () => {
  it.each([
    ['clear', { type: 'faults-cleared' }],
    ['clear jam', { type: 'jam-cleared' }],
    ['clear network', { type: 'disturbance-ended', what: 'network' }],
    ['clear counter', { type: 'disturbance-ended', what: 'counterLie' }],
    ['open side', { type: 'cover-opened', cover: 'side' }],
    ['close top', { type: 'cover-closed', cover: 'top' }],
    ['pull upper', { type: 'tray-pulled', input: 'upper' }],
    ['insert upper', { type: 'tray-inserted', input: 'upper' }],
    ['load upper', { type: 'paper-loaded', input: 'upper', sheets: 250 }],
    ['load upper:100', { type: 'paper-loaded', input: 'upper', sheets: 100 }],
    [
      'load upper:250 a4',
      { type: 'paper-loaded', input: 'upper', sheets: 250, medium: { size: 'a4', type: 'stationery' } },
    ],
    [
      'load multi-purpose envelope10 envelope',
      {
        type: 'paper-loaded',
        input: 'multi-purpose',
        sheets: 100,
        medium: { size: 'envelope10', type: 'envelope' },
      },
    ],
    ['empty face-up', { type: 'output-emptied', output: 'face-up' }],
    ['remove fuser', { type: 'supply-removed', supply: 'fuser' }],
    ['replace toner-black', { type: 'supply-replaced', supply: 'toner-black' }],
    ['replace toner-black:40', { type: 'supply-replaced', supply: 'toner-black', levelPercent: 40 }],
    ['power on', { type: 'power-on' }],
    ['power off', { type: 'power-off' }],
    ['online', { type: 'online' }],
    ['message Back at=two', { type: 'message', text: 'Back at=two' }],
    ['message "Page 3: after lunch; # 2"', { type: 'message', text: 'Page 3: after lunch; # 2' }],
    ['message back after=20s', { type: 'message', text: 'back after=20s' }],
    ['message', { type: 'message', text: null }],
    ['identify', { type: 'identify', seconds: 10 }],
    ['identify 60', { type: 'identify', seconds: 60 }],
  ])('%s', (words, expected) => {
    expect(event(words)).toEqual(expected);
  });

  it('every word of the table is one that is understood', () => {
    expect(() => parse('what')).toThrow(Object.keys(verbs).join(', '));
  });
});

describe('what is not understood says what there is', () => {
  it.each([
    ['', '"" is not known; there is jam, cover,'],
    ['jam', 'jam needs a jam area; there is tray-feed, multi-purpose-feed, imaging, fuser'],
    ['jam=door', 'there is no jam area "door"; there is tray-feed,'],
    ['cover=duplex', 'there is no cover "duplex"; there is top, side'],
    ['tray=multi-purpose', 'there is no tray "multi-purpose"; there is upper'],
    ['wrong=fuser', 'there is no toner "fuser"; there is toner-black,'],
    ['paper=upper:251', '"251" does not fit: sheets are a whole number from 0 to 250'],
    ['paper=upper', 'paper needs a number: sheets are'],
    ['supply=fuser:1.5', '"1.5" does not fit: percent'],
    ['load upper executive', 'there is no size "executive"; there is letter, legal, a4'],
    ['load upper a4 envelope', 'there is no type "envelope"; there is stationery, transparency'],
    ['memory full', '"full" is too much: memory takes nothing'],
    ['clear top', 'there is no fault "top"; there is jam, memory,'],
    ['jam=fuser at=page:0', '"0" is no page; a page is a number from 1'],
    ['jam=fuser after=20', '"20" is no time; write 500ms, 20s, 5m or 2h'],
    ['jam=fuser after=8000h', 'at most 7 days'],
    ['open top at=page:3', 'only a fault can come at a page, and "open" is none'],
    ['constructor', '"constructor" is not known'],
    ['x'.repeat(1001), 'a statement exceeds the limit of 1000 characters'],
  ])('%s', (words, text) => {
    expect(() => parse(words)).toThrow(text);
  });

  it('by the device: a Phaser 740DX has more', () => {
    expect(parse('jam=duplex', profiles.DX).event).toMatchObject({ fault: { area: 'duplex' } });
    expect(() => parse('load upper', profiles.DX)).toThrow('there is middle, lower, multi-purpose');
  });
});

describe('a script', () => {
  const script = (text: string) => parseScript(text, profiles.N, 'demo.txt');

  it('has a statement a line, or more between semicolons, and comments', () => {
    const lines = script(
      '# A jam.\nat page 3: jam fuser; after 20s: clear  # and on\n\n  message "a; b # c"\r\n',
    );
    expect(lines.map(({ line, text }) => [line, text])).toEqual([
      [2, 'at page 3: jam fuser'],
      [2, 'after 20s: clear'],
      [4, 'message "a; b # c"'],
    ]);
    expect(lines.map(({ statement }) => statement.moment.at)).toEqual(['page', 'after', 'once']);
  });

  it('tells every mistake with its line', () => {
    expect(() => script('clear\njam oven\n\nat page 3: jam fuser; opne top')).toThrow(
      /^demo\.txt:2: there is no jam area "oven".*\ndemo\.txt:4: "opne" is not known/,
    );
  });

  it('has a limit, and takes time as it is long', () => {
    expect(() => script('#'.repeat(100_001))).toThrow('a script exceeds the limit of 100000 characters');
    expect(() => script('clear;'.repeat(5001))).toThrow('a script exceeds the limit of 5000 statements');
    assertLinear(250, (size) => script('after 1s: jam fuser;'.repeat(size)));
    assertLinear(20_000, (size) =>
      script(`message "${'a\\'.repeat(size / 2)}" #`.slice(0, 900).padEnd(size, '#')),
    );
  });
});
