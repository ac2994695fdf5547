/** How a setting is declared: a valibot schema that carries its facts in words, for messages, samples and the manual. */
import * as v from 'valibot';
import { isHost } from './internet-names.js';

export interface SettingFacts {
  /** What a value must be, as it follows "should be": `a whole number from 1 to 65535`. */
  type: string;
  /** One sentence for the manual and the sample file. */
  text: string;
  unit?: string;
  /** The default in words, where it is not a plain value. */
  default?: string;
  /** What the sample file shows, for a setting without default. */
  example?: string;
  /** Whether the sample file has it, or has it commented out; by itself it has what may not be left out, and every section. */
  inSample?: boolean;
  /** Its value is never shown, in no message and on no page. */
  secret?: true;
  /** A running program takes a changed value; without it a change needs a restart. */
  changesWhileRunning?: true;
}

export type SettingSchema = v.GenericSchema;
type FactsOfKind = Omit<SettingFacts, 'type' | 'secret'>;

/** Joins a schema and its facts; the kinds below are made of it, and so is any special one. */
export function setting<const S extends SettingSchema>(schema: S, facts: SettingFacts) {
  return v.pipe(schema, v.metadata({ ...facts }));
}

/** A mapping of settings; a key that is not among `entries` is a mistake. `v.nullish(section, {})` may be left out or empty. */
export function section<const E extends v.ObjectEntries>(text: string, entries: E) {
  const names = Object.keys(entries).filter((name) => !mayBeLeftOut.has(entries[name]?.type ?? ''));
  const type = names.length > 0 ? `a mapping with ${names.join(', ')}` : 'a mapping';
  return v.pipe(v.strictObject(entries), v.metadata({ type, text }));
}

const mayBeLeftOut: ReadonlySet<string> = new Set(['optional', 'nullish']);

export function list<const S extends SettingSchema>(item: S, facts: FactsOfKind) {
  return v.pipe(v.array(item), v.metadata({ type: `a list, each ${factsOf(item).type}`, ...facts }));
}

export function wholeNumber(min: number, max: number, facts: FactsOfKind) {
  return v.pipe(
    v.number(),
    v.integer(),
    v.minValue(min),
    v.maxValue(max),
    v.metadata({ type: `a whole number from ${min} to ${max}`, ...facts }),
  );
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d{1,9}) ?([smhd])$/.exec(text) ?? [];
  if (amount === undefined) return text === '0' ? 0 : Number.NaN;
  return Number(amount) * unitMs[unit as keyof typeof unitMs];
}

/** A span of time such as `7d`; its value is in milliseconds. `min` and `max` are written as in the file. */
export function duration(min: string, max: string, facts: FactsOfKind) {
  const [minMs, maxMs] = [parseDuration(min), parseDuration(max)];
  return v.pipe(
    v.union([v.string(), v.number()]),
    v.transform((value) => parseDuration(String(value))),
    v.minValue(minMs),
    v.maxValue(maxMs),
    v.metadata({ type: `a time such as 30m, 24h or 7d, from ${min} to ${max}`, ...facts }),
  );
}

/** A port to connect to. */
export function port(facts: FactsOfKind) {
  return wholeNumber(1, 65535, facts);
}

/** A port to listen on; 0 takes a free one. */
export function listenPort(facts: FactsOfKind) {
  return wholeNumber(0, 65535, facts);
}

export function choice<const O extends readonly string[]>(options: O, facts: FactsOfKind) {
  return v.pipe(v.picklist(options), v.metadata({ type: `one of ${options.join(', ')}`, ...facts }));
}

// Line ends and NUL would let a value end a command of a line protocol (POP3, SMTP, PJL) and begin the next.
const oneLine = /^[^\r\n\0]+$/;

export function oneLineText(facts: FactsOfKind) {
  return v.pipe(v.string(), v.regex(oneLine), v.metadata({ type: 'text of one line', ...facts }));
}

export function secretText(facts: FactsOfKind) {
  const type = 'text of one line (in quotes, when it is only digits)';
  return v.pipe(v.string(), v.regex(oneLine), v.metadata({ type, secret: true, ...facts }));
}

/** A file or folder; relative to the settings file's folder (`fromSettingsFolder`). */
export function path(what: 'file' | 'folder', facts: FactsOfKind) {
  return v.pipe(v.string(), v.regex(oneLine), v.metadata({ type: `the path of a ${what}`, ...facts }));
}

export function host(facts: FactsOfKind) {
  return v.pipe(v.string(), v.check(isHost), v.metadata({ type: 'a host name or an IP address', ...facts }));
}

/** The schema below `optional` and `nullish`, where the fields and the facts are. */
function unwrapped(schema: SettingSchema): SettingSchema {
  return 'wrapped' in schema ? unwrapped(schema.wrapped as SettingSchema) : schema;
}

export function factsOf(schema: SettingSchema): SettingFacts {
  return { type: 'a value', text: '', ...v.getMetadata(unwrapped(schema)) };
}

/** The settings of a section by name, in declared order; null for anything that is not a section. */
export function fieldsOf(schema: SettingSchema): ReadonlyMap<string, SettingSchema> | null {
  const inner = unwrapped(schema);
  return 'entries' in inner ? new Map(Object.entries(inner.entries as Record<string, SettingSchema>)) : null;
}

/** What each item of a list must be; null for anything that is not a list. */
export function itemOf(schema: SettingSchema): SettingSchema | null {
  const inner = unwrapped(schema);
  return 'item' in inner ? (inner.item as SettingSchema) : null;
}

/** Whether it may be left out, and the value that stands for it then. */
export function optionalOf(schema: SettingSchema): { optional: boolean; value: unknown } {
  const optional = mayBeLeftOut.has(schema.type);
  return { optional, value: optional && 'default' in schema ? schema.default : undefined };
}

/** The declaration that a path of keys and positions leads to; null where it leads out of the declared. */
export function schemaAt(schema: SettingSchema, keys: readonly (string | number)[]): SettingSchema | null {
  let at: SettingSchema | null = schema;
  for (const key of keys) {
    if (at === null) return null;
    at = typeof key === 'number' ? itemOf(at) : (fieldsOf(at)?.get(key) ?? null);
  }
  return at;
}

/** Whether a value in this place is, or may hold, a secret. */
export function holdsSecret(schema: SettingSchema): boolean {
  if (factsOf(schema).secret) return true;
  const item = itemOf(schema);
  const parts = item ? [item] : [...(fieldsOf(schema)?.values() ?? [])];
  return parts.some(holdsSecret);
}
