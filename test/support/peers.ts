/** Which outside programs are here; in CI all of them have to be. */
import { execFileSync } from 'node:child_process';

/** Whether a test has to be skipped for want of `program`; says so, and in CI never skips. */
export function missing(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' });
    return false;
  } catch {
    if (process.env.CI) return false;
    process.stderr.write(
      `skipped: ${program} is not installed (Debian: apt-get install ${packages[program] ?? program})\n`,
    );
    return true;
  }
}

const packages: Record<string, string> = { dovecot: 'dovecot-pop3d', gs: 'ghostscript' };
