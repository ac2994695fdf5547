/** A settings file's text as a tree of values that know where they stand, and the mistakes of its YAML. */
import {
  type CST,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
  parseDocument,
} from 'yaml';
import { hasReference, type ReferenceSource, resolveReferences } from './settings-references.js';

/** No settings file of ours is deeper than four levels. */
const maxDepth = 32;

export type Key = string | number;

export interface Located {
  /** A scalar, a plain object or an array, with references resolved. */
  value: unknown;
  /** Where the value begins in the text; where its key begins, when there is no value. */
  offset: number;
  /** Where a mistake of something missing inside is shown. */
  keyOffset: number;
  parts: ReadonlyMap<Key, Located>;
  /** As it stood in the file, when references were put into it. */
  withReferences: string | null;
  /** Something was already said about this value; what else is wrong with it follows from that. */
  broken: boolean;
}

export interface YamlMistake {
  offset: number;
  path: readonly Key[];
  found: string;
  expected: string;
}

export interface LocatedDocument {
  /** Null for a file without any value. */
  root: Located | null;
  lines: LineCounter;
  mistakes: YamlMistake[];
  /** Where the first YAML error stands: what was read from there on may be nonsense. */
  soundUntil: number;
}

/** The words for YAML's errors. The library's own may quote the text, and so a password. */
const yamlWords: Partial<Record<ErrorCode, [found: string, expected: string]>> = {
  BAD_ALIAS: ['an alias (*)', 'the value itself, in quotes when it begins with *'],
  BAD_DQ_ESCAPE: ['an unknown escape in double quotes', 'text in single quotes, or \\\\ for a backslash'],
  BAD_INDENT: [
    'a wrong indentation, or an earlier { or [ left open',
    'indented as its neighbours, with each bracket closed',
  ],
  BAD_SCALAR_START: ['a character that cannot begin a value', 'a value in quotes'],
  BLOCK_AS_IMPLICIT_KEY: ['a second "key: value" on one line', 'one on each line, or a value in quotes'],
  BLOCK_IN_FLOW: ['indented lines inside { } or [ ]', 'values separated by commas'],
  MISSING_CHAR: ['something left open', 'closed by its quote, bracket, colon or comma'],
  MULTILINE_IMPLICIT_KEY: ['a key that spans lines', '"key: value" on one line'],
  MULTIPLE_DOCS: ['a second document (---)', 'one document'],
  TAB_AS_INDENT: ['a tab as indentation', 'spaces'],
  TAG_RESOLVE_FAILED: ['a tag (!)', 'a value without tag, in quotes when it begins with !'],
};
/** Errors of one value, which leave the rest of the file as it is. */
const harmless: ReadonlySet<ErrorCode> = new Set(['BAD_ALIAS', 'BAD_DQ_ESCAPE', 'TAG_RESOLVE_FAILED']);
const otherYamlWords = ['text that is not YAML', 'YAML, with "key: value" on each line'] as const;

/** Never throws; whatever is wrong with the text is in the mistakes. */
export function parseSettingsText(text: string, source: ReferenceSource): LocatedDocument {
  const lines = new LineCounter();
  const tooDeep = tooDeepAt(new Parser(lines.addNewLine).parse(text));
  if (tooDeep !== null) {
    const mistake = {
      offset: tooDeep,
      path: [],
      found: 'values nested too deeply',
      expected: `at most ${maxDepth} levels`,
    };
    return { root: null, lines, mistakes: [mistake], soundUntil: 0 };
  }
  const mistakes: YamlMistake[] = [];
  let soundUntil = Number.POSITIVE_INFINITY;
  // Keys are compared in `locateMap`: the library's own comparison costs the square of their number.
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error' });
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    const [found, expected] = yamlWords[code] ?? otherYamlWords;
    mistakes.push({ offset: pos[0], path: [], found, expected });
    if (!harmless.has(code)) soundUntil = Math.min(soundUntil, pos[0]);
  }
  const contents: Node | null = document.contents;
  const root = contents && new Locator(source, mistakes).locate(contents, 0, []);
  return { root, lines, mistakes, soundUntil };
}

/**
 * Where the nesting passes the limit; null where it does not. Asked before the values are composed, since
 * the library does that by recursion, and Node ends the process when a regular expression finds no stack left.
 */
function tooDeepAt(tokens: Iterable<CST.Token>): number | null {
  const work: { token: CST.Token; depth: number }[] = [];
  for (const token of tokens) work.push({ token, depth: 0 });
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { token, depth } = next;
    if (depth > maxDepth) return token.offset;
    const items = 'items' in token ? token.items : [];
    const parts = token.type === 'document' ? [token.value] : items.flatMap(({ key, value }) => [key, value]);
    for (const part of parts) if (part) work.push({ token: part, depth: depth + 1 });
  }
  return null;
}

class Locator {
  readonly #source: ReferenceSource;
  readonly #mistakes: YamlMistake[];

  constructor(source: ReferenceSource, mistakes: YamlMistake[]) {
    this.#source = source;
    this.#mistakes = mistakes;
  }

  locate(node: unknown, keyOffset: number, path: readonly Key[]): Located {
    const offset = rangeStart(node) ?? keyOffset;
    const empty = { offset, keyOffset, parts: new Map(), withReferences: null, broken: false };
    if (isMap(node)) {
      const parts = this.#locateMap(node.items, path);
      return {
        ...empty,
        parts,
        value: Object.fromEntries([...parts].map(([key, part]) => [key, part.value])),
      };
    }
    if (isSeq(node)) {
      const parts = node.items.map((item, index) =>
        this.locate(item, rangeStart(item) ?? offset, [...path, index]),
      );
      return { ...empty, parts: new Map(parts.entries()), value: parts.map((part) => part.value) };
    }
    if (isAlias(node)) {
      const expected = 'the value itself, in quotes when it begins with *';
      return this.#broken(empty, { offset, path, found: 'an alias (*)', expected });
    }
    const value = isScalar(node) ? node.value : null;
    if (typeof value === 'string' && hasReference(value)) return this.#resolve(empty, value, path);
    return { ...empty, value, offset: value === null ? keyOffset : offset };
  }

  #locateMap(items: readonly { key: unknown; value: unknown }[], path: readonly Key[]): Map<Key, Located> {
    const parts = new Map<Key, Located>();
    for (const { key, value } of items) {
      const offset = rangeStart(key) ?? 0;
      const name = isScalar(key) ? String(key.value) : null;
      if (name === null) {
        this.#mistakes.push({ offset, path, found: 'a key that is not a name', expected: 'a name' });
      } else if (parts.has(name)) {
        const found = 'the same setting a second time';
        this.#mistakes.push({ offset, path: [...path, name], found, expected: 'given once' });
      } else {
        parts.set(name, this.locate(value, offset, [...path, name]));
      }
    }
    return parts;
  }

  #resolve(empty: Omit<Located, 'value'>, value: string, path: readonly Key[]): Located {
    const { text, unresolved } = resolveReferences(value, this.#source);
    for (const mistake of unresolved) this.#mistakes.push({ ...mistake, offset: empty.offset, path });
    return { ...empty, value: text, withReferences: value, broken: unresolved.length > 0 };
  }

  #broken(empty: Omit<Located, 'value'>, mistake: YamlMistake): Located {
    this.#mistakes.push(mistake);
    return { ...empty, value: null, broken: true };
  }
}

function rangeStart(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
