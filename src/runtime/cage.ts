/** The cage around an outside program: limits of the system, no network, a private folder, almost no environment. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface CageLimits {
  /** Address space in KiB; null for a program that cannot live with such a limit. */
  addressSpaceKib: number | null;
  /** Memory that it can write to, in KiB, which V8's reserved addresses do not count as; null where the address space is limited. */
  dataKib: number | null;
  /** The largest file that it may write. */
  fileBytes: number;
  cpuSeconds: number;
}

/** The words in front of a command that shut it in, as far as this machine knows and allows them. */
export interface Cage {
  withoutNetwork: readonly string[];
  /** So that a run does not outlive us, however we end. */
  diesWithUs: readonly string[];
}

/** A system may not know one of the limits; the others must hold all the same. The values come as arguments. */
const limitScript = [
  'ulimit -c 0 2>/dev/null || :',
  '[ "$1" = none ] || ulimit -v "$1" 2>/dev/null || :',
  '[ "$2" = none ] || ulimit -d "$2" 2>/dev/null || :',
  'ulimit -f "$3" 2>/dev/null || :',
  'ulimit -S -t "$4" 2>/dev/null || :',
  'shift 4',
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

/**
 * Tries once what is possible here. With `sharesFiles` the program can reach the files that we can: in a user namespace
 * of its own, root could not reach those of others.
 */
export async function tryCage({ sharesFiles = false } = {}): Promise<Cage> {
  const namespaces = sharesFiles && process.getuid?.() === 0 ? [['-n']] : [['-rn'], ['-n']];
  return {
    withoutNetwork: (await firstThatWorks('unshare', namespaces)) ?? [],
    diesWithUs: (await firstThatWorks('setpriv', [['--pdeathsig', 'KILL']])) ?? [],
  };
}

async function firstThatWorks(name: string, flagsToTry: readonly string[][]): Promise<string[] | null> {
  const program = await findProgram(name);
  if (program === null) return null;
  for (const flags of flagsToTry) {
    try {
      await execute(program, [...flags, '/bin/sh', '-c', ':'], { timeout: trialMilliseconds });
      return [program, ...flags];
    } catch {
      // Not allowed here, or not known: the next way.
    }
  }
  return null;
}

/** The command line that runs `command` in the cage. */
export function cagedCommand(cage: Cage, limits: CageLimits, command: readonly string[]): string[] {
  return [
    '/bin/sh',
    '-c',
    limitScript,
    'sh',
    String(limits.addressSpaceKib ?? 'none'),
    String(limits.dataKib ?? 'none'),
    String(Math.ceil(limits.fileBytes / ulimitBlockBytes)),
    String(Math.ceil(limits.cpuSeconds)),
    ...cage.withoutNetwork,
    // After the new namespace: entering one would undo it.
    ...cage.diesWithUs,
    ...command,
  ];
}

/** All that a caged program learns of its surroundings; everything that it may write goes to `folder`. */
export function cagedEnvironment(folder: string): Record<string, string> {
  return { PATH: '/usr/bin:/bin', LANG: 'C', TMPDIR: folder, TEMP: folder, HOME: folder };
}
