/** The panel face: the printer's front as a web page, and `/control` beside it, on one port. */
import { getRequestListener, type Http2Bindings, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Clock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import { startHttpListener } from '#runtime/http-listener.js';
import { LiveFeed } from '../../control/live-feed.js';
import { PagesOut } from '../../control/pages-out.js';
import type { ScriptRunner } from '../../control/script-runner.js';
import type { OwnPages } from '../../pages/print-own-pages.js';
import type { Printer } from '../../printer.js';
import { controlRoutes } from '../control.js';
import { refusal } from '../same-site.js';
import type { Face } from '../tcp-face.js';
import { readPanelAssets } from './assets.js';
import { panelPage } from './page.js';

export interface PanelFaceOptions {
  host: string;
  port: number;
  /** By which the printer may be called besides its addresses. */
  names: readonly string[];
  printer: Printer;
  scripts: ScriptRunner;
  ownPages: OwnPages;
  clock: Clock;
  log: Log;
}

/** A script is the longest. */
const maxBodyBytes = 500_000;

/** Everything comes from here, and nothing may put it into a frame. */
const contentSecurity = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export async function startPanelFace(options: PanelFaceOptions): Promise<Face> {
  const { host, port, printer, scripts, ownPages, clock, log } = options;
  const sources = { printer, scripts, pagesOut: new PagesOut(printer) };
  const feed = new LiveFeed(sources, clock);
  const app = new Hono<{ Bindings: HttpBindings | Http2Bindings }>();
  const names = options.names.map((name) => name.toLowerCase());
  app.use(async (c, next) => {
    const { method } = c.req;
    const [from, origin, site] = ['Host', 'Origin', 'Sec-Fetch-Site'].map((name) => c.req.header(name));
    const refused = refusal({ method, host: from, origin, site }, names);
    if (refused !== null) return c.json({ error: 'refused', text: refused }, 403);
    await next();
    c.header('Content-Security-Policy', contentSecurity);
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
  });
  const { style, script } = await readPanelAssets();
  app.get('/', (c) => c.html(panelPage(printer.machine.device)));
  app.get('/panel.css', (c) => c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  app.get('/panel.js', (c) => c.body(script, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }));
  app.get('/favicon.ico', (c) => c.body(null, 204));
  app.route('/control', controlRoutes({ context: { ...sources, ownPages, clock }, feed, log }));
  const listener = await startHttpListener({
    name: 'panel',
    host,
    port,
    clock,
    log,
    handler: getRequestListener(app.fetch, { overrideGlobalObjects: false }),
    maxBodyBytes: () => maxBodyBytes,
  });
  return {
    port: listener.port,
    async stop() {
      // Those who watch would keep their connections.
      feed.stop();
      await listener.stop();
    },
  };
}
