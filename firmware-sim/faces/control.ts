/** The control face: `/control/…` over HTTP, by the table of operations; and its live events. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import * as v from 'valibot';
import { errorCode, errorText, PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import type { LiveFeed } from '../control/live-feed.js';
import { describeControl } from '../control/openapi.js';
import { type ControlContext, notFound, type Operation, operations } from '../control/operations.js';

/** Of a watcher that does not take them. */
const maxEventsWaiting = 1000;

export interface ControlRoutesOptions {
  context: ControlContext;
  feed: LiveFeed;
  log: Log;
}

export function controlRoutes({ context, feed, log }: ControlRoutesOptions): Hono {
  const app = new Hono();
  app.onError((error, c) => {
    if (!(error instanceof PhaserLinkError))
      log.error({ event: 'control-failed', error: errorText(error) }, `control: ${errorText(error)}`);
    return failure(c, error);
  });
  for (const operation of operations) {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(operation.method, path, async (c) => {
      c.header('Cache-Control', 'no-store');
      const answer = await operation.run(context, c.req.param(), await readBody(c, operation));
      return c.json(answer as object);
    });
  }
  const description = describeControl();
  app.get('/openapi.json', (c) => c.json(description));
  app.get('/events', (c) => streamEvents(c, feed));
  app.get('/jobs/:job/pages/:page', async (c) => {
    const [job, page] = [Number(c.req.param('job')), Number(c.req.param('page'))];
    const file = context.printer.tray.pageFile(job, page);
    const found = Number.isInteger(job) && Number.isInteger(page) && (await stat(file).catch(() => null));
    if (!found) throw notFound('there is no picture of such a page');
    const headers = { 'Content-Type': 'image/png', 'Content-Length': String(found.size) };
    return c.body(Readable.toWeb(createReadStream(file)) as ReadableStream, 200, headers);
  });
  app.all('*', (c) => failure(c, notFound(`there is nothing at ${c.req.path}; see /control/openapi.json`)));
  return app;
}

async function readBody(c: Context, { body }: Operation): Promise<unknown> {
  if (body === null) return undefined;
  // A web page can send any other type to any address without asking first.
  const type = c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw notUnderstood('the body must be JSON, Content-Type application/json');
  const text = await c.req.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notUnderstood(`the body is no JSON: ${errorText(error)}`);
  }
  const parsed = v.safeParse(body, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = issue === undefined ? '' : (v.getDotPath(issue) ?? '');
  throw notUnderstood(`${path === '' ? 'the body' : path}: ${issue?.message ?? 'is not understood'}`);
}

function streamEvents(c: Context, feed: LiveFeed): Response {
  if (feed.isFull) {
    throw new PhaserLinkError({
      code: 'too-many-watchers',
      retry: 'temporary',
      text: 'too many watch already',
    });
  }
  return streamSSE(c, async (stream) => {
    const left = new AbortController();
    stream.onAbort(() => left.abort());
    let waiting = 0;
    /** The newest state, when one could not be told yet. */
    let missed: unknown = null;
    const tell = (event: string, data: unknown) => {
      if (event === 'state' && waiting > 0) {
        missed = data;
        return;
      }
      if (++waiting > maxEventsWaiting) return left.abort();
      stream.writeSSE({ event, data: JSON.stringify(data) }).then(
        () => {
          if (--waiting > 0 || missed === null) return;
          const newest = missed;
          missed = null;
          tell('state', newest);
        },
        () => left.abort(),
      );
    };
    await feed.watch(tell, left.signal);
  });
}

const statusOf: Readonly<Record<string, 400 | 404 | 409 | 413 | 503>> = {
  'words-not-understood': 400,
  'not-found': 404,
  conflict: 409,
  'printer-off': 409,
  'limit-exceeded': 413,
  'printer-busy': 503,
  'too-many-watchers': 503,
};

function failure(c: Context, error: unknown): Response {
  const code = errorCode(error);
  const text = error instanceof PhaserLinkError ? error.message : 'an internal error; the log has more';
  return c.json({ error: code, text }, statusOf[code] ?? 500);
}

function notUnderstood(text: string): PhaserLinkError {
  return new PhaserLinkError({ code: 'words-not-understood', retry: 'permanent', text });
}
