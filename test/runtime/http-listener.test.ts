/** The HTTP listener: ordinary clients are served, and none holds it up, on purpose or not. */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as settle } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '#base/log.js';
import {
  defaultHttpLimits,
  type HttpHandler,
  type HttpLimits,
  startHttpListener,
} from '#runtime/http-listener.js';
import { ManualClock } from '../support/manual-clock.js';

const maxBodyBytes = 10_000;

async function start(handler: HttpHandler, limits: Partial<HttpLimits> = {}) {
  const clock = new ManualClock();
  const listener = await startHttpListener({
    name: 'pages',
    host: '127.0.0.1',
    port: 0,
    clock,
    log: silentLog,
    handler,
    maxBodyBytes: (request) => (request.url === '/large' ? 50_000_000 : maxBodyBytes),
    limits,
  });
  onTestFinished(() => {
    const stopped = listener.stop();
    return clock.advance(defaultHttpLimits.stopSeconds * 1000).then(() => stopped);
  });
  return { ...listener, clock };
}

/** Tells how long the body was, when it has come. */
const measure: HttpHandler = async (request: IncomingMessage, response: ServerResponse) => {
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  response.end(`${request.url} ${bytes}`);
};

class Client {
  readonly socket: Socket;
  received = '';
  closed = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.received += text;
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
    });
    onTestFinished(() => void this.socket.destroy());
  }

  send(text: string | Buffer): void {
    this.socket.write(text);
  }

  async hears(text: string): Promise<void> {
    await until(() => this.received.includes(text));
  }

  async isClosed(): Promise<void> {
    await until(() => this.closed);
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await settle();
}

const head = (line: string, ...fields: string[]) => `${[line, 'Host: x', ...fields].join('\r\n')}\r\n\r\n`;

describe('served are', () => {
  it('requests one after the other on a connection, with bodies of both kinds', async () => {
    const { port } = await start(measure);
    const client = new Client(port);
    client.send(head('GET /1 HTTP/1.1'));
    await client.hears('/1 0');
    client.send(`${head('POST /2 HTTP/1.1', 'Content-Length: 5')}12345`);
    await client.hears('/2 5');
    client.send(
      `${head('POST /3 HTTP/1.1', 'Transfer-Encoding: chunked')}3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n`,
    );
    await client.hears('/3 7');
    expect(client.closed).toBe(false);
  });

  it('a client that asks before it sends its body', async () => {
    const { port } = await start(measure);
    const client = new Client(port);
    client.send(head('POST / HTTP/1.1', 'Content-Length: 5', 'Expect: 100-continue'));
    await client.hears('HTTP/1.1 100 Continue');
    client.send('12345');
    await client.hears('/ 5');
  });

  it('a body of ten megabytes, where it may be so long', async () => {
    const { port } = await start(measure);
    const answer = await new Promise<string>((resolve, reject) => {
      const outgoing = httpRequest({ port, method: 'POST', path: '/large' }, (response) => {
        response.setEncoding('latin1').on('data', resolve);
      });
      outgoing.on('error', reject).end(Buffer.alloc(10_000_000));
    });
    expect(answer).toBe('/large 10000000');
  });
});

describe('refused is', () => {
  it('a body that says that it is too long, before it is sent', async () => {
    let asked = false;
    const { port } = await start(() => {
      asked = true;
    });
    const client = new Client(port);
    client.send(head('POST / HTTP/1.1', 'Content-Length: 10001', 'Expect: 100-continue'));
    await client.isClosed();
    expect(client.received).toMatch(/^HTTP\/1.1 413 /);
    expect(client.received).toContain('exceeds the limit of 10000 bytes');
    expect(asked).toBe(false);
  });

  it('a body that turns out too long, and its reader hears of it', async () => {
    const failures: unknown[] = [];
    const { port } = await start((request, response) =>
      Promise.resolve(measure(request, response)).catch((error: unknown) => failures.push(error)),
    );
    const client = new Client(port);
    client.send(head('POST / HTTP/1.1', 'Transfer-Encoding: chunked'));
    for (let piece = 0; piece < 11; piece++) client.send(`3e8\r\n${'x'.repeat(1000)}\r\n`);
    await client.isClosed();
    expect(client.received).toMatch(/^HTTP\/1.1 413 /);
    await until(() => failures.length === 1);
  });

  it.each([
    ['what is no HTTP', 'EHLO example.org\r\n\r\n', '400'],
    ['a head that is too long', head('GET / HTTP/1.1', `X: ${'x'.repeat(20_000)}`), '431'],
    [
      'two lengths of one body',
      `${head('POST / HTTP/1.1', 'Content-Length: 5', 'Content-Length: 6')}12345`,
      '400',
    ],
    [
      'a length beside chunks',
      head('POST / HTTP/1.1', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
      '400',
    ],
    [
      'a chunk of 2^63',
      `${head('POST / HTTP/1.1', 'Transfer-Encoding: chunked')}7fffffffffffffff\r\n${'x'.repeat(11_000)}`,
      '413',
    ],
    ['a request without a host', 'GET / HTTP/1.1\r\n\r\n', '400'],
  ])('%s', async (_, text, status) => {
    const { port } = await start(measure);
    const client = new Client(port);
    client.send(text);
    await client.isClosed();
    expect(client.received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('the request in which the handler fails, and no other', async () => {
    const { port } = await start((request, response) => {
      if (request.url === '/fail') throw new Error('secret');
      response.end('well');
    });
    const client = new Client(port);
    client.send(head('GET /fail HTTP/1.1'));
    await client.isClosed();
    expect(client.received).toMatch(/^HTTP\/1.1 500 /);
    expect(client.received).not.toContain('secret');
    const next = new Client(port);
    next.send(head('GET / HTTP/1.1'));
    await next.hears('well');
  });
});

describe('cut off is', () => {
  const { headSeconds, keepAliveSeconds, paceSeconds } = defaultHttpLimits;

  it('a client that says nothing, or too slowly', async () => {
    const { port, clock } = await start(measure);
    const silent = new Client(port);
    const slow = new Client(port);
    for (let second = 0; second < headSeconds; second++) {
      slow.send(second === 0 ? 'GET / HTTP/1.1\r\nHost: x\r\nX: ' : 'x');
      await until(() => clock.pending === 2 || silent.closed);
      await clock.advance(1000);
    }
    await silent.isClosed();
    await slow.isClosed();
    expect(slow.received + silent.received).toBe('');
  });

  it('a client that does not come back', async () => {
    const { port, clock } = await start(measure);
    const client = new Client(port);
    client.send(head('GET / HTTP/1.1'));
    await client.hears('/ 0');
    await clock.elapse(keepAliveSeconds * 1000);
    await client.isClosed();
  });

  it('a body that comes too slowly, and none that keeps the pace', async () => {
    const { port, clock } = await start(measure);
    const [slow, steady] = [new Client(port), new Client(port)];
    for (const client of [slow, steady]) client.send(head('POST / HTTP/1.1', 'Content-Length: 9000'));
    await until(() => clock.pending === 2);
    for (let round = 0; round < 2; round++) {
      steady.send('x'.repeat(3000));
      slow.send(round === 0 ? 'x'.repeat(3000) : 'x');
      for (let turn = 0; turn < 50; turn++) await settle();
      await clock.advance(paceSeconds * 1000);
    }
    await slow.isClosed();
    steady.send('x'.repeat(3000));
    await steady.hears('/ 9000');
  });

  it('nobody whose handler takes its time', async () => {
    let read = () => {};
    const { port, clock } = await start(async (request, response) => {
      await new Promise<void>((resolve) => {
        read = resolve;
      });
      await measure(request, response);
    });
    const client = new Client(port);
    client.send(`${head('POST /large HTTP/1.1', 'Content-Length: 1000000')}${'x'.repeat(1_000_000)}`);
    await until(() => clock.pending === 1);
    for (let turn = 0; turn < 50; turn++) await settle();
    for (let round = 0; round < 5; round++) await clock.advance(paceSeconds * 1000);
    read();
    await client.hears('/large 1000000');
  });

  it('a client that does not take its answer', async () => {
    const { port, clock } = await start((_, response) => {
      response.end(Buffer.alloc(30_000_000));
    });
    const client = new Client(port);
    client.socket.pause();
    client.send(head('GET / HTTP/1.1'));
    await until(() => clock.pending === 1);
    for (let turn = 0; turn < 200; turn++) await settle();
    await clock.advance(paceSeconds * 1000);
    client.socket.resume();
    await client.isClosed();
    expect(client.received.length).toBeLessThan(30_000_000);
  });
});

describe('with as many connections as it takes', () => {
  it('it closes one that is idle in favour of a new one', async () => {
    const { port } = await start(measure, { connections: 2 });
    const [first, second] = [new Client(port), new Client(port)];
    for (const client of [first, second]) {
      client.send(head('GET / HTTP/1.1'));
      await client.hears('/ 0');
    }
    const third = new Client(port);
    third.send(head('GET /third HTTP/1.1'));
    await third.hears('/third 0');
    await first.isClosed();
    expect(second.closed).toBe(false);
  });

  it('and refuses the new one when none is', async () => {
    const { port, clock } = await start(measure, { connections: 1 });
    const first = new Client(port);
    first.send(head('POST / HTTP/1.1', 'Content-Length: 1'));
    await until(() => clock.pending === 1);
    for (let turn = 0; turn < 50; turn++) await settle();
    const second = new Client(port);
    await second.isClosed();
    expect(second.received).toMatch(/^HTTP\/1.1 503 /);
    first.send('x');
    await first.hears('/ 1');
  });
});

describe('at the stop', () => {
  it('who is idle is gone at once, and who is being answered is so to the end', async () => {
    let answer = () => {};
    const { port, stop } = await start((_, response) => {
      answer = () => response.end('the end');
    });
    const [idle, busy] = [new Client(port), new Client(port)];
    busy.send(head('GET / HTTP/1.1'));
    const before = answer;
    await until(() => answer !== before);
    const stopped = stop();
    await idle.isClosed();
    answer();
    await busy.hears('the end');
    await busy.isClosed();
    await stopped;
  });

  it('nobody is waited for longer than the limit', async () => {
    const { port, clock, stop } = await start(() => new Promise(() => {}));
    const client = new Client(port);
    client.send(head('GET / HTTP/1.1'));
    await until(() => clock.pending === 1);
    for (let turn = 0; turn < 50; turn++) await settle();
    const stopped = stop();
    await clock.elapse(defaultHttpLimits.stopSeconds * 1000);
    await stopped;
    await client.isClosed();
  });
});

it('says which port is taken', async () => {
  const { port } = await start(measure);
  const options = { name: 'pages', host: '127.0.0.1', port, clock: new ManualClock(), log: silentLog };
  await expect(startHttpListener({ ...options, handler: measure, maxBodyBytes: () => 0 })).rejects.toThrow(
    `cannot listen for pages on 127.0.0.1:${port}`,
  );
});
