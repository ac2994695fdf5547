/** A strict line printer daemon (RFC 1179) for tests, written from the text and not with our codec: takes jobs and keeps them. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface LpdJob {
  queue: string;
  /** By name, in the order in which they came. */
  files: [name: string, content: string][];
}

/** `answer` is asked at each step what to say: the octet, or to break the connection; zero unless it says otherwise. */
export async function startLpdSink(answer: (step: string) => number | 'reset' = () => 0) {
  const jobs: LpdJob[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    void take(socket, jobs, answer)
      .catch(() => undefined)
      .finally(() => socket.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, jobs };
}

async function take(
  socket: Socket,
  jobs: LpdJob[],
  answer: (step: string) => number | 'reset',
): Promise<void> {
  const input = new Input(socket);
  const say = (step: string) => {
    const octet = answer(step);
    if (octet === 'reset') {
      socket.resetAndDestroy();
      throw new Error('reset');
    }
    socket.write(Buffer.from([octet]));
  };
  const command = await input.line();
  if (command === null || command.charCodeAt(0) !== 2) return;
  const job: LpdJob = { queue: command.slice(1), files: [] };
  say('job');
  for (let line = await input.line(); line !== null; line = await input.line()) {
    const code = line.charCodeAt(0);
    const [, bytes, name] = /^.(\d+) (\S+)$/s.exec(line) ?? [];
    const kind = code === 2 ? 'control' : 'data';
    if ((code !== 2 && code !== 3) || bytes === undefined || name === undefined)
      throw new Error(`not a file: ${line}`);
    say(`${kind} header`);
    const content = await input.bytes(Number(bytes));
    const [end] = await input.bytes(1);
    if (end !== 0) throw new Error('no zero octet behind the file');
    job.files.push([name, content.toString('latin1')]);
    say(kind);
  }
  jobs.push(job);
}

class Input {
  readonly #chunks: AsyncIterator<Buffer>;
  #held = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#chunks = socket.iterator({ destroyOnReturn: false });
  }

  async line(): Promise<string | null> {
    while (!this.#held.includes(0x0a)) if (!(await this.#more())) return null;
    const end = this.#held.indexOf(0x0a);
    return (await this.bytes(end + 1)).toString('latin1', 0, end);
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.#held.length < count) if (!(await this.#more())) throw new Error('ended too early');
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#chunks.next();
    if (done) return false;
    this.#held = Buffer.concat([this.#held, value]);
    return true;
  }
}
