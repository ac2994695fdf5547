/** Reads a settings file, or stops with every mistake in it at once, each with its line, column and what it should be. */
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import type { LineCounter } from 'yaml';
import { systemErrorCode } from './errors.js';
import { SettingsError, type SettingsMistake } from './settings-error.js';
import { fileTrouble, readLimited } from './settings-references.js';
import { factsOf, fieldsOf, holdsSecret, itemOf, type SettingSchema, schemaAt } from './settings-schema.js';
import { type Key, type Located, parseSettingsText, type YamlMistake } from './settings-yaml.js';

/** Room for an allow list of some ten thousand addresses. */
export const maxSettingsFileBytes = 1024 * 1024;
/** How much of a wrong value a message repeats. */
const maxFoundLength = 60;

/** A path out of a settings file, made absolute: relative ones are relative to the file's folder. */
export function fromSettingsFolder(settingsPath: string, path: string): string {
  return resolve(dirname(settingsPath), path);
}

/**
 * Reads `path` by `schema` (made with settings-schema.ts), with secrets from `env` and from files.
 * Throws SettingsError, with every mistake of the file.
 */
export function readSettings<const S extends SettingSchema>(
  path: string,
  schema: S,
  env: Record<string, string | undefined>,
): v.InferOutput<S> {
  const text = readText(path, schema);
  const source = { env, folder: dirname(resolve(path)) };
  const { root, lines, mistakes, soundUntil } = parseSettingsText(text, source);
  if ((root === null || root.value === null) && mistakes.length === 0) {
    throw wholeFile(path, 'an empty file', factsOf(schema).type);
  }
  const content = root === null ? [] : contentMistakes(root, schema);
  // Behind a YAML error the values are guesses, and nothing can be said to be missing.
  const sure = content.filter(
    ({ offset, missing }) => offset < soundUntil && !(missing && Number.isFinite(soundUntil)),
  );
  const all = [...mistakes, ...sure];
  if (all.length > 0) throw new SettingsError(path, withPositions(path, lines, all));
  return v.parse(schema, root?.value);
}

interface ContentMistake extends YamlMistake {
  missing: boolean;
}

/** What is wrong with the values, once the YAML is read. */
function contentMistakes(root: Located, schema: SettingSchema): ContentMistake[] {
  const shape: ContentMistake[] = [];
  checkShape(root, schema, [], shape);
  const { issues = [] } = v.safeParse(schema, root.value);
  return [...shape, ...issues.flatMap((issue) => mistakeOf(issue, root, schema) ?? [])];
}

/** Unknown keys, all of them (valibot reports the first), and a list in a section's place (valibot takes it). */
function checkShape(
  at: Located,
  schema: SettingSchema,
  path: readonly Key[],
  mistakes: ContentMistake[],
): void {
  const fields = fieldsOf(schema);
  if (fields !== null && Array.isArray(at.value)) {
    const { offset } = at;
    mistakes.push({ offset, path, found: 'a list', expected: factsOf(schema).type, missing: false });
    at.broken = true;
    return;
  }
  const item = itemOf(schema);
  for (const [key, part] of at.parts) {
    const declared = typeof key === 'number' ? item : fields?.get(key);
    if (declared) checkShape(part, declared, [...path, key], mistakes);
    else if (fields !== null) mistakes.push(unknownKey(String(key), part, path, [...fields.keys()]));
  }
}

function unknownKey(
  key: string,
  part: Located,
  path: readonly Key[],
  names: readonly string[],
): ContentMistake {
  const near = nearest(key, names);
  const expected = `one of ${names.join(', ')}${near ? ` (did you mean ${near}?)` : ''}`;
  return {
    offset: part.keyOffset,
    path: [...path, key],
    found: 'an unknown setting',
    expected,
    missing: false,
  };
}

/** Checks of one value against another; their messages are ours. */
const relations: ReadonlySet<string> = new Set(['partial_check', 'raw_check']);

/** One issue of valibot's with its place and our words; null when something is already said about this value. */
function mistakeOf(issue: v.BaseIssue<unknown>, root: Located, schema: SettingSchema): ContentMistake | null {
  const path = (issue.path ?? []).map(({ key }) => key as Key);
  let at: Located = root;
  let missing = false;
  for (const key of path) {
    if (at.broken) return null;
    const part = at.parts.get(key);
    missing = part === undefined;
    at = part ?? { ...at, offset: at.keyOffset, value: null };
  }
  const declared = schemaAt(schema, path);
  if (at.broken || declared === null) return null;
  const byItself = !relations.has(issue.type);
  const found = describeFound(at, declared);
  return {
    offset: at.offset,
    path,
    found,
    expected: byItself ? factsOf(declared).type : issue.message,
    missing,
  };
}

function describeFound({ value, withReferences }: Located, schema: SettingSchema): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (factsOf(schema).secret) return '(secret)';
  // In the place of a section that holds a secret, the value may well be one.
  if (holdsSecret(schema)) return 'a single value';
  if (withReferences !== null) return `what ${shortened(withReferences)} stands for`;
  return typeof value === 'string' ? shortened(value) : String(value);
}

function shortened(text: string): string {
  return JSON.stringify(text.length > maxFoundLength ? `${text.slice(0, maxFoundLength)}…` : text);
}

/** The name that was probably meant: at most two letters away, and fewer than it has. */
function nearest(key: string, names: readonly string[]): string | null {
  if (key.length > maxFoundLength) return null;
  const ranked = names
    .map((name) => ({ name, distance: editDistance(key.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= 2 && distance < name.length)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.name ?? null;
}

/** Levenshtein's: how many letters to insert, drop or change. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** In the order of the file, each place and setting once. */
function withPositions(
  file: string,
  lines: LineCounter,
  mistakes: readonly YamlMistake[],
): SettingsMistake[] {
  const seen = new Map<string, SettingsMistake>();
  for (const { offset, path, found, expected } of [...mistakes].sort((a, b) => a.offset - b.offset)) {
    const { line, col } = lines.linePos(offset);
    const position = { line: Math.max(line, 1), column: Math.max(col, 1) };
    const setting = formatPath(path);
    const id = JSON.stringify([position, setting]);
    if (!seen.has(id)) seen.set(id, { file, ...position, setting, found, expected });
  }
  return [...seen.values()];
}

function formatPath(path: readonly Key[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');
}

function wholeFile(file: string, found: string, expected: string, cause?: unknown): SettingsError {
  return new SettingsError(file, [{ file, line: 1, column: 1, setting: '', found, expected }], cause);
}

function readText(path: string, schema: SettingSchema): string {
  try {
    const bytes = readLimited(path, maxSettingsFileBytes);
    if (bytes !== null) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const notText =
      error instanceof TypeError && systemErrorCode(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA';
    const found = notText ? 'bytes that are not UTF-8 text' : `no file to read (it ${fileTrouble(error)})`;
    throw wholeFile(path, found, `a settings file, ${factsOf(schema).type}`, error);
  }
  throw wholeFile(path, 'a larger file', `at most ${maxSettingsFileBytes} bytes`);
}
