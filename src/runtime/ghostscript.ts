/** Finds the Ghostscript of this machine, native or WASM, and starts caged runs of it. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Clock, systemClock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { type Cage, findProgram, tryCage } from './cage.js';
import {
  type GhostscriptJob,
  type GhostscriptRun,
  type Interpreter,
  startGhostscript,
} from './ghostscript-run.js';

export type {
  EndReason,
  GhostscriptJob,
  GhostscriptLimits,
  GhostscriptOutcome,
  GhostscriptRun,
} from './ghostscript-run.js';

const execute = promisify(execFile);

export interface Ghostscript {
  kind: 'native' | 'wasm';
  version: string;
  path: string;
  /** In words: what the cage has here. */
  cage: string;
  /** Starts a process for this job alone. */
  run(job: GhostscriptJob): GhostscriptRun;
}

const wasmPackage = '@okathira/ghostpdl-wasm';
const nativeBeyondWorkspaceKib = 1024 * 1024;

/** Native `gs` on the path, else (or when preferred) the WASM build; throws when there is neither. */
export async function findGhostscript(
  options: { prefer?: 'wasm'; clock?: Clock } = {},
): Promise<Ghostscript> {
  const cage = await tryCage();
  const found = (options.prefer === 'wasm' ? null : await findNative(cage)) ?? (await findWasm(cage));
  if (found === null) {
    throw new PhaserLinkError({
      code: 'ghostscript-missing',
      retry: 'permanent',
      text: `no Ghostscript here: install it (Debian: apt install ghostscript), or the package ${wasmPackage} (npm ci)`,
    });
  }
  const { interpreter, ...facts } = found;
  const clock = options.clock ?? systemClock;
  return { ...facts, run: (job) => startGhostscript(interpreter, job, clock) };
}

type Found = Omit<Ghostscript, 'run'> & { interpreter: Interpreter };

async function findNative(cage: Cage): Promise<Found | null> {
  const path = await findProgram('gs');
  if (path === null) return null;
  const { stdout } = await execute(path, ['--version']).catch(() => ({ stdout: '' }));
  const version = stdout.trim();
  if (version === '') return null;
  return {
    kind: 'native',
    version,
    path,
    cage: describeCage(cage, 'address space'),
    interpreter: {
      command: [path],
      cage,
      addressSpaceBeyondWorkspaceKib: nativeBeyondWorkspaceKib,
      stdinArgument: '-_',
    },
  };
}

async function findWasm(cage: Cage): Promise<Found | null> {
  let path: string;
  try {
    path = fileURLToPath(import.meta.resolve(wasmPackage));
  } catch {
    return null;
  }
  const description = await readFile(
    new URL('../package.json', import.meta.resolve(wasmPackage)),
    'utf8',
  ).catch(() => null);
  if (description === null) return null;
  const { version } = JSON.parse(description) as { version: string };
  const entry = fileURLToPath(import.meta.resolve('#runtime/ghostscript-wasm-process.js'));
  return {
    kind: 'wasm',
    version: `WASM package ${version}`,
    path,
    cage: describeCage(cage, 'a file system in memory alone'),
    // V8 reserves addresses by the terabyte: there only -K holds.
    interpreter: {
      command: [process.execPath, entry],
      cage,
      addressSpaceBeyondWorkspaceKib: null,
      stdinArgument: '-',
    },
  };
}

function describeCage(cage: Cage, also: string): string {
  const network =
    cage.withoutNetwork.length > 0 ? 'no network' : 'the network NOT cut off (unshare is not allowed here)';
  return `a process a job, -dSAFER, a private folder, ${network}; limits on time, memory, files and output; ${also}`;
}
