/**
 * The Phaser 740 as data, and its versions. FACTS sections 6, 7.1 and 10.2 say of each value whether it is known, taken from the
 * Phaser 750N, or ours; docs/simulator.md repeats it for users.
 */
import type { MediaSizeName } from '#vocab/media.js';
import type { Device, InputDescription, Margins, QualityMode, SupplyDescription } from './device.js';

const megabyte = 2 ** 20;

const traySizes: readonly MediaSizeName[] = ['letter', 'legal', 'a4'];

const tray = { kind: 'cassette', sizes: traySizes, types: ['stationery', 'transparency'] } as const;
const loaded = { size: 'letter', type: 'stationery' } as const;

// MediaPosition and the names are the 750N's; the capacities are ours (FACTS 7.1, 10.2).
const upper: InputDescription = {
  ...tray,
  id: 'upper',
  name: 'Upper Tray',
  position: 0,
  capacitySheets: 250,
  lowSheets: 25,
  loaded,
  duplex: false,
  jamArea: 'tray-feed',
};
const middle: InputDescription = {
  ...upper,
  id: 'middle',
  name: 'Middle Tray',
  position: 1,
  capacitySheets: 500,
  lowSheets: 50,
  duplex: true,
};
const lower: InputDescription = { ...middle, id: 'lower', name: 'Lower Tray', position: 2 };
const multiPurpose: InputDescription = {
  id: 'multi-purpose',
  name: 'Multi-Purpose Tray',
  position: 3,
  kind: 'manual',
  capacitySheets: 100,
  lowSheets: 10,
  sizes: [...traySizes, 'executive', 'envelope10'],
  types: ['stationery', 'transparency', 'envelope'],
  loaded,
  duplex: false,
  jamArea: 'multi-purpose-feed',
};

/** Ours: yields, and at which levels it warns and stops (FACTS 10.2). */
const wearing = { colorant: null, lowPercent: 10, stopPercent: -10 } as const;
function toner(colorant: NonNullable<SupplyDescription['colorant']>): SupplyDescription {
  const name = `${colorant[0]?.toUpperCase()}${colorant.slice(1)} Toner`;
  return {
    id: `toner-${colorant}`,
    name,
    kind: 'toner',
    colorant,
    yieldPages: 5000,
    lowPercent: 10,
    stopPercent: 0,
  };
}
const units: readonly SupplyDescription[] = [
  {
    id: 'imaging-unit',
    name: 'Imaging Unit',
    kind: 'imaging-unit',
    colorant: null,
    yieldPages: 30_000,
    lowPercent: 10,
    stopPercent: 0,
  },
  { ...wearing, id: 'fuser', name: 'Fuser', kind: 'fuser', yieldPages: 60_000 },
  { ...wearing, id: 'transfer-unit', name: 'Transfer Unit', kind: 'transfer-unit', yieldPages: 60_000 },
];

const standardModes: readonly QualityMode[] = [
  { id: 'mono', name: 'Black and White', xDpi: 1200, yDpi: 600, colorModel: 'DeviceGray' },
  { id: 'fast-color', name: 'Fast Color', xDpi: 600, yDpi: 600, colorModel: 'DeviceCMY' },
  { id: 'standard', name: 'Standard', xDpi: 600, yDpi: 600, colorModel: 'DeviceCMYK' },
];
const enhanced: QualityMode = {
  id: 'enhanced',
  name: 'Enhanced',
  xDpi: 1200,
  yDpi: 600,
  colorModel: 'DeviceCMYK',
};
const premium: QualityMode = {
  id: 'premium',
  name: 'Premium',
  xDpi: 1200,
  yDpi: 1200,
  colorModel: 'DeviceCMYK',
};

/** The 750N's imageable areas (FACTS 6.1). */
const margins: Record<MediaSizeName, Margins> = {
  letter: { left: 10.32, bottom: 15.9, right: 10.32, top: 15.78 },
  legal: { left: 10.32, bottom: 16.38, right: 10.32, top: 16.26 },
  a4: { left: 13.44, bottom: 13.98, right: 13.24, top: 13.94 },
  executive: { left: 11.28, bottom: 15.9, right: 11.52, top: 15.78 },
  envelope10: { left: 10.32, bottom: 11.82, right: 10.2, top: 11.7 },
};

const base: Device = {
  manufacturer: 'Tektronix',
  product: 'Phaser 740',
  model: 'Phaser 740N',
  // The 750N's (FACTS 7.1).
  postScript: { version: '3010.108', revision: 8 },
  // Confirmed for the 750 (its device ID), and not for the 740.
  pjl: false,
  firmware: '1.0/1.0/1.0/1.0',
  installedRamBytes: 64 * megabyte,
  disk: false,
  colorants: ['black', 'cyan', 'magenta', 'yellow'],
  inputs: [upper, multiPurpose],
  outputs: [
    { id: 'face-up', name: 'Face-Up Tray', capacitySheets: 250, faceUp: true },
    { id: 'face-down', name: 'Face-Down Tray', capacitySheets: 250, faceUp: false },
  ],
  supplies: [toner('black'), toner('cyan'), toner('magenta'), toner('yellow'), ...units],
  covers: [
    { id: 'top', name: 'Top Cover' },
    { id: 'side', name: 'Side Door' },
  ],
  jamAreas: [
    { id: 'tray-feed', name: 'Tray Feed Area', cover: 'side' },
    { id: 'multi-purpose-feed', name: 'Multi-Purpose Feed Area', cover: 'side' },
    { id: 'imaging', name: 'Imaging Area', cover: 'top' },
    { id: 'fuser', name: 'Fuser and Exit Area', cover: 'top' },
  ],
  duplex: null,
  modes: [...standardModes, enhanced],
  margins,
  speed: {
    monoPagesPerMinute: 16,
    colourPagesPerMinute: 5,
    firstPageSeconds: 12,
    warmUpSeconds: 60,
    sleepAfterSeconds: 3600,
  },
  pathSheets: 2,
  recoversJams: true,
  accountingRecords: 50,
};

/** The duplex unit takes the place of the upper tray and needs the lower ones (FACTS 6). */
const withDuplex: Pick<Device, 'inputs' | 'covers' | 'jamAreas' | 'duplex'> = {
  inputs: [middle, lower, multiPurpose],
  covers: [
    ...base.covers,
    { id: 'lower-tray-door', name: 'Lower Tray Door' },
    { id: 'duplex', name: 'Duplex Unit Door' },
  ],
  jamAreas: [...base.jamAreas, { id: 'duplex', name: 'Duplex Unit', cover: 'duplex' }],
  duplex: { jamArea: 'duplex' },
};

/** With the "plus" feature set (FACTS 6): Premium, and a longer job log. */
const plus: Pick<Device, 'modes' | 'accountingRecords'> = {
  modes: [...standardModes, enhanced, premium],
  accountingRecords: 500,
};

export const profiles = {
  L: {
    ...base,
    model: 'Phaser 740L',
    colorants: ['black'],
    supplies: [toner('black'), ...units],
    modes: standardModes.slice(0, 1),
  },
  N: base,
  P: { ...base, ...plus, model: 'Phaser 740P' },
  DP: { ...base, ...plus, ...withDuplex, model: 'Phaser 740DP' },
  DX: { ...base, ...plus, ...withDuplex, model: 'Phaser 740DX', disk: true, accountingRecords: 5000 },
  Extended: {
    ...base,
    ...plus,
    ...withDuplex,
    model: 'Phaser 740 Extended',
    installedRamBytes: 128 * megabyte,
    disk: true,
    accountingRecords: 5000,
  },
} as const satisfies Record<string, Device>;

export type ProfileName = keyof typeof profiles;
