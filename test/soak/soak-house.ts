/** The house of a soak: real Dovecot, a mail server that takes everybody's mail, the simulated printer as a process, and servers that are killed. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '#base/clock.js';
import { Ledger } from '../../src/jobs/ledger.js';
import { type Dovecot, password, startDovecot } from '../support/dovecot.js';
import { RunningProgram } from '../support/running-program.js';
import { BreakingWire } from './breaking-wire.js';
import type { KillOrder } from './kill-orders.js';
import { type Letter, PostOffice } from './post-office.js';

export const printerAddress = 'printer@example.com';
const killAtStep = new URL('./kill-at-step.js', import.meta.url).href;
const command = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

/** What people see of the printer. */
export interface PrinterState {
  phase: string;
  /** Something is wrong that stops it. */
  stopped: boolean;
  jobs: { state: string }[];
}

export class SoakHouse {
  readonly folder: string;
  readonly post: PostOffice;
  readonly printer: RunningProgram;
  readonly wire: BreakingWire;
  readonly #dovecot: Dovecot;
  readonly #panel: string;

  private constructor(
    folder: string,
    parts: { post: PostOffice; printer: RunningProgram; wire: BreakingWire; dovecot: Dovecot; panel: string },
  ) {
    this.folder = folder;
    this.post = parts.post;
    this.printer = parts.printer;
    this.wire = parts.wire;
    this.#dovecot = parts.dovecot;
    this.#panel = parts.panel;
  }

  static async build(onLetter: (letter: Letter) => void): Promise<SoakHouse> {
    const folder = mkdtempSync(join(tmpdir(), 'phaserlink-soak-'));
    chmodSync(folder, 0o755);
    const dovecot = await startDovecot();
    const deliver = (mail: Uint8Array) => dovecot.deliver('printer', mail);
    const post = await PostOffice.open({ printer: printerAddress, deliver, onLetter });
    const settings = join(folder, 'phaser740.yaml');
    writeFileSync(
      settings,
      'raw: { port: 0 }\npanel: { port: 0 }\nspeed: 100\nresolutionDpi: 72\ndataDir: printer\nout: tray\n',
    );
    const printer = new RunningProgram('phaser740', ['--config', settings, '--fresh']);
    const portOf = async (face: string) => {
      const heard = await printer.log.until((event) => event.event === 'listening' && event.face === face);
      return Number(heard.port);
    };
    const wire = await BreakingWire.start(await portOf('raw'));
    const panel = `http://127.0.0.1:${await portOf('panel')}`;
    const house = new SoakHouse(folder, { post, printer, wire, dovecot, panel });
    house.#writeSettings();
    return house;
  }

  /** Starts a server; with an order it ends at that step. */
  serve(order: KillOrder | null): RunningProgram {
    writeFileSync(this.#notes, '');
    const env = {
      ...process.env,
      PHASERLINK_KILL: JSON.stringify(order),
      PHASERLINK_KILL_NOTES: this.#notes,
    };
    const config = ['serve', '--config', this.settingsFile];
    return new RunningProgram('phaserlink', config, { env, nodeArgs: ['--import', killAtStep] });
  }

  /** What the last server has noted of its steps. */
  notes(): string {
    return readFileSync(this.#notes, 'utf8');
  }

  /** Says words to the printer's panel, such as `load upper`. */
  async say(words: string): Promise<void> {
    const answer = await fetch(`${this.#panel}/control/faults`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ words }),
    });
    if (!answer.ok) throw new Error(`"${words}" was answered ${answer.status}: ${await answer.text()}`);
  }

  /** How the printer is. */
  async state(): Promise<PrinterState> {
    const answer = await fetch(`${this.#panel}/control/state`);
    return (await answer.json()) as PrinterState;
  }

  /** Mails that lie in the printer's maildrop. */
  waiting(): number {
    return this.#dovecot.waiting('printer');
  }

  async ledger<T>(look: (ledger: Ledger) => Promise<T>): Promise<T> {
    const ledger = await Ledger.open({ dataDir: this.dataDir, clock: systemClock, readOnly: true });
    try {
      return await look(ledger);
    } finally {
      await ledger.close();
    }
  }

  get settingsFile(): string {
    return join(this.folder, 'phaserlink.yaml');
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  get tray(): string {
    return join(this.folder, 'tray');
  }

  /** Half-written files of the spool. */
  halfFiles(): string[] {
    return readdirSync(join(this.dataDir, 'spool', 'tmp'));
  }

  /** The command of the administrator, beside the server. */
  get command(): string[] {
    return [process.execPath, command];
  }

  /** Processes that were started for this house and are still there. */
  processes(): string[] {
    const commands = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(commandLineOf);
    return commands.filter((line) => line.includes(this.folder));
  }

  async stop(): Promise<void> {
    await this.wire.stop();
    await this.printer.end('SIGTERM');
    await this.post.close();
    await this.#dovecot.stop();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #notes(): string {
    return join(this.folder, 'steps');
  }

  #writeSettings(): void {
    mkdirSync(this.dataDir, { recursive: true, mode: 0o700 });
    const lines = [
      `printer: { name: Phaser 740 soak, uri: "socket://127.0.0.1:${this.wire.port}" }`,
      `mailbox: { host: 127.0.0.1, port: ${this.#dovecot.port}, security: none, user: printer, password: ${password}, pollIntervalSeconds: 1 }`,
      `smtp: { host: 127.0.0.1, port: ${this.post.port}, security: none, from: ${printerAddress} }`,
      'access: { allow: ["@example.com"] }',
      'people: { sysAdmin: admin@example.com }',
      'dataDir: data',
      '',
    ];
    writeFileSync(this.settingsFile, lines.join('\n'));
  }
}

/** Empty for a process that has ended. */
function commandLineOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
