/** `${env:NAME}` and `${file:PATH}` inside a setting's text: where secrets come from that do not stand in the file. */
import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemErrorCode } from './errors.js';

/** A secret is a password or a token; more than this is the wrong file. */
export const maxSecretFileBytes = 64 * 1024;

/** What the references are resolved against. */
export interface ReferenceSource {
  env: Record<string, string | undefined>;
  /** Relative paths are relative to this folder. */
  folder: string;
}

/** A reference that leads nowhere: what stands there, and what should. Never a secret's value. */
export interface UnresolvedReference {
  found: string;
  expected: string;
}

const reference = /\$\{([^{}]*)\}/g;
const environmentName = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function hasReference(text: string): boolean {
  return text.search(reference) >= 0;
}

/** Puts each reference's value in its place; what a file holds is not searched for references again. */
export function resolveReferences(
  text: string,
  source: ReferenceSource,
): { text: string; unresolved: UnresolvedReference[] } {
  const unresolved: UnresolvedReference[] = [];
  const resolved = text.replaceAll(reference, (whole, inner: string) => {
    const outcome = resolveOne(inner, source);
    if (typeof outcome === 'string') return outcome;
    unresolved.push({ found: outcome.found ?? `"${whole}"`, expected: outcome.expected });
    return '';
  });
  return { text: resolved, unresolved };
}

function resolveOne(inner: string, source: ReferenceSource): string | { found?: string; expected: string } {
  const colon = inner.indexOf(':');
  const name = inner.slice(colon + 1);
  const kind = inner.slice(0, Math.max(colon, 0));
  if (kind === 'env' && environmentName.test(name)) {
    const value = Object.hasOwn(source.env, name) ? source.env[name] : undefined;
    return value ?? { expected: `an environment variable that is set (${name} is not)` };
  }
  if (kind === 'file' && name !== '') return readSecretFile(resolve(source.folder, name));
  return {
    // What stands in the braces may be a piece of a password.
    found: 'a reference of an unknown kind',
    expected: '${env:NAME} or ${file:PATH} (text that holds "${" itself can come from a file)',
  };
}

function readSecretFile(path: string): string | { expected: string } {
  try {
    const bytes = readLimited(path, maxSecretFileBytes);
    if (bytes === null)
      return { expected: `a file of at most ${maxSecretFileBytes} bytes (${path} is larger)` };
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch (error) {
    const why = error instanceof TypeError ? 'is not UTF-8 text' : fileTrouble(error);
    return { expected: `a file that can be read (${path} ${why})` };
  }
}

/** A whole small file, or null when it is larger than `limit` bytes; never reads more than that. */
export function readLimited(path: string, limit: number): Buffer | null {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(limit + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      length += read;
      if (length > limit) return null;
      if (read === 0) return buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

/** Why a file cannot be read, as it follows the file's name. */
export function fileTrouble(error: unknown): string {
  const code = systemErrorCode(error);
  const words: Record<string, string> = {
    ENOENT: 'does not exist',
    ENOTDIR: 'does not exist',
    EACCES: 'may not be read by this user',
    EPERM: 'may not be read by this user',
    EISDIR: 'is a folder',
  };
  return (code && words[code]) ?? `cannot be read: ${code ?? 'unknown error'}`;
}
