/** Control over HTTP: each operation does what its description says, and nobody else's web page can ask for it. */
import { request } from 'node:http';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { findGhostscript } from '#runtime/ghostscript.js';
import { describeControl } from '../../../firmware-sim/control/openapi.js';
import { operations } from '../../../firmware-sim/control/operations.js';
import { type StateView, stateSchema } from '../../../firmware-sim/control/state-view.js';
import { printRaw, startTestPrinter } from '../../support/simulator.js';

const blackPages = (count: number) => `%!PS\n${count} { 72 72 200 200 rectfill showpage } repeat\n`;

const ghostscript = findGhostscript();

async function start() {
  const printer = await startTestPrinter({
    ghostscript: await ghostscript,
    settings: { panel: { port: 0, names: ['printer.example'] } },
  });
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${printer.panel}/control${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json' },
      }),
    });
    return { status: answer.status, body: await answer.json() };
  };
  const put = async (path: string, body: unknown) => (await ask('PUT', path, body)).body as StateView;
  const fault = (words: string) => put('/faults', { words });
  return { ...printer, ask, put, fault };
}

type Answer = { status: number; body: Record<string, unknown> };

describe('the description', () => {
  it('has every operation and nothing else, and each answer is as it says', async () => {
    const { ask, port } = await start();
    await printRaw(port, blackPages(1));
    const bodies: Record<string, unknown> = {
      '/covers/{id}': { open: false },
      '/trays/{id}': { sheets: 100 },
      '/outputs/{id}': { sheets: 0 },
      '/supplies/{id}': { levelPercent: 50 },
      '/power': { on: true },
      '/online': { online: true },
      '/message': { text: 'Hello' },
      '/faults': { words: 'supply=toner-cyan:5' },
      '/script': { text: 'after 1h: clear' },
    };
    const ids = { covers: 'top', trays: 'upper', outputs: 'face-up', supplies: 'fuser' };
    for (const { method, path, body, answer } of operations) {
      const id = ids[(/^\/(\w+)/.exec(path)?.[1] ?? '') as keyof typeof ids];
      const real = path
        .replace('{id}', id ?? '')
        .replace('{job}', '1')
        .replace('{page}', 'supplies');
      const said = await ask(method, real, body === null ? undefined : bodies[path]);
      // The job has ended: nothing can be done with it, and the answer says so.
      const jobIsOver = path.startsWith('/jobs/{job}') && method !== 'GET';
      expect(said.status, `${method} ${path}: ${JSON.stringify(said.body)}`).toBe(jobIsOver ? 409 : 200);
      if (!jobIsOver) expect(v.is(answer, said.body), `${method} ${path}`).toBe(true);
      else expect(said.body).toMatchObject({ error: 'conflict', text: expect.stringContaining('job 1') });
    }
    const { body: description } = (await ask('GET', '/openapi.json')) as Answer;
    expect(description).toEqual(JSON.parse(JSON.stringify(describeControl())));
    const described = Object.entries(description.paths as object).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('/control', '')}`),
    );
    const others = ['GET /events', 'GET /openapi.json', 'GET /jobs/{job}/pages/{page}'];
    const ours = operations.map(({ method, path }) => `${method} ${path}`);
    expect(described.sort()).toEqual([...others, ...ours].sort());
  });
});

describe('a job', () => {
  it('jams, is seen to stand still, is helped and comes out', async () => {
    const { fault, put, ask, port, panel } = await start();
    expect((await fault('jam=fuser at=page:2')).faults.waiting).toEqual(['jam=fuser at=page:2']);
    const stream = await openEvents(panel);
    const printed = printRaw(port, blackPages(2));
    await stream.until(({ event }) => event === 'fault-came');
    const jammed = (await ask('GET', '/state')).body as StateView;
    expect(jammed).toMatchObject({
      stopped: true,
      display: ['Jam at Fuser and Exit Area', 'Open, remove the paper'],
      jam: { area: 'fuser', cover: 'top' },
      job: { number: 1, pagesOut: 1 },
      alerts: [{ condition: 'jam', keyword: 'media-jam', severity: 'error', where: 'fuser' }],
    });
    await put('/covers/top', { open: true });
    await fault('clear jam');
    expect(await put('/covers/top', { open: false })).toMatchObject({ stopped: false });
    await printed;
    const after = await stream.until(
      ({ event, data }) => event === 'state' && data.job === null && data.outputs[0].pages.length === 2,
    );
    expect(after.data.outputs).toMatchObject([
      {
        id: 'face-up',
        sheets: 2,
        pages: [
          { job: 1, page: 1 },
          { job: 1, page: 2 },
        ],
      },
      {},
    ]);
    stream.close();
    expect(stream.names()).toEqual(
      expect.arrayContaining(['page-out', 'alert-raised', 'alert-cleared', 'job-done']),
    );
    const picture = await fetch(`${panel}/control/jobs/1/pages/2`);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(
      Buffer.from(await picture.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect((await put('/outputs/face-up', { sheets: 0 })).outputs[0]).toMatchObject({ sheets: 0, pages: [] });
    for (const none of ['1/pages/3', '9/pages/1', '..%2F1/pages/1', '1/pages/x'])
      expect((await fetch(`${panel}/control/jobs/${none}`)).status, none).toBe(404);
  });

  it('that waits is held, released and canceled', async () => {
    const { fault, ask, simulator } = await start();
    await fault('offline');
    const open = simulator.printer.queue.open({
      channel: 'lpd',
      name: 'Letter',
      user: 'ann',
      host: '',
      options: {},
    });
    const writer = await open.addDocument(null);
    await writer.write(Buffer.from(blackPages(1)));
    open.keep(await writer.end());
    open.close();
    const states: unknown[] = [];
    for (const [method, path] of [
      ['POST', '/jobs/1/release'],
      ['POST', '/jobs/1/hold'],
      ['POST', '/jobs/1/release'],
      ['DELETE', '/jobs/1'],
      ['DELETE', '/jobs/1'],
      ['GET', '/jobs/2'],
    ] as const) {
      const { status, body } = await ask(method, path);
      states.push([status, (body as { state?: string }).state ?? null]);
    }
    expect(states).toEqual([
      [409, null],
      [200, 'pending-held'],
      [200, 'pending'],
      [200, 'canceled'],
      [409, null],
      [404, null],
    ]);
    expect((await ask('GET', '/jobs')).body).toMatchObject({
      jobs: [{ number: 1, name: 'Letter', user: 'ann' }],
    });
  });
});

it('out of memory, the document that prints ends with a VMerror, and the next one is printed after "clear"', async () => {
  const { fault, port, simulator } = await start();
  await fault('memory at=page:2');
  expect(await printRaw(port, `${blackPages(2)} { } loop\n`)).toContain(
    '%%[ Error: VMerror; OffendingCommand: allocate ]%%',
  );
  expect(await printRaw(port, blackPages(1))).toContain('VMerror');
  await fault('clear memory');
  expect(await printRaw(port, blackPages(1))).toBe('');
  expect(simulator.printer.queue.list().map(({ error }) => error?.name ?? null)).toEqual([
    'VMerror',
    'VMerror',
    null,
  ]);
});

it('each part is put as it is asked', async () => {
  const { put } = await start();
  const cases: [path: string, body: unknown, holds: (state: StateView) => boolean][] = [
    ['/covers/top', { open: true }, ({ covers }) => covers[0]?.open === true],
    ['/trays/upper', { inserted: false }, ({ trays }) => trays[0]?.inserted === false],
    [
      '/trays/upper',
      { inserted: true, sheets: 7, size: 'a4' },
      ({ trays }) => trays[0]?.sheets === 7 && trays[0].size === 'a4',
    ],
    ['/supplies/toner-cyan', { levelPercent: 5 }, ({ supplies }) => supplies[1]?.levelPercent === 5],
    ['/supplies/toner-cyan', { wrong: true }, ({ supplies }) => supplies[1]?.wrong === true],
    ['/supplies/fuser', { present: false }, ({ supplies }) => supplies[5]?.present === false],
    ['/message', { text: 'Hello' }, ({ message }) => message === 'Hello'],
    ['/online', { online: false }, ({ online }) => !online],
    ['/faults', { words: 'network' }, ({ faults }) => faults.network === 'unplugged'],
    ['/power', { on: false }, ({ phase, display }) => phase === 'off' && display[0] === ''],
    ['/power', { on: true }, ({ phase }) => phase === 'ready'],
  ];
  for (const [path, body, holds] of cases) {
    const state = v.parse(stateSchema, await put(path, body));
    expect(holds(state), `${path} ${JSON.stringify(body)}`).toBe(true);
  }
});

it('what is not understood, or cannot be, is refused with words', async () => {
  const { ask, panel } = await start();
  const cases: [method: string, path: string, body: unknown, status: number, text: string][] = [
    ['PUT', '/covers/lid', { open: true }, 404, 'there is no cover "lid"; there is top, side'],
    ['PUT', '/covers/top', { open: 'yes' }, 400, 'open: Invalid type'],
    ['PUT', '/covers/top', { open: true, wide: true }, 400, 'wide'],
    ['PUT', '/trays/multi-purpose', { inserted: false }, 409, 'fed by hand'],
    ['PUT', '/trays/upper', { size: 'envelope10' }, 409, 'Upper Tray does not take envelope10'],
    ['PUT', '/trays/upper', { sheets: 9999 }, 409, 'holds at most 250 sheets'],
    ['PUT', '/outputs/face-up', { sheets: 3 }, 400, 'sheets'],
    ['PUT', '/supplies/fuser', { wrong: true }, 409, 'only a toner'],
    ['PUT', '/faults', { words: 'jam=oven' }, 400, 'there is no jam area "oven"'],
    ['PUT', '/faults', { words: 'clear after=5s' }, 400, 'put what a person does later into a script'],
    ['PUT', '/script', { text: 'clear\njam' }, 400, 'script:2: jam needs a jam area'],
    ['PUT', '/script', { text: 'x'.repeat(100_001) }, 400, 'text: Invalid length'],
    [
      'POST',
      '/pages/test',
      undefined,
      404,
      'there is no page "test"; there is start-up, configuration, supplies',
    ],
    ['DELETE', '/jobs/x', undefined, 404, 'there is no job "x"'],
    ['GET', '/toner', undefined, 404, 'there is nothing at /control/toner'],
  ];
  for (const [method, path, body, status, text] of cases) {
    const answer = await ask(method, path, body);
    expect(answer, `${method} ${path}`).toMatchObject({
      status,
      body: { text: expect.stringContaining(text) },
    });
  }
  const bodies: [body: string, type: string, status: number][] = [
    ['{', 'application/json', 400],
    // As forms of other pages can send it without asking.
    ['{"open":true}', 'text/plain', 400],
    ['x'.repeat(600_000), 'application/json', 413],
  ];
  for (const [body, type, status] of bodies) {
    const answer = await fetch(`${panel}/control/covers/top`, {
      method: 'PUT',
      body,
      headers: { 'Content-Type': type },
    });
    await answer.text();
    expect(answer.status, body.slice(0, 20)).toBe(status);
  }
});

it('off, the printer takes only what hands can do', async () => {
  const { put, ask } = await start();
  await put('/power', { on: false });
  expect(await ask('PUT', '/faults', { words: 'jam=fuser' })).toMatchObject({
    status: 409,
    body: { error: 'printer-off' },
  });
  expect(await put('/covers/side', { open: true })).toMatchObject({ covers: [{}, { open: true }] });
});

it('other web pages cannot ask for anything, and the page itself can', async () => {
  const { panel } = await start();
  const { host, origin, port } = new URL(panel);
  const send = (headers: Record<string, string>, method = 'DELETE', path = '/control/faults') =>
    new Promise<number>((resolve, reject) => {
      request({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  const cases: [who: string, headers: Record<string, string>, status: number][] = [
    ['a name that was pointed here', { Host: 'evil.example' }, 403],
    ['a name like ours', { Host: 'localhost.evil.example:80' }, 403],
    ['another origin', { Origin: 'http://evil.example' }, 403],
    ['another port of this machine', { Origin: 'http://127.0.0.1:1' }, 403],
    ['a sandboxed page', { Origin: 'null' }, 403],
    ['a page that hides its origin', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['a program', {}, 200],
    ['a name from the settings', { Host: 'Printer.example:7400' }, 200],
    ['an IPv6 address', { Host: '[::1]:7400' }, 200],
    ['the page itself', { Host: host, Origin: origin, 'Sec-Fetch-Site': 'same-origin' }, 200],
  ];
  for (const [who, headers, status] of cases) expect(await send(headers), who).toBe(status);
  expect(await send({ Host: 'evil.example' }, 'GET', '/')).toBe(403);
});

it('the page loads nothing from elsewhere, and may not', async () => {
  const { panel } = await start();
  const page = await fetch(panel);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  const text = await page.text();
  const loaded = [...text.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, path]) => path ?? '');
  expect(loaded).toEqual(expect.arrayContaining(['/panel.css', '/panel.js']));
  for (const path of loaded)
    expect((await fetch(new URL(path, panel))).ok && path.startsWith('/'), path).toBe(true);
});

it('watchers are counted', async () => {
  const { panel } = await start();
  const streams = await Promise.all(Array.from({ length: 50 }, () => openEvents(panel)));
  const refused = await fetch(`${panel}/control/events`);
  expect([refused.status, await refused.json()]).toMatchObject([503, { error: 'too-many-watchers' }]);
  for (const { close } of streams) close();
});

interface ServerEvent {
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads of it differs from event to event
  data: any;
}

/** Reads server-sent events as a browser does. */
async function openEvents(panel: string) {
  const closed = new AbortController();
  const answer = await fetch(`${panel}/control/events`, { signal: closed.signal });
  const seen: ServerEvent[] = [];
  const looking = new Set<() => void>();
  const read = async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      const parts = (text + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const [, event = '', data = 'null'] = /^event: (.*)\ndata: (.*)$/s.exec(part) ?? [];
        seen.push({ event, data: JSON.parse(data) });
      }
      for (const look of looking) look();
    }
  };
  read().catch(() => {});
  return {
    names: () => seen.map(({ event }) => event),
    close: () => closed.abort(),
    until: (fits: (event: ServerEvent) => boolean) =>
      new Promise<ServerEvent>((resolve) => {
        const look = () => {
          const found = seen.find(fits);
          if (found === undefined) return;
          looking.delete(look);
          resolve(found);
        };
        looking.add(look);
        look();
      }),
  };
}
