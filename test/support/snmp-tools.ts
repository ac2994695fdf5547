/** Net-SNMP's programs, which know nothing of us: asking an agent, and hearing its traps. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.js';
import { temporaryFolder } from './temporary-folder.js';

const run = promisify(execFile);

/** Debian has no MIBs of the IETF, and would say so at each call. */
function environment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, MIBS: '', SNMP_PERSISTENT_DIR: folder, SNMPCONFPATH: folder };
}

/** What the program prints, names and values as `1.3… = TYPE: value`; also when it ends in failure. */
export async function snmp(program: string, ...words: string[]): Promise<string> {
  const env = environment(temporaryFolder());
  try {
    const { stdout } = await run(program, ['-t', '5', '-r', '0', '-On', ...words], { env });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return stdout + stderr;
  }
}

export interface TrapDaemon {
  port: number;
  /** The line of the trap that is like this, as soon as it is there: how it came, and its values. */
  heard(like: RegExp): Promise<string>;
}

/** A trap daemon with these lines of configuration, stopped when the test is over. */
export async function startTrapDaemon(configuration: readonly string[]): Promise<TrapDaemon> {
  const folder = temporaryFolder();
  const file = join(folder, 'snmptrapd.conf');
  writeFileSync(file, `${configuration.join('\n')}\n`);
  const port = await freePort();
  const words = ['-f', '-Lo', '-C', '-c', file, '-On', '-F', '%P\\t%v\\n', `udp:127.0.0.1:${port}`];
  const daemon = spawn('/usr/sbin/snmptrapd', words, { env: environment(folder) });
  let said = '';
  const waiting = new Set<() => void>();
  daemon.stdout.on('data', (text) => {
    said += text;
    for (const look of waiting) look();
  });
  onTestFinished(async () => {
    const exited = once(daemon, 'exit');
    daemon.kill();
    await exited;
  });
  const heard = (like: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = () => {
        const found = said
          .split('\n')
          .slice(0, -1)
          .find((line) => like.test(line));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  await heard(/NET-SNMP version/);
  return { port, heard };
}
