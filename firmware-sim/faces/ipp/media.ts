/** Media in IPP's words: names, `media-col` collections and what a job's wish for one means on this machine. */
import { type MediaSizeName, type MediaType, mediaSizeNames, mediaSizes, mediaTypes } from '#vocab/media.js';
import {
  attribute,
  collection,
  findAttribute,
  type IppAttribute,
  type IppValue,
  integer,
  keyword,
  numberValue,
  stringValue,
} from '#wire/ipp-message.js';
import type { Device, InputDescription, Margins } from '../../device/device.js';
import type { MachineState } from '../../machine/state.js';

/** Of a millimetre, in which `media-col` measures. */
const perMillimetre = 100;
const perInch = 2540;
const pointsPerInch = 72;
/** How far a size may miss a medium's: PWG 5100.3 leaves it to the printer. */
const tolerance = 200;

/** In hundredths of a millimetre, from its self-describing name (PWG 5101.1 §5). */
export function dimensions(size: MediaSizeName): { x: number; y: number } {
  const [, x = '0', y = '0', unit] = /_([\d.]+)x([\d.]+)(in|mm)$/.exec(mediaSizes[size].pwg) ?? [];
  const scale = unit === 'in' ? perInch : perMillimetre;
  return { x: Math.round(Number(x) * scale), y: Math.round(Number(y) * scale) };
}

/** `media-source` of an input (PWG 5100.7 §6.3.1.11). */
export function sourceOf(device: Device, input: InputDescription): string {
  if (input.kind === 'manual') return 'by-pass-tray';
  const cassettes = device.inputs.filter(({ kind }) => kind === 'cassette');
  return `tray-${cassettes.indexOf(input) + 1}`;
}

function findInput(device: Device, source: string): InputDescription | undefined {
  return device.inputs.find((input) => sourceOf(device, input) === source);
}

/** All sizes that some input takes. */
export function sizesOf(device: Device): MediaSizeName[] {
  return mediaSizeNames.filter((size) => device.inputs.some(({ sizes }) => sizes.includes(size)));
}

export function typesOf(device: Device): MediaType[] {
  const types = new Set(device.inputs.flatMap((input) => input.types));
  return [...types];
}

export function mediaSize(size: MediaSizeName): IppValue {
  const { x, y } = dimensions(size);
  return collection(attribute('x-dimension', integer(x)), attribute('y-dimension', integer(y)));
}

/** Rounded up, so that nothing is promised that cannot be printed on. */
function margin(points: number): number {
  return Math.ceil((points / pointsPerInch) * perInch);
}

export function marginValues(device: Device, edge: keyof Margins): IppValue[] {
  const values = new Set(sizesOf(device).map((size) => margin(device.margins[size][edge])));
  return [...values].sort((a, b) => a - b).map(integer);
}

/** PWG 5100.7 §6.3.1. */
export function mediaCol(
  device: Device,
  size: MediaSizeName,
  type: MediaType,
  input: InputDescription | null,
): IppValue {
  const { left, bottom, right, top } = device.margins[size];
  return collection(
    attribute('media-size', mediaSize(size)),
    attribute('media-size-name', keyword(mediaSizes[size].pwg)),
    attribute('media-bottom-margin', integer(margin(bottom))),
    attribute('media-left-margin', integer(margin(left))),
    attribute('media-right-margin', integer(margin(right))),
    attribute('media-top-margin', integer(margin(top))),
    ...(input === null ? [] : [attribute('media-source', keyword(sourceOf(device, input)))]),
    attribute('media-type', keyword(type)),
  );
}

/** What each input takes. */
export function mediaColDatabase(device: Device): IppValue[] {
  return device.inputs.flatMap((input) =>
    input.sizes.flatMap((size) =>
      input.types
        .filter((type) => (type === 'envelope') === (size === 'envelope10'))
        .map((type) => mediaCol(device, size, type, input)),
    ),
  );
}

/** What lies in the trays at this moment. */
export function mediaReady(device: Device, state: MachineState): { names: IppValue[]; cols: IppValue[] } {
  const ready = device.inputs.flatMap((input) => {
    const tray = state.inputs[input.id];
    return tray?.inserted && tray.sheets > 0 ? [{ input, medium: tray.medium }] : [];
  });
  return {
    names: [...new Set(ready.map(({ medium }) => mediaSizes[medium.size].pwg))].map(keyword),
    cols: ready.map(({ input, medium }) => mediaCol(device, medium.size, medium.type, input)),
  };
}

/** What a job asks for by `media`: the name of a size. Undefined when we have none of that name. */
export function findMediaName(device: Device, name: string): MediaSizeName | undefined {
  return sizesOf(device).find((size) => mediaSizes[size].pwg === name);
}

export interface WantedMedia {
  size?: MediaSizeName;
  type?: MediaType;
  /** The id of an input. */
  input?: string;
}

/** What a job asks for by `media-col`; null when something in it is not to be had. */
export function readMediaCol(device: Device, members: readonly IppAttribute[]): WantedMedia | null {
  const wanted: WantedMedia = {};
  const sizeValue = findAttribute(members, 'media-size')?.values[0];
  const sizeName = stringValue(members, 'media-size-name');
  const type = stringValue(members, 'media-type');
  const source = stringValue(members, 'media-source');
  if (sizeValue !== undefined) {
    const size = sizeValue.type === 'collection' ? findSize(device, sizeValue.members) : undefined;
    if (size === undefined) return null;
    wanted.size = size;
  } else if (sizeName !== undefined) {
    const size = findMediaName(device, sizeName);
    if (size === undefined) return null;
    wanted.size = size;
  }
  if (type !== undefined) {
    if (!isMediaType(type)) return null;
    wanted.type = type;
  }
  if (source !== undefined && source !== 'auto') {
    const input = findInput(device, source);
    if (input === undefined) return null;
    wanted.input = input.id;
  }
  return wanted;
}

function findSize(device: Device, members: readonly IppAttribute[]): MediaSizeName | undefined {
  const x = numberValue(members, 'x-dimension');
  const y = numberValue(members, 'y-dimension');
  if (x === undefined || y === undefined) return undefined;
  return sizesOf(device).find((name) => {
    const size = dimensions(name);
    return Math.abs(size.x - x) <= tolerance && Math.abs(size.y - y) <= tolerance;
  });
}

function isMediaType(type: string): type is MediaType {
  return Object.hasOwn(mediaTypes, type);
}
