/** One of our programs as a process of its own, followed by its log and ended by signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LogEvents } from './log-events.js';

const programs = {
  phaserlink: fileURLToPath(new URL('../../src/cli.js', import.meta.url)),
  phaser740: fileURLToPath(new URL('../../firmware-sim/cli.js', import.meta.url)),
};
export type ProgramName = keyof typeof programs;

/** How a process ended: its status, or the signal that ended it, and what it said on standard error. */
export interface Ending {
  status: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

export class RunningProgram {
  readonly log = new LogEvents();
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;

  /** Runs until it ends by itself or by `end`; `nodeArgs` stand before the program. */
  constructor(
    program: ProgramName,
    args: readonly string[],
    { env = process.env, nodeArgs = [] }: { env?: NodeJS.ProcessEnv; nodeArgs?: readonly string[] } = {},
  ) {
    const child = spawn(process.execPath, [...nodeArgs, programs[program], ...args, '--json'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      // What is no line of the log tells why the program could not start.
      if (line.startsWith('{"')) this.log.hear(line);
      else stderr += `${line}\n`;
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (status, signal) => {
        const texts = this.log.all.map(({ event, text }) => `${event}: ${text}`).join('\n');
        this.log.end(new Error(`${program} ended (${status ?? signal}) after\n${texts}\n${stderr}`));
        resolve({ status, signal, stderr });
      });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends the signal and waits for the end; harmless when it has ended. */
  end(signal: NodeJS.Signals): Promise<Ending> {
    this.signal(signal);
    return this.ended;
  }
}
