/** Supplies and trays in IPP's words: CUPS's marker attributes, and PWG 5100.13's printer-supply and trays. */
import { mediaSizes, mediaTypes } from '#vocab/media.js';
import {
  attribute,
  type IppAttribute,
  type IppValue,
  integer,
  keyword,
  nameValue,
  octetString,
  text,
} from '#wire/ipp-message.js';
import type { Colorant, Device, SupplyDescription } from '../../device/device.js';
import type { MachineState } from '../../machine/state.js';
import { levelPercent } from '../../machine/wear.js';
import { dimensions } from './media.js';

/** As CUPS's tools paint them. */
const colours: Record<Colorant, string> = {
  black: '#000000',
  cyan: '#00FFFF',
  magenta: '#FF00FF',
  yellow: '#FFFF00',
};
const noColour = 'none';

/** IANA-PRINTER-MIB, PrtMarkerSuppliesTypeTC, as PWG 5100.13 §5.6.25 and CUPS spell it. */
const kinds: Record<SupplyDescription['kind'], { pwg: string; cups: string }> = {
  toner: { pwg: 'tonerCartridge', cups: 'toner-cartridge' },
  'imaging-unit': { pwg: 'opc', cups: 'opc' },
  fuser: { pwg: 'fuser', cups: 'fuser' },
  'transfer-unit': { pwg: 'transferUnit', cups: 'transfer-unit' },
};

export function supplyAttributes(device: Device, state: MachineState): IppAttribute[] {
  const { supplies } = device;
  const levels = supplies.map((supply) => levelOf(state, supply));
  const each = (value: (supply: SupplyDescription, level: number) => IppValue) =>
    supplies.map((supply, n) => value(supply, levels[n] ?? unknownLevel));
  return [
    attribute('marker-names', ...each(({ name }) => nameValue(name))),
    attribute(
      'marker-colors',
      ...each(({ colorant }) => nameValue(colorant === null ? noColour : colours[colorant])),
    ),
    attribute('marker-types', ...each(({ kind }) => keyword(kinds[kind].cups))),
    attribute('marker-levels', ...each((_, level) => integer(level))),
    attribute('marker-low-levels', ...each(({ lowPercent }) => integer(lowPercent))),
    attribute('marker-high-levels', ...each(() => integer(100))),
    attribute('printer-supply', ...each((supply, level) => keywords(supplyKeywords(device, supply, level)))),
    attribute('printer-supply-description', ...each(({ name }) => text(name))),
  ];
}

/** RFC 3805, prtMarkerSuppliesLevel: nobody can say. */
const unknownLevel = -2;

function levelOf(state: MachineState, { id }: SupplyDescription): number {
  const supply = state.supplies[id];
  if (supply === undefined || !supply.present) return unknownLevel;
  return Math.min(100, Math.max(0, levelPercent(supply)));
}

function supplyKeywords(
  device: Device,
  { kind, colorant }: SupplyDescription,
  level: number,
): Record<string, string | number> {
  const index = colorant === null ? 0 : device.colorants.indexOf(colorant) + 1;
  return {
    type: kinds[kind].pwg,
    maxcapacity: 100,
    level,
    class: 'supplyThatIsConsumed',
    unit: 'percent',
    colorantindex: index,
    ...(colorant === null ? {} : { colorantrole: 'process', colorantname: colorant, coloranttonality: 128 }),
  };
}

/** PWG 5100.13 §5.6.10 and §5.6.20; lengths in hundredths of a millimetre. */
export function trayAttributes(device: Device, state: MachineState): IppAttribute[] {
  const inputs = device.inputs.map((input) => {
    const tray = state.inputs[input.id];
    const medium = tray?.medium ?? input.loaded;
    const sheets = tray?.inserted ? tray.sheets : 0;
    const { x, y } = dimensions(medium.size);
    return keywords({
      type: input.kind === 'manual' ? 'sheetFeedManual' : 'sheetFeedAutoRemovableTray',
      dimunit: 'micrometers',
      mediafeed: y * 10,
      mediaxfeed: x * 10,
      maxcapacity: input.capacitySheets,
      level: sheets,
      status: sheets > 0 ? 0 : 1,
      name: input.name,
      medianame: mediaSizes[medium.size].pwg,
      mediatype: mediaTypes[medium.type],
    });
  });
  const outputs = device.outputs.map(({ id, name, capacitySheets, faceUp }) => {
    const lying = state.outputs[id] ?? 0;
    return keywords({
      type: 'unRemovableBin',
      maxcapacity: capacitySheets,
      remaining: Math.max(0, capacitySheets - lying),
      status: lying >= capacitySheets ? 1 : 0,
      name,
      stackingorder: faceUp ? 'lastToFirst' : 'firstToLast',
      pagedelivery: faceUp ? 'faceUp' : 'faceDown',
    });
  });
  return [attribute('printer-input-tray', ...inputs), attribute('printer-output-tray', ...outputs)];
}

function keywords(pairs: Record<string, string | number>): IppValue {
  const written = Object.entries(pairs).map(([name, value]) => `${name}=${value};`);
  return octetString(Buffer.from(written.join('')));
}
