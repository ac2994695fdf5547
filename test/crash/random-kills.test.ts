/** The server is killed again and again wherever it happens to be: at the end the paper and the ledger agree. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { composeDocument, RealHouse } from '../support/real-house.js';

const documents = 5;
const pagesEach = 2;
const kills = 7;
/** Past this many pieces on the wires a server has done all the work there is. */
const maxPieces = 70;

/** Every document has its own width, so that its pages can be told from those of others. */
const widthOf = (index: number) => 200 + 10 * index;

/** Mulberry32: the same seed, the same numbers from 0 to 1. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many pictures of this width lie in the printer's tray. */
function pagesInTray(house: RealHouse, width: number): number {
  const files = readdirSync(join(house.folder, 'tray'), { recursive: true, encoding: 'utf8' });
  const pictures = files.filter((file) => file.endsWith('.png'));
  // PNG Specification, section 11.2.2: the width stands behind the signature and the head of IHDR.
  return pictures.filter((file) => readFileSync(join(house.folder, 'tray', file)).readUInt32BE(16) === width)
    .length;
}

it('printed once, or held because nobody can know', async () => {
  const seed = Number(process.env.PHASERLINK_SEED ?? Math.floor(Math.random() * 2 ** 32));
  const random = randomNumbers(seed);
  const house = await RealHouse.build();
  for (let kill = 0; kill < kills; kill++) {
    const mailed = Math.min(kill + 1, documents);
    if (kill < documents) await house.mail(composeDocument(pagesEach, widthOf(kill)), String(kill));
    const reached = house.pieces(1 + Math.floor(random() * maxPieces));
    const server = house.serve();
    await Promise.race([reached, house.atRest(server, mailed)]);
    await house.kill(server);
  }
  const last = house.serve();
  await Promise.all([last.log.until('started'), house.atRest(last, documents)]);
  expect(await last.end('SIGTERM')).toMatchObject({ status: 0 });

  const jobs = await house.jobs();
  const fates = jobs.map(({ description, state, reasons, attempts, pages }) => {
    const inTray = pagesInTray(house, widthOf(Number(description)));
    return { description, state, reasons, attempts, confirmed: pages.confirmed, inTray };
  });
  const told = `seed ${seed}: ${JSON.stringify(fates)}`;
  expect(jobs.map(({ description }) => description).sort(), told).toEqual(['0', '1', '2', '3', '4']);
  for (const { state, reasons, confirmed, inTray } of fates) {
    if (state === 'completed') {
      expect(inTray, told).toBe(pagesEach);
      expect(confirmed, told).toBe(pagesEach);
    } else {
      expect(state, told).toBe('pending-held');
      // Without a page it is held for a person after three attempts.
      if (reasons.includes('outcome-unknown')) expect([1, 2], told).toContain(inTray);
      else expect({ reasons, inTray }, told).toEqual({ reasons: ['job-hold-until-specified'], inTray: 0 });
    }
  }
  expect(house.pageCount).toBe(fates.reduce((sum, { inTray }) => sum + inTray, 0));
  expect(house.maildrop('printer')).toEqual([]);
  expect(house.maildrop('alice').length, told).toBeGreaterThanOrEqual(documents);
  expect(house.spooled().half).toEqual([]);
});
