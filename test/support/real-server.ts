/** Our programs as processes of their own: started, followed by their log, ended by signals, never left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { LogEvents } from './log-events.js';

const programs = {
  phaserlink: fileURLToPath(new URL('../../src/cli.js', import.meta.url)),
  phaser740: fileURLToPath(new URL('../../firmware-sim/cli.js', import.meta.url)),
};

/** How a process ended: its status, or the signal that ended it, and what it said on standard error. */
export interface Ending {
  status: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

export class RealServer {
  readonly log = new LogEvents();
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;

  /** Runs until it ends by itself or by `end`, or with the test. */
  constructor(program: keyof typeof programs, args: string[], env = process.env) {
    const child = spawn(process.execPath, [programs[program], ...args, '--json'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', this.log.hear);
    this.ended = new Promise((resolve) => {
      child.once('close', (status, signal) => {
        const texts = this.log.all.map(({ event, text }) => `${event}: ${text}`).join('\n');
        this.log.end(new Error(`${program} ended (${status ?? signal}) after\n${texts}\n${stderr}`));
        resolve({ status, signal, stderr });
      });
    });
    onTestFinished(async () => {
      await this.end('SIGKILL');
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
