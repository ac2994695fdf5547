/** Runs the compiled commands as a user does, each a process with an end: none outlives its test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const programs = { phaserlink: '../../src/cli.js', phaser740: '../../firmware-sim/cli.js' };
export type Program = keyof typeof programs;

/** What a command may take before it is killed; far more than it should. */
const deadlineMs = 60_000;

export interface CliOptions {
  /** On top of this process's environment; undefined removes. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  stdin?: string;
  /** More may be typed; without it there is nothing after `stdin`. */
  interactive?: boolean;
}

export interface CliResult {
  /** Null when a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end. */
export async function runCli(program: Program, args: string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(program, args, options).ended;
}

export interface RunningCli {
  readonly pid: number;
  /** Everything so far. */
  readonly stdout: string;
  readonly ended: Promise<CliResult>;
  /** The first line of stdout, past ones included, that matches; rejects when the command ends without. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when stderr holds what matches. */
  errorLine(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Types a line. */
  type(line: string): void;
}

/** Starts a command that stays; it is killed when the test is over, or after the deadline. */
export function startCli(program: Program, args: string[], options: CliOptions = {}): RunningCli {
  const path = fileURLToPath(new URL(programs[program], import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: 'pipe',
  });
  child.stdin.on('error', () => undefined);
  child.stdin.write(options.stdin ?? '');
  if (!options.interactive) child.stdin.end();
  const follower = new Follower(child);
  const alarm = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  follower.ended.finally(() => clearTimeout(alarm));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await follower.ended;
  });
  return follower;
}

class Follower implements RunningCli {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<(line: string) => void>();
  readonly #lookingAtErrors = new Set<() => void>();
  #stderr = '';
  readonly ended: Promise<CliResult>;
  stdout = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      for (const look of this.#lookingAtErrors) look();
    });
    if (child.stdout) createInterface(child.stdout).on('line', (line) => this.#hear(line));
    this.ended = new Promise((resolve) => {
      child.once('close', (status, signal) =>
        resolve({ status, signal, stdout: this.stdout, stderr: this.#stderr }),
      );
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async line(pattern: RegExp): Promise<RegExpExecArray> {
    const find = (line: string) => pattern.exec(line);
    for (const line of this.#lines) {
      const found = find(line);
      if (found) return found;
    }
    const coming = new Promise<RegExpExecArray>((resolve) => {
      const look = (line: string) => {
        const found = find(line);
        if (!found) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
    });
    const ended = this.ended.then(({ stdout, stderr }) => {
      throw new Error(`ended without ${pattern}:\n${stdout}${stderr}`);
    });
    return Promise.race([coming, ended]);
  }

  errorLine(pattern: RegExp): Promise<void> {
    const coming = new Promise<void>((resolve) => {
      const look = () => {
        if (pattern.test(this.#stderr)) resolve();
      };
      this.#lookingAtErrors.add(look);
      look();
    });
    const ended = this.ended.then(({ stdout, stderr }) => {
      throw new Error(`ended without ${pattern}:\n${stdout}${stderr}`);
    });
    return Promise.race([coming, ended]);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  #hear(line: string): void {
    this.#lines.push(line);
    for (const look of this.#waiting) look(line);
  }
}

/** No answer of ours shows the inside of the program. */
export const stackTrace = /^\s+at .+:\d+:\d+\)?$/m;
