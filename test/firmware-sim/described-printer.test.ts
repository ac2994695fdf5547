/** Another printer than the Phaser 740, described in a settings file. */
import { expect, it } from 'vitest';
import { deviceOf, loadPhaser740Settings } from '../../firmware-sim/settings.js';
import { startMachine } from '../support/machine.js';
import { temporaryFile } from '../support/temporary-folder.js';

const office = `speed: rated
device:
  manufacturer: Example
  product: Office Laser 20
  colorants: [black]
  supplies: [{ id: toner, name: Toner, kind: toner, colorant: black, yieldPages: 100 }]
  covers: [{ id: front, name: Front Cover }]
  jamAreas: [{ id: inside, name: Inside, cover: front }]
  inputs: [{ id: drawer, name: Drawer, position: 0, capacitySheets: 3, lowSheets: 1, sizes: [a4], loaded: { size: a4 }, jamArea: inside }]
  outputs: [{ id: top, name: Top Bin, capacitySheets: 100 }]
  monoPagesPerMinute: 20
  warmUpSeconds: 0
  firstPageSeconds: 0
  recoversJams: false
`;

function load(text: string) {
  return loadPhaser740Settings(temporaryFile('phaser740.yaml', text), {});
}

it('prints at its own speed, from its own tray, with its own toner', () => {
  const device = deviceOf(load(office));
  expect([device.model, device.postScript]).toEqual([
    'Office Laser 20',
    { version: '3010.108', revision: 8 },
  ]);
  const machine = startMachine(device);
  const page = { medium: { size: 'a4', type: 'stationery' }, coverage: { black: 1 } } as const;
  machine.print(Array(4).fill(page));
  machine.runToEnd();
  expect(machine.out().map(({ at, output }) => [at, output])).toEqual([
    [3000, 'top'],
    [6000, 'top'],
    [9000, 'top'],
  ]);
  expect(machine.alerts()).toContain('media-empty drawer');
});

it('loses what a jam has taken, when it is said so', () => {
  const machine = startMachine(deviceOf(load(office)));
  machine.print([{ medium: { size: 'a4', type: 'stationery' } }]);
  machine.happen({ type: 'fault', fault: { type: 'jam', area: 'inside' } });
  expect(machine.of('page-lost')).toHaveLength(1);
});

it.each([
  ['cover: front }', 'cover: back }', '"inside" is behind "back", which is no cover'],
  ['jamArea: inside', 'jamArea: outside', '"drawer" jams in "outside", which is no jam area'],
  ['colorants: [black]', 'colorants: [black, cyan]', 'there is no toner for cyan'],
  ['colorant: black', 'colorant: cyan', 'there is no toner for black'],
  ['sizes: [a4]', 'sizes: [letter]', '"drawer" is loaded with a4, which it does not take'],
])('with %s changed to %s says what does not fit', (from, to, mistake) => {
  expect(() => load(office.replace(from, to))).toThrow(mistake);
});

it('a part of it that is wrong is named with its place', () => {
  expect(() => load(office.replace('capacitySheets: 3,', 'capacitySheets: none,'))).toThrow(
    /:9:\d+: device\.inputs\[0\]\.capacitySheets: found "none", should be a whole number/,
  );
});
