/** A process whose reader hangs over a mail: started with a `dataDir`, to be killed. */
import { fileURLToPath } from 'node:url';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import { Spool } from '../../src/jobs/spool.js';
import { ReadApart } from '../../src/read-apart.js';
import { rawMessage } from './raw-message.js';

const [, , dataDir = ''] = process.argv;
const spool = await Spool.open({ dataDir });
const writer = await spool.create();
await writer.write(Buffer.from('Subject: hang\r\n\r\n'));
const program = fileURLToPath(new URL('./hostile-reader.js', import.meta.url));
const reader = new ReadApart({ dataDir, clock: systemClock, log: silentLog, program });
await reader.read(rawMessage(await writer.commit()), spool.packs.newName(), new AbortController().signal);
