/** One of the demo's three programs: started as a process of its own, followed by the JSON lines of its log. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Clock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';

/** How long a program may take to stop before it is killed. */
const stopDeadlineMs = 15_000;

export type LogEvent = { event: string; level: string; text: string } & Record<string, unknown>;

export interface ProgramOptions {
  /** For people: "mail room". */
  name: string;
  /** The compiled program, relative to this file. */
  program: string;
  args: string[];
  logFile: string;
  clock: Clock;
  onEvent: (event: LogEvent) => void;
  /** Called when it ends without having been asked to. */
  onDeath: (error: PhaserLinkError) => void;
}

export class DemoProcess {
  readonly #child: ChildProcess;
  readonly #options: ProgramOptions;
  readonly #ended: Promise<void>;
  #stopping = false;
  #lastWords = '';

  constructor(options: ProgramOptions) {
    this.#options = options;
    const path = fileURLToPath(new URL(options.program, import.meta.url));
    // The channel tells the program when the demo is gone, however it went. Detached, because a terminal's Ctrl-C goes
    // to the whole group: the demo alone is to hear it, and to stop the programs in its own way.
    this.#child = spawn(process.execPath, [path, ...options.args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    const log = createWriteStream(options.logFile, { flags: 'a' });
    this.#child.stdout?.pipe(log, { end: false });
    this.#child.stderr?.pipe(log, { end: false });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk.toString()).slice(-2000);
    });
    if (this.#child.stdout) createInterface(this.#child.stdout).on('line', (line) => this.#hear(line));
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        log.end();
        if (!this.#stopping) options.onDeath(this.#diedEarly(code, signal));
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The Printing Server looks into its mailbox at once. Windows has no such signal; there the poll interval has to do. */
  wake(): void {
    if (process.platform !== 'win32') this.#child.kill('SIGUSR1');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const cancel = this.#options.clock.schedule(stopDeadlineMs, () => this.#child.kill('SIGKILL'));
    this.#child.kill('SIGTERM');
    await this.#ended;
    cancel();
  }

  #hear(line: string): void {
    if (!line.startsWith('{')) return;
    this.#options.onEvent(JSON.parse(line) as LogEvent);
  }

  #diedEarly(code: number | null, signal: string | null): PhaserLinkError {
    const { name, logFile } = this.#options;
    const how = signal ? `was ended by ${signal}` : `ended with status ${code}`;
    return new PhaserLinkError({
      code: 'demo-program-ended',
      retry: 'permanent',
      text: `the ${name} ${how}${this.#lastWords ? `:\n${this.#lastWords.trim()}` : ''}\n(its log: ${logFile})`,
    });
  }
}
