/** The SNMP engine's identity, kept in a file: its number, and how often it was started (RFC 3411 §5, RFC 3414 §2.2). */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '#base/clock.js';
import { makeFolderDurably, writeFileDurably } from '#base/durable-files.js';
import { PhaserLinkError, systemErrorCode } from '#base/errors.js';
import type { SnmpEngine } from '#wire/snmp-users.js';

/** RFC 3411 §5: net-snmp's arc, which sets aside 9999 for those without one; format 128 and above is anybody's own. */
const prefix = Buffer.from('80001f8880', 'hex');
const ownBytes = 8;
const lastBoot = 2 ** 31 - 1;

const schema = v.strictObject({
  engineId: v.pipe(v.string(), v.regex(/^([0-9a-f]{2}){5,32}$/)),
  boots: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(lastBoot)),
});

/** Counts this start; it is on disk when this resolves, so that no message of an earlier start passes again. */
export async function startSnmpEngine(folder: string, clock: Clock): Promise<SnmpEngine> {
  await makeFolderDurably(folder);
  const file = join(folder, 'snmp-engine.json');
  const before = await readEngine(file);
  const engine = { engineId: before.engineId, boots: Math.min(before.boots + 1, lastBoot) };
  await writeFileDurably(file, `${JSON.stringify(engine)}\n`);
  const started = clock.monotonic();
  return {
    id: Buffer.from(engine.engineId, 'hex'),
    boots: engine.boots,
    time: () => Math.floor((clock.monotonic() - started) / 1000),
  };
}

async function readEngine(file: string): Promise<v.InferOutput<typeof schema>> {
  try {
    return v.parse(schema, JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      const engineId = Buffer.concat([prefix, randomBytes(ownBytes)]).toString('hex');
      return { engineId, boots: 0 };
    }
    throw new PhaserLinkError({
      code: 'snmp-engine-unreadable',
      retry: 'permanent',
      text: `${file} cannot be read as the SNMP engine's identity; correct it, or remove it to begin a new one`,
      cause: error,
    });
  }
}
