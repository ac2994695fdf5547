/** The job template attributes: which the printer has, with which values, and what a job's choice means to the machine. */
import { enumValues } from '#vocab/ipp-words.js';
import { mediaSizes } from '#vocab/media.js';
import {
  attribute,
  boolean,
  dpi,
  enumeration,
  type IppAttribute,
  type IppValue,
  integer,
  keyword,
  outOfBand,
  range,
} from '#wire/ipp-message.js';
import { type Device, hasColour } from '../../device/device.js';
import type { JobOptions, NumberRange, PageOverride } from '../../jobs/job.js';
import { findMediaName, mediaCol, readMediaCol, sizesOf, type WantedMedia } from './media.js';

export const maxCopies = 999;
/** Of one attribute; each page is held against all of them. */
const maxRanges = 100;
const maxOverrides = 100;
/** PWG 5100.6 calls it `document-numbers`; clients and test suites also have it in the singular. */
const overrideSelectors = ['pages', 'document-numbers', 'document-number'];
const overridable = ['media', 'media-col', 'output-bin'];

/** What a job's attributes come to. */
export interface JobWish {
  options: JobOptions;
  /** RFC 8011 §5.2.2. */
  hold: boolean;
}

interface TemplateAttribute {
  /** Of `…-default`; none for one that has no default. */
  defaults(device: Device): IppValue[];
  /** Of `…-supported`. */
  supported(device: Device): IppValue[];
  /** False when the values are not supported. */
  take(values: readonly IppValue[], wish: JobWish, device: Device): boolean;
}

const media = (device: Device) => sizesOf(device).map((size) => keyword(mediaSizes[size].pwg));
const loaded = (device: Device) => device.inputs[0]?.loaded ?? { size: 'letter', type: 'stationery' };

/** One whose values can be told by comparing them; `then` says what a value means. */
function choice(
  supported: (device: Device) => IppValue[],
  defaults: (device: Device) => IppValue[],
  then: (value: string | number | boolean, wish: JobWish) => void = () => {},
): TemplateAttribute {
  return {
    defaults,
    supported,
    take(values, wish, device) {
      const all = supported(device);
      const known = values.every((value) => all.some((other) => isSame(value, other)));
      const [first] = values;
      if (known && first !== undefined && 'value' in first && !Buffer.isBuffer(first.value))
        then(first.value, wish);
      return known;
    },
  };
}

function isSame(a: IppValue, b: IppValue): boolean {
  if (a.type === 'resolution' && b.type === 'resolution')
    return a.crossFeed === b.crossFeed && a.feed === b.feed && a.units === b.units;
  return 'value' in a && 'value' in b && a.value === b.value;
}

const only = (value: IppValue) =>
  choice(
    () => [value],
    () => [value],
  );

/** In the order of their names. */
const templates: Record<string, TemplateAttribute> = {
  copies: {
    defaults: () => [integer(1)],
    supported: () => [range(1, maxCopies)],
    take([value], { options }) {
      if (value?.type !== 'integer' || value.value < 1 || value.value > maxCopies) return false;
      options.copies = value.value;
      return true;
    },
  },
  finishings: only(enumeration(enumValues.finishings.none)),
  'job-hold-until': choice(
    () => [keyword('no-hold'), keyword('indefinite')],
    () => [keyword('no-hold')],
    (value, wish) => {
      wish.hold = value === 'indefinite';
    },
  ),
  'job-sheets': choice(
    () => [keyword('none'), keyword('standard')],
    () => [keyword('none')],
    (value, { options }) => {
      options.coverSheet = value === 'standard';
    },
  ),
  media: {
    defaults: (device) => [keyword(mediaSizes[loaded(device).size].pwg)],
    supported: media,
    take([value], wish, device) {
      const name = value?.type === 'keyword' || value?.type === 'name' ? value.value : '';
      const size = findMediaName(device, name);
      if (size === undefined) return false;
      wantMedia(wish, { size }, device);
      return true;
    },
  },
  'media-col': {
    defaults: (device) => [mediaCol(device, loaded(device).size, loaded(device).type, null)],
    supported: () =>
      [
        'media-bottom-margin',
        'media-left-margin',
        'media-right-margin',
        'media-size',
        'media-size-name',
        'media-source',
        'media-top-margin',
        'media-type',
      ].map(keyword),
    take([value], wish, device) {
      const wanted = value?.type === 'collection' ? readMediaCol(device, value.members) : null;
      if (wanted === null) return false;
      wantMedia(wish, wanted, device);
      return true;
    },
  },
  'multiple-document-handling': only(keyword('separate-documents-uncollated-copies')),
  'number-up': only(integer(1)),
  'orientation-requested': choice(
    () => [enumeration(enumValues['orientation-requested'].portrait)],
    () => [enumeration(enumValues['orientation-requested'].portrait)],
  ),
  'output-bin': choice(
    (device) => device.outputs.map(({ id }) => keyword(id)),
    (device) => [keyword(device.outputs[0]?.id ?? 'face-up')],
    (value, { options }) => {
      options.output = String(value);
    },
  ),
  overrides: {
    defaults: () => [],
    supported: () => [...overrideSelectors, ...overridable].map(keyword),
    take(values, { options }, device) {
      if (values.length > maxOverrides) return false;
      const overrides = values.map((value) => readOverride(value, device));
      if (overrides.includes(null)) return false;
      options.overrides = overrides.flatMap((override) => override ?? []);
      return true;
    },
  },
  'page-ranges': {
    defaults: () => [],
    supported: () => [boolean(true)],
    take(values, { options }) {
      const ranges = readRanges(values);
      if (ranges === null) return false;
      options.pageRanges = ranges;
      return true;
    },
  },
  'print-color-mode': choice(
    (device) => (hasColour(device) ? ['auto', 'color', 'monochrome'] : ['auto', 'monochrome']).map(keyword),
    () => [keyword('auto')],
    (value, { options }) => {
      options.monochrome = value === 'monochrome';
    },
  ),
  'print-content-optimize': only(keyword('auto')),
  'print-quality': only(enumeration(enumValues['print-quality'].normal)),
  'print-rendering-intent': only(keyword('auto')),
  'printer-resolution': choice(
    (device) => resolutions(device),
    (device) => resolutions(device).slice(0, 1),
  ),
  sides: choice(
    (device) =>
      (device.duplex === null
        ? ['one-sided']
        : ['one-sided', 'two-sided-long-edge', 'two-sided-short-edge']
      ).map(keyword),
    () => [keyword('one-sided')],
    (value, { options }) => {
      if (value === 'one-sided' || value === 'two-sided-long-edge' || value === 'two-sided-short-edge')
        options.sides = value;
    },
  ),
};

/** The one of the standard mode first. */
function resolutions(device: Device): IppValue[] {
  const seen = new Map<string, IppValue>();
  for (const { xDpi, yDpi } of [...device.modes].sort((a, b) => a.xDpi - b.xDpi))
    seen.set(`${xDpi}x${yDpi}`, dpi(xDpi, yDpi));
  return [...seen.values()];
}

/** RFC 8011 §5.2.7: in order, and none over another. Null otherwise. */
function readRanges(values: readonly IppValue[]): NumberRange[] | null {
  if (values.length > maxRanges) return null;
  const ranges: NumberRange[] = [];
  for (const value of values) {
    if (value.type !== 'rangeOfInteger' || value.upper < value.lower) return null;
    if (value.lower <= (ranges.at(-1)?.to ?? 0)) return null;
    ranges.push({ from: value.lower, to: value.upper });
  }
  return ranges;
}

/** PWG 5100.6 §4.1: other media or another bin for some pages. */
function readOverride(value: IppValue, device: Device): PageOverride | null {
  if (value.type !== 'collection') return null;
  const wish: JobWish = { options: {}, hold: false };
  const override: PageOverride = { pages: null, documents: null, options: wish.options };
  for (const { name, values } of value.members) {
    if (name === 'pages') override.pages = readRanges(values);
    else if (isSelector(name)) override.documents = readRanges(values);
    else if (!overridable.includes(name) || !templates[name]?.take(values, wish, device)) return null;
    if (isSelector(name) && readRanges(values) === null) return null;
  }
  return override;
}

function isSelector(name: string): boolean {
  return overrideSelectors.includes(name);
}

/** Two attributes speak of media: what the one leaves open the other may say. */
function wantMedia({ options }: JobWish, { size, type, input }: WantedMedia, device: Device): void {
  const before = options.medium ?? loaded(device);
  if (size !== undefined || type !== undefined)
    options.medium = { size: size ?? before.size, type: type ?? before.type };
  if (input !== undefined) options.input = input;
}

export const templateNames = Object.keys(templates);

/** `…-default` and `…-supported` of all. */
export function templateAttributes(device: Device): IppAttribute[] {
  return Object.entries(templates).flatMap(([name, template]) => {
    const defaults = template.defaults(device);
    const given = attribute(`${name}-supported`, ...template.supported(device));
    return defaults.length === 0 ? [given] : [attribute(`${name}-default`, ...defaults), given];
  });
}

/** What the job's attributes come to, and those that are not supported, as RFC 8011 §4.1.7 wants them told. */
export function readTemplate(
  attributes: readonly IppAttribute[],
  device: Device,
): { wish: JobWish; unsupported: IppAttribute[] } {
  const wish: JobWish = { options: {}, hold: false };
  const unsupported: IppAttribute[] = [];
  for (const { name, values } of attributes) {
    const template = Object.hasOwn(templates, name) ? templates[name] : undefined;
    if (template === undefined) unsupported.push(attribute(name, outOfBand('unsupported')));
    else if (!template.take(values, wish, device)) unsupported.push(attribute(name, ...values));
  }
  return { wish, unsupported };
}
