/** An IPP message as values (RFC 8010 §3.1): ordered groups of ordered attributes, each value with its syntax. */
import { groupTags, type OutOfBand, type StringSyntax } from '#vocab/ipp-tags.js';

export interface IppMessage {
  /** Major and minor, for example [2, 0]. */
  version: readonly [major: number, minor: number];
  /** The operation of a request, the status of a response. */
  code: number;
  requestId: number;
  groups: IppGroup[];
}

export interface IppGroup {
  /** One of `groupTags`, or one that we do not know. */
  tag: number;
  attributes: IppAttribute[];
  /** To be written before them: what `encodeAttributes` has made. */
  encoded?: Buffer;
}

export interface IppAttribute {
  name: string;
  /** At least one. */
  values: IppValue[];
}

export type IppValue =
  | { type: 'integer' | 'enum'; value: number }
  | { type: 'boolean'; value: boolean }
  | { type: 'octetString'; value: Buffer }
  /** To a tenth of a second. */
  | { type: 'dateTime'; epochMs: number; offsetMinutes: number }
  | { type: 'resolution'; crossFeed: number; feed: number; units: 'dpi' | 'dpcm' }
  | { type: 'rangeOfInteger'; lower: number; upper: number }
  | { type: 'collection'; members: IppAttribute[] }
  /** Language null: the message's own (RFC 8011 §5.1.3). */
  | { type: 'text' | 'name'; value: string; language: string | null }
  | { type: StringSyntax; value: string }
  | { type: 'out-of-band'; kind: OutOfBand }
  /** A syntax that we do not know, or a value that it cannot have. */
  | { type: 'other'; tag: number; bytes: Buffer };

export const integer = (value: number): IppValue => ({ type: 'integer', value });
export const enumeration = (value: number): IppValue => ({ type: 'enum', value });
export const boolean = (value: boolean): IppValue => ({ type: 'boolean', value });
export const keyword = (value: string): IppValue => ({ type: 'keyword', value });
export const uri = (value: string): IppValue => ({ type: 'uri', value });
export const charset = (value: string): IppValue => ({ type: 'charset', value });
export const naturalLanguage = (value: string): IppValue => ({ type: 'naturalLanguage', value });
export const mimeMediaType = (value: string): IppValue => ({ type: 'mimeMediaType', value });
export const text = (value: string): IppValue => ({ type: 'text', value, language: null });
export const nameValue = (value: string): IppValue => ({ type: 'name', value, language: null });
export const octetString = (value: Buffer): IppValue => ({ type: 'octetString', value });
export const dateTime = (epochMs: number): IppValue => ({ type: 'dateTime', epochMs, offsetMinutes: 0 });
export const dpi = (crossFeed: number, feed = crossFeed): IppValue => ({
  type: 'resolution',
  crossFeed,
  feed,
  units: 'dpi',
});
export const range = (lower: number, upper: number): IppValue => ({ type: 'rangeOfInteger', lower, upper });
export const collection = (...members: IppAttribute[]): IppValue => ({ type: 'collection', members });
export const outOfBand = (kind: OutOfBand): IppValue => ({ type: 'out-of-band', kind });

export function attribute(name: string, ...values: IppValue[]): IppAttribute {
  return { name, values };
}

export function findGroup(message: IppMessage, tag: keyof typeof groupTags): IppGroup | undefined {
  return message.groups.find((group) => group.tag === groupTags[tag]);
}

export function findAttribute(
  attributes: readonly IppAttribute[] | undefined,
  name: string,
): IppAttribute | undefined {
  return attributes?.find((candidate) => candidate.name === name);
}

/** All values of an attribute that are strings of characters, in whatever syntax. */
export function stringValues(attributes: readonly IppAttribute[] | undefined, name: string): string[] {
  const values = findAttribute(attributes, name)?.values ?? [];
  return values.flatMap((value) =>
    'value' in value && typeof value.value === 'string' ? [value.value] : [],
  );
}

/** The first value of an attribute, when it is a string of characters. */
export function stringValue(
  attributes: readonly IppAttribute[] | undefined,
  name: string,
): string | undefined {
  const value = findAttribute(attributes, name)?.values[0];
  return value !== undefined && 'value' in value && typeof value.value === 'string' ? value.value : undefined;
}

/** The first value of an attribute, when it is an integer or an enum. */
export function numberValue(
  attributes: readonly IppAttribute[] | undefined,
  name: string,
): number | undefined {
  const value = findAttribute(attributes, name)?.values[0];
  return value?.type === 'integer' || value?.type === 'enum' ? value.value : undefined;
}

export function booleanValue(
  attributes: readonly IppAttribute[] | undefined,
  name: string,
): boolean | undefined {
  const value = findAttribute(attributes, name)?.values[0];
  return value?.type === 'boolean' ? value.value : undefined;
}
