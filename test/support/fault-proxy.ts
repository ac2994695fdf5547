/**
 * A proxy in front of a POP3 server that spoils one reply: the first, the second, … until a run passes untouched. It knows the
 * dialogue well enough to tell the replies apart, so that every one of them gets its turn, whatever the network does.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export const faultKinds = [
  'the command is lost, and the connection',
  'cut before the reply',
  'cut in the middle of the reply',
  'cut after the reply',
  'silence',
  'a refusal instead of the reply',
  'a line that makes no sense in the reply',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  /** Counted over all connections since `arm`, greetings too, from 1. */
  reply: number;
  kind: FaultKind;
}

interface Expected {
  number: number;
  /** What the reply answers, in upper case; a greeting answers nothing. */
  command: string;
}

const nonsense = '%&$ \0\xff no reply\r\n';
const refusal = '-ERR [SYS/TEMP] not now\r\n';

export class FaultProxy {
  readonly #target: number;
  readonly #server = createServer((client) => this.#accept(client));
  readonly #sockets = new Set<Socket>();
  #fault: Fault | null = null;
  #count = 0;
  #struck: string | null = null;
  #heard: string[] = [];
  /** Called when the fault strikes. */
  onStrike = (_command: string) => {};

  private constructor(target: number) {
    this.#target = target;
  }

  /** In front of a port of this machine; ends with the running test. */
  static async start(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    onTestFinished(async () => {
      proxy.#server.close();
      for (const socket of proxy.#sockets) socket.destroy();
      await once(proxy.#server, 'close');
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What the spoiled reply answers, for example `RETR 1`; null as long as the fault has not struck. */
  get struck(): string | null {
    return this.#struck;
  }

  /** The commands that have come through to the server since `arm`, in upper case. */
  get heard(): readonly string[] {
    return this.#heard;
  }

  /** Spoils one reply, counted from now on; without a fault none. */
  arm(fault: Fault | null): void {
    this.#fault = fault;
    this.#count = 0;
    this.#struck = null;
    this.#heard = [];
  }

  /** Arms one fault after the other: of each kind at the first reply, the second, … until it strikes no more. */
  *faults(kinds: readonly FaultKind[] = faultKinds): Generator<Fault> {
    for (const kind of kinds) {
      for (let reply = 1; reply === 1 || this.#struck !== null; reply++) {
        const fault = { reply, kind };
        this.arm(fault);
        yield fault;
      }
    }
    this.arm(null);
  }

  #accept(client: Socket): void {
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroySoon();
      });
    }
    const talk = new Talk(client, server, {
      expect: (command) => ({ number: ++this.#count, command }),
      strikes: ({ number, command }, wanted) => this.#strikes(number, command, wanted),
      passed: (command) => this.#heard.push(command),
    });
    talk.begin();
  }

  /** Whether this reply is to be spoiled, of a kind that is wanted. */
  #strikes(number: number, command: string, wanted: (kind: FaultKind) => boolean): FaultKind | null {
    const fault = this.#fault;
    if (fault === null || this.#struck !== null || fault.reply !== number || !wanted(fault.kind)) return null;
    this.#struck = command;
    this.onStrike(command);
    return fault.kind;
  }
}

interface TalkRules {
  expect(command: string): Expected;
  strikes(reply: Expected, wanted: (kind: FaultKind) => boolean): FaultKind | null;
  passed(command: string): void;
}

/** One connection. */
class Talk {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #rules: TalkRules;
  /** Replies that are still to come. */
  readonly #expected: Expected[] = [];
  #command = '';
  #reply = '';
  #over = false;

  constructor(client: Socket, server: Socket, rules: TalkRules) {
    this.#client = client;
    this.#server = server;
    this.#rules = rules;
  }

  begin(): void {
    this.#ask('');
    this.#client.on('data', (bytes) => this.#hear(bytes.toString('latin1')));
    this.#server.on('data', (bytes) => this.#answer(bytes.toString('latin1')));
  }

  #hear(text: string): void {
    const lines = (this.#command + text).split(/(?<=\n)/);
    this.#command = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '');
    for (const line of lines) {
      if (this.#over) return;
      if (!this.#ask(line.trimEnd().toUpperCase())) return;
      this.#server.write(line, 'latin1');
    }
  }

  /** Whether the command may go to the server. */
  #ask(command: string): boolean {
    const expected = this.#rules.expect(command);
    if (this.#rules.strikes(expected, (kind) => kind.startsWith('the command is lost'))) {
      this.#cut('');
      return false;
    }
    this.#expected.push(expected);
    if (command !== '') this.#rules.passed(command);
    return true;
  }

  #answer(text: string): void {
    this.#reply += text;
    for (let next = this.#expected[0]; next !== undefined && !this.#over; next = this.#expected[0]) {
      const length = replyLength(next.command, this.#reply);
      if (length === null) return;
      this.#expected.shift();
      this.#pass(next, this.#reply.slice(0, length));
      this.#reply = this.#reply.slice(length);
    }
  }

  #pass(expected: Expected, reply: string): void {
    const kind = this.#rules.strikes(expected, () => true);
    if (kind === null) this.#client.write(reply, 'latin1');
    else if (kind === 'cut before the reply') this.#cut('');
    else if (kind === 'cut in the middle of the reply') this.#cut(reply.slice(0, reply.length / 2));
    else if (kind === 'cut after the reply') this.#cut(reply);
    else if (kind === 'a refusal instead of the reply') this.#client.write(refusal);
    else if (kind === 'silence') this.#over = true;
    else this.#client.write(spoil(reply), 'latin1');
  }

  #cut(last: string): void {
    this.#over = true;
    this.#server.destroy();
    this.#client.end(last, 'latin1', () => this.#client.destroy());
  }
}

/** How long the reply is that stands at the beginning of the text; null when it is not complete. */
function replyLength(command: string, text: string): number | null {
  const status = text.indexOf('\n') + 1;
  if (status === 0) return null;
  const hasLines = /^(?:RETR|TOP) |^(?:LIST|UIDL|CAPA)$/.test(command) && text.startsWith('+OK');
  if (!hasLines) return status;
  const end = text.indexOf('\r\n.\r\n', status - 2);
  return end === -1 ? null : end + '\r\n.\r\n'.length;
}

/** A listing in its middle; of all else the status line, for nobody could tell that a mail is another one. */
function spoil(reply: string): string {
  const lines = reply.split(/(?<=\n)/);
  const isMessage = lines.some((line) => /^\S+: /.test(line));
  lines[isMessage ? 0 : Math.floor((lines.length - 1) / 2)] = nonsense;
  return lines.join('');
}
