/** Our side of forwarding alone: receives a maildrop, and then tells how long it takes to print what is kept. */
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import { loadPhaserLinkSettings } from '../src/config/load.js';
import { print, receive } from '../src/pipeline.js';
import { closeLine, openLine } from '../src/server.js';

const { settings } = loadPhaserLinkSettings(process.argv[2] ?? '', process.env);
const line = await openLine(settings, systemClock, silentLog);
const { signal } = new AbortController();
await receive(line, signal);
const startedAt = Date.now();
process.stdout.write(`${startedAt}\n`);
while (await print(line, signal));
await closeLine(line);
