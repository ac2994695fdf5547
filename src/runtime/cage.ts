/** The cage around an outside program: limits of the system, no network, a private folder, almost no environment. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface CageLimits {
  /** Address space in KiB; null for a program that cannot live with such a limit. */
  addressSpaceKib: number | null;
  /** The largest file that it may write. */
  fileBytes: number;
  cpuSeconds: number;
}

export interface Cage {
  /** Puts the program's arguments behind the words that cut off the network, if there are any. */
  readonly withoutNetwork: readonly string[];
}

/** A system may not know one of the limits; the others must hold all the same. The values come as arguments. */
const limitScript = [
  'ulimit -c 0 2>/dev/null || :',
  '[ "$1" = none ] || ulimit -v "$1" 2>/dev/null || :',
  'ulimit -f "$2" 2>/dev/null || :',
  'ulimit -S -t "$3" 2>/dev/null || :',
  'shift 3',
  'exec "$@"',
].join('\n');

/** POSIX `ulimit -f` counts in blocks of this size. */
const ulimitBlockBytes = 512;
const trialMilliseconds = 10_000;

/** Where the shell finds a program, or null. */
export async function findProgram(name: string): Promise<string | null> {
  try {
    const { stdout } = await execute('/bin/sh', ['-c', 'command -v "$1"', 'sh', name]);
    const path = stdout.trim();
    return path.startsWith('/') ? path : null;
  } catch {
    return null;
  }
}

/** Tries once which way to a network namespace of its own is open here. */
export async function tryCage(): Promise<Cage> {
  const unshare = await findProgram('unshare');
  if (unshare === null) return { withoutNetwork: [] };
  for (const flags of ['-rn', '-n']) {
    try {
      await execute(unshare, [flags, '/bin/sh', '-c', ':'], { timeout: trialMilliseconds });
      return { withoutNetwork: [unshare, flags] };
    } catch {
      // Not allowed here, or not known: the next way.
    }
  }
  return { withoutNetwork: [] };
}

/** The command line that runs `command` in the cage. */
export function cagedCommand(cage: Cage, limits: CageLimits, command: readonly string[]): string[] {
  return [
    '/bin/sh',
    '-c',
    limitScript,
    'sh',
    limits.addressSpaceKib === null ? 'none' : String(limits.addressSpaceKib),
    String(Math.ceil(limits.fileBytes / ulimitBlockBytes)),
    String(Math.ceil(limits.cpuSeconds)),
    ...cage.withoutNetwork,
    ...command,
  ];
}

/** All that a caged program learns of its surroundings; everything that it may write goes to `folder`. */
export function cagedEnvironment(folder: string): Record<string, string> {
  return { PATH: '/usr/bin:/bin', LANG: 'C', TMPDIR: folder, TEMP: folder, HOME: folder };
}
