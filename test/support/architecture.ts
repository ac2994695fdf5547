/** Reads what a source file imports, and says which of it, and what else, DESIGN.md's house rules forbid. */
import { posix } from 'node:path';

export interface SourceFile {
  /** From the checkout's root, for example `src/mail/fetch.ts`. */
  path: string;
  text: string;
}

export interface RoomRule {
  /** Rooms whose values may be imported. */
  values: readonly string[];
  /** Rooms of which only types may be imported. */
  types: readonly string[];
  /** Imports no Node module that does input or output, and no clock. */
  pure: boolean;
}

interface Import {
  specifier: string;
  typeOnly: boolean;
}

/** The longest hand-written file. */
const maxLines = 450;

/** Node modules that touch nothing outside the process: pure rooms may use them. */
const pureNodeModules: ReadonlySet<string> = new Set([
  'node:assert',
  'node:buffer',
  'node:crypto',
  'node:path',
  'node:punycode',
  'node:string_decoder',
  'node:url',
  'node:util',
]);

/**
 * Static, re-exporting and dynamic imports. Text in quotes and comments may look like one; nobody writes that
 * without being asked to write it otherwise.
 */
const importPattern =
  /\b(?:import|export)\s+(type\s+)?(?:([\w$*{}\s,]+?)\s+from\s+)?['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|\b(?:import|require)\s*\(\s*([^'"\s)])/g;

const clockPattern = /(?<!\.)\bset(Timeout|Interval|Immediate)\(|\b(Date|performance)\.now\(|\bnew Date\(\)/;
/** Rooms that read settings files; all others get their slice. */
const settingsReaders: ReadonlySet<string> = new Set(['(root)', 'base', 'config', 'firmware-sim']);

export function parseImports(text: string): Import[] {
  return [...text.matchAll(importPattern)].map(([, type, names, specifier, dynamic, computed]) => {
    if (computed !== undefined) return { specifier: '(computed)', typeOnly: false };
    const inner = /^\{(.*)\}$/s.exec(names?.trim() ?? '')?.[1]?.split(',') ?? [];
    const named = inner.map((name) => name.trim()).filter((name) => name !== '');
    const onlyTypes = named.length > 0 && named.every((name) => name.startsWith('type '));
    return { specifier: specifier ?? dynamic ?? '', typeOnly: type !== undefined || onlyTypes };
  });
}

/** The room of a path: `src/mail/fetch.ts` is in `mail`, `src/cli.ts` in `(root)`. */
export function roomOf(path: string): string {
  const [top = '', ...rest] = path.split('/');
  if (top !== 'src') return top;
  return rest.length > 1 ? (rest[0] ?? '') : '(root)';
}

/** Every breach of the rules in one file, each in a sentence. */
export function breaches(file: SourceFile, rules: ReadonlyMap<string, RoomRule>): string[] {
  const room = roomOf(file.path);
  const rule = rules.get(room);
  if (rule === undefined) return [`${file.path}: there is no room "${room}" in the table`];
  const found = parseImports(file.text).flatMap((line) => importBreach(file.path, room, rule, line) ?? []);
  const opening = file.text.replace(/^#!.*\n/, '');
  if (!/^\/\*\*[\s*]+[^\s*/]/.test(opening)) found.push('does not open with what it is for, /** … */');
  const lines = file.text.split('\n').length - 1;
  if (lines > maxLines) found.push(`has ${lines} lines; at most ${maxLines}`);
  const startsPrograms = room === '(root)' || posix.dirname(file.path) === 'firmware-sim';
  if (!startsPrograms && /\bprocess\s*\.\s*env\b/.test(file.text)) found.push('reads process.env');
  if (rule.pure && clockPattern.test(file.text)) found.push('uses a timer or a clock in a pure room');
  return found.map((what) => `${file.path}: ${what}`);
}

function importBreach(path: string, room: string, rule: RoomRule, line: Import): string | null {
  const { specifier, typeOnly } = line;
  if (specifier === '(computed)') return 'imports what is only known at run time';
  if (specifier.startsWith('node:')) {
    const forbidden = rule.pure && (room === 'vocab' || !pureNodeModules.has(specifier));
    return forbidden ? `imports ${specifier} into a pure room` : null;
  }
  if (specifier === '#base/settings-file.js' && !settingsReaders.has(room))
    return 'reads settings files itself';
  const target = targetRoom(path, specifier);
  // A package. Pure rooms take codecs from there; that they are pure is for the reader to see.
  if (target === null) return null;
  if (target === room) return specifier.startsWith('#') ? `imports its own room as ${specifier}` : null;
  if (room !== '(root)' && rule.types.includes(target) && typeOnly) return null;
  if (rule.values.includes(target)) {
    const crossing = ['base', 'vocab', 'wire', 'runtime'].includes(target);
    return crossing && !specifier.startsWith('#') ? `imports ${specifier} without #${target}/` : null;
  }
  const types = rule.types.includes(target) ? ', of which it may import types only' : '';
  return `imports ${specifier}, out of ${target}${types}`;
}

/** Null for a package from outside. */
function targetRoom(path: string, specifier: string): string | null {
  if (specifier.startsWith('#')) return specifier.slice(1).split('/')[0] ?? '';
  if (!specifier.startsWith('.')) return null;
  return roomOf(posix.join(posix.dirname(path), specifier));
}
