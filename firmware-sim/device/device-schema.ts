/** Another printer in a settings file: what is said there takes the place of the profile's, part by part. */
import * as v from 'valibot';
import { choice, list, oneLineText, section, setting, wholeNumber } from '#base/settings-schema.js';
import { type MediaSizeName, type MediaType, mediaSizeNames, mediaTypes } from '#vocab/media.js';
import { colorants, type Device } from './device.js';

const id = setting(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,30}$/)), {
  type: 'a word of small letters, digits and hyphens',
  text: 'What commands and scripts call it.',
});
const name = oneLineText({ text: 'What people call it.' });
const yesOrNo = (text: string) => setting(v.boolean(), { type: 'true or false', text });
const number = (min: number, max: number, text: string) =>
  setting(v.pipe(v.number(), v.minValue(min), v.maxValue(max)), {
    type: `a number from ${min} to ${max}`,
    text,
  });
const count = (max: number, text: string, min = 0) => wholeNumber(min, max, { text });

const size = choice(mediaSizeNames, { text: 'A size.' });
const type = choice(Object.keys(mediaTypes) as MediaType[], { text: 'A kind of paper.' });

const input = section('A tray.', {
  id,
  name,
  position: count(15, "PostScript's MediaPosition."),
  kind: v.optional(choice(['cassette', 'manual'], { text: 'A manual one is fed by hand.' }), 'cassette'),
  capacitySheets: count(10_000, 'How many sheets it holds.', 1),
  lowSheets: v.optional(count(10_000, 'At so many sheets or fewer it is low.'), 25),
  sizes: list(size, { text: 'Which sizes it takes.' }),
  types: v.optional(list(type, { text: 'Which kinds of paper.' }), ['stationery']),
  loaded: section('What lies in it when it is new.', { size, type: v.optional(type, 'stationery') }),
  duplex: v.optional(yesOrNo('Whether its sheets can be printed on both sides.'), false),
  jamArea: v.optional(id, 'tray-feed'),
});

const output = section('A bin.', {
  id,
  name,
  capacitySheets: count(10_000, 'How many sheets it holds.', 1),
  faceUp: v.optional(yesOrNo('Whether the printed side lies on top.'), false),
});

const supply = section('What the printer uses up.', {
  id,
  name,
  kind: choice(['toner', 'imaging-unit', 'fuser', 'transfer-unit'], { text: 'What it is.' }),
  colorant: v.optional(v.nullable(choice(colorants, { text: 'Of a toner.' })), null),
  yieldPages: count(10_000_000, 'Pages that a new one lasts, at 5 % coverage.', 1),
  lowPercent: v.optional(number(0, 100, 'At or below this a warning is given.'), 10),
  stopPercent: v.optional(number(-100, 100, 'At or below this nothing is printed any more.'), 0),
});

const cover = section('A door.', { id, name });
const jamArea = section('A place where sheets can jam.', { id, name, cover: id });

export const deviceSchema = section(
  'Another printer: what is said here takes the place of what the profile has.',
  {
    manufacturer: v.optional(oneLineText({ text: 'Who made it.' })),
    product: v.optional(oneLineText({ text: 'What PostScript programs hear when they ask for `product`.' })),
    model: v.optional(oneLineText({ text: 'What people call it.' })),
    pjl: v.optional(
      yesOrNo(
        'Whether it understands PJL around the jobs on its raw port; nobody has confirmed it for a 740.',
      ),
    ),
    installedRamBytes: v.optional(count(2 ** 40, 'Its memory.', 2 ** 20)),
    disk: v.optional(yesOrNo('Whether it has a hard disk.')),
    colorants: v.optional(
      list(choice(colorants, { text: 'A colorant.' }), { text: 'Black alone, or all four.' }),
    ),
    inputs: v.optional(
      v.pipe(v.array(input), v.minLength(1), v.metadata({ type: 'a list of trays', text: 'Its trays.' })),
    ),
    outputs: v.optional(
      v.pipe(v.array(output), v.minLength(1), v.metadata({ type: 'a list of bins', text: 'Its bins.' })),
    ),
    supplies: v.optional(list(supply, { text: 'Toner and what else wears, black toner first.' })),
    covers: v.optional(list(cover, { text: 'Its doors.' })),
    jamAreas: v.optional(list(jamArea, { text: 'Where sheets can jam.' })),
    duplex: v.optional(yesOrNo('Whether it prints on both sides.')),
    monoPagesPerMinute: v.optional(number(0.01, 1000, 'Black pages a minute.')),
    colourPagesPerMinute: v.optional(number(0.01, 1000, 'Colour pages a minute.')),
    firstPageSeconds: v.optional(number(0, 600, 'What the first page takes longer.')),
    warmUpSeconds: v.optional(number(0, 3600, 'From the switch to the first sheet.')),
    sleepAfterSeconds: v.optional(number(1, 1_000_000, 'Idle so long, it goes to sleep.')),
    recoversJams: v.optional(yesOrNo('Whether pages that a jam has taken are printed again.')),
  },
);

export type DeviceSettings = v.InferOutput<typeof deviceSchema>;

/** The device that the settings describe. */
export function describeDevice(base: Device, said: DeviceSettings): Device {
  const { monoPagesPerMinute, colourPagesPerMinute, firstPageSeconds, warmUpSeconds, sleepAfterSeconds } =
    said;
  const { duplex, ...parts } = said;
  const speed = defined({
    monoPagesPerMinute,
    colourPagesPerMinute,
    firstPageSeconds,
    warmUpSeconds,
    sleepAfterSeconds,
  });
  const whole = {
    manufacturer: parts.manufacturer,
    product: parts.product,
    model: parts.model ?? parts.product,
    pjl: parts.pjl,
    installedRamBytes: parts.installedRamBytes,
    disk: parts.disk,
    colorants: parts.colorants,
    inputs: parts.inputs,
    outputs: parts.outputs,
    supplies: parts.supplies,
    covers: parts.covers,
    jamAreas: parts.jamAreas,
    recoversJams: parts.recoversJams,
  };
  const device: Device = { ...base, ...defined(whole), speed: { ...base.speed, ...speed } };
  return duplex === undefined ? device : { ...device, duplex: duplex ? duplexOf(device) : null };
}

/** The area named `duplex`, or the last one. */
function duplexOf({ jamAreas }: Device): Device['duplex'] {
  const area = jamAreas.find(({ id: found }) => found === 'duplex') ?? jamAreas.at(-1);
  return area === undefined ? null : { jamArea: area.id };
}

/** What of the parts does not go together, in words; null when all does. */
export function whatDoesNotFit(device: Device): string | null {
  const { inputs, outputs, supplies, covers, jamAreas, colorants: inks } = device;
  for (const [what, parts] of Object.entries({ inputs, outputs, supplies, covers, jamAreas })) {
    const ids = parts.map(({ id: found }) => found);
    const twice = ids.find((found, n) => ids.indexOf(found) !== n);
    if (twice !== undefined) return `${what}: "${twice}" is there twice`;
  }
  for (const { id: found, cover: named } of jamAreas) {
    if (!covers.some((other) => other.id === named))
      return `jamAreas: "${found}" is behind "${named}", which is no cover`;
  }
  for (const { id: found, jamArea: named, sizes, loaded } of inputs) {
    if (!jamAreas.some((other) => other.id === named))
      return `inputs: "${found}" jams in "${named}", which is no jam area`;
    if (!sizes.includes(loaded.size as MediaSizeName))
      return `inputs: "${found}" is loaded with ${loaded.size}, which it does not take`;
  }
  for (const colorant of inks) {
    if (!supplies.some((supply) => supply.colorant === colorant))
      return `supplies: there is no toner for ${colorant}`;
  }
  const odd = supplies.find(({ colorant }) => colorant !== null && !inks.includes(colorant));
  if (odd !== undefined)
    return `supplies: "${odd.id}" gives ${odd.colorant}, which is not among the colorants`;
  const positions = inputs.map(({ position }) => position);
  const same = positions.find((position, n) => positions.indexOf(position) !== n);
  return same === undefined ? null : `inputs: two of them are at position ${same}`;
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
