/** PJL on one connection to the raw port: obeys the commands, answers the questions, and tells unasked what it was asked to tell. */
import { formatPjlAnswer } from '#wire/pjl.js';
import type { PjlCommand } from '#wire/pjl-channel.js';
import { pjlCodeOf, pjlReady } from '#wire/pjl-status.js';
import type { InterpretedJob } from '../interpreter/interpreter.js';
import { stops } from '../machine/conditions.js';
import type { Machine } from '../machine/machine.js';
import { displayColumns, panelText } from '../machine/panel-text.js';

// HP Printer Job Language Technical Reference Manual (5021-0380); page numbers are its own.

/** JOB commands within JOB commands; more are not told apart. */
const maxNesting = 20;

const unasked = ['DEVICE', 'JOB', 'PAGE'];

/** What is done with what follows a command, until UEL: printed, dropped, or nothing has changed. */
export type Entered = 'postscript' | 'other' | null;

interface OpenJob {
  pages: number;
  result: 'OK' | 'USER_CANCELED';
}

export class PjlSession {
  readonly #machine: Machine;
  /** Asked for: waits until the client takes it. */
  readonly #answer: (bytes: Buffer) => Promise<void>;
  /** Unasked: only while the client takes what is said to it. */
  readonly #remark: (bytes: Buffer) => void;
  readonly #unsubscribe: () => void;
  /** 7-33: what is told unasked. */
  readonly #told = new Map(unasked.map((name) => [name, 'OFF']));
  readonly #jobs: OpenJob[] = [];
  /** Since the last JOB or EOJ (7-38). */
  #pages = 0;
  #lastStatus: string;

  constructor(machine: Machine, answer: (bytes: Buffer) => Promise<void>, remark: (bytes: Buffer) => void) {
    this.#machine = machine;
    this.#answer = answer;
    this.#remark = remark;
    this.#lastStatus = this.#status().join();
    this.#unsubscribe = machine.subscribe(() => this.#lookAtDevice());
  }

  async obey({ text, verb, options }: PjlCommand): Promise<Entered> {
    switch (verb) {
      case 'ECHO':
        await this.#answer(formatPjlAnswer(text));
        break;
      case 'USTATUSOFF':
        for (const name of this.#told.keys()) this.#told.set(name, 'OFF');
        break;
      case 'USTATUS':
        for (const [name, value] of Object.entries(options))
          if (valuesOf(name).includes(value.toUpperCase())) this.#told.set(name, value.toUpperCase());
        break;
      case 'JOB':
        this.#beginJob(options.NAME);
        break;
      case 'EOJ':
        this.#endJob(options.NAME);
        break;
      case 'RDYMSG':
        this.#machine.dispatch({
          type: 'message',
          text: (options.DISPLAY ?? '').slice(0, 2 * displayColumns) || null,
        });
        break;
      case 'ENTER':
        return options.LANGUAGE?.toUpperCase() === 'POSTSCRIPT' ? 'postscript' : 'other';
      default:
        if (/^(?:INFO|INQUIRE|DINQUIRE)\b/.test(verb)) await this.#answer(this.#information(text, verb));
    }
    return null;
  }

  /** A page of this connection's has come out. */
  pageOut(): void {
    this.#pages++;
    for (const job of this.#jobs) job.pages++;
    if (this.#told.get('PAGE') === 'ON') this.#remark(formatPjlAnswer('USTATUS PAGE', String(this.#pages)));
  }

  documentEnded({ reason }: InterpretedJob): void {
    if (reason === 'aborted') for (const job of this.#jobs) job.result = 'USER_CANCELED';
  }

  end(): void {
    this.#unsubscribe();
  }

  /** 5-13 */
  #beginJob(name: string | undefined): void {
    if (this.#jobs.length < maxNesting) this.#jobs.push({ pages: 0, result: 'OK' });
    this.#pages = 0;
    if (this.#told.get('JOB') === 'ON')
      this.#remark(formatPjlAnswer('USTATUS JOB', 'START', ...nameLine(name)));
  }

  /** 5-14: an EOJ without its JOB means nothing. The pages before it are all out when it is read here. */
  #endJob(name: string | undefined): void {
    const job = this.#jobs.pop();
    this.#pages = 0;
    if (job === undefined || this.#told.get('JOB') !== 'ON') return;
    const lines = ['END', ...nameLine(name), `PAGES=${job.pages}`, `RESULT=${job.result}`];
    this.#remark(formatPjlAnswer('USTATUS JOB', ...lines));
  }

  #lookAtDevice(): void {
    const status = this.#status();
    if (status.join() === this.#lastStatus) return;
    this.#lastStatus = status.join();
    if (this.#told.get('DEVICE') !== 'OFF') this.#remark(formatPjlAnswer('USTATUS DEVICE', ...status));
  }

  #information(text: string, verb: string): Buffer {
    switch (verb) {
      case 'INFO ID':
        return formatPjlAnswer(verb, `"${this.#machine.device.product}"`);
      case 'INFO PAGECOUNT':
        return formatPjlAnswer(verb, `PAGECOUNT=${this.#machine.pageCounter}`);
      case 'INFO STATUS':
        return formatPjlAnswer(verb, ...this.#status());
      case 'INFO USTATUS':
        return formatPjlAnswer(verb, ...[...this.#told].flatMap(variable));
      default:
        // 7-3: what it does not know it says so.
        return formatPjlAnswer(text, '"?"');
    }
  }

  #status(): string[] {
    const { device, state } = this.#machine;
    const stopping = state.alerts.find(stops);
    const { phase, job, path } = state;
    const ready =
      phase === 'warming-up' ? 'warmingUp' : job !== null || path.length > 0 ? 'printing' : 'idle';
    const code = stopping === undefined ? pjlReady[ready] : pjlCodeOf(stopping.condition);
    // Quotes end the value (2-6).
    const display = panelText(device, state).lines.join(' ').trim().replaceAll('"', "'");
    return [`CODE=${code}`, `DISPLAY="${display}"`, `ONLINE=${stopping === undefined ? 'TRUE' : 'FALSE'}`];
  }
}

function nameLine(name: string | undefined): string[] {
  return name === undefined ? [] : [`NAME="${name}"`];
}

function valuesOf(name: string): string[] {
  if (!unasked.includes(name)) return [];
  return name === 'DEVICE' ? ['OFF', 'ON', 'VERBOSE'] : ['OFF', 'ON'];
}

/** 7-30: its value, and those that it may have. */
function variable([name, value]: [string, string]): string[] {
  const values = valuesOf(name);
  return [`${name}=${value} [${values.length} ENUMERATED]`, ...values.map((each) => `\t${each}`)];
}
