/** A small mail stays in memory, a larger one goes into the spool, and of one that fails nothing is left. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Spool } from '../../src/jobs/spool.js';
import { takeIn } from '../../src/take-in.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let dataDir: string;
let spool: Spool;

beforeEach(async () => {
  dataDir = temporaryFolder();
  spool = await Spool.open({ dataDir });
});

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  const lent = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    yield lent.subarray(0, bytes.copy(lent, 0, at, at + size));
    lent.fill('?');
  }
}

async function filesInSpool(): Promise<string[]> {
  const entries = await readdir(join(dataDir, 'spool'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

const nothing = Buffer.alloc(0);
const limits = { maxBytes: 1e9, expectedBytes: 1000 };
const mailOf = (bytes: number) => Buffer.alloc(bytes, 'Subject: tiger\r\n\r\n%!PS\r\nshowpage\r\n');
const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('a mail that is taken in', () => {
  it.each([
    ['at once', 200_000, 200_000],
    ['in what the network gives', 200_000, 1460],
    ['dripping', 20_000, 1],
    ['up to the limit', 262_144, 65_536],
  ])('is held when it is small: %s', async (_how, size, piece) => {
    const mail = mailOf(size);
    const { content, bytes = nothing } = await takeIn(pieces(mail, piece), spool, limits);
    expect(content).toEqual({ digest: digestOf(mail), bytes: size });
    expect(mail.equals(bytes)).toBe(true);
    expect(await filesInSpool()).toEqual([]);
  });

  it('may be empty', async () => {
    const { content, bytes } = await takeIn(pieces(nothing, 1), spool, limits);
    expect(content).toEqual({ digest: digestOf(nothing), bytes: 0 });
    expect(bytes).toHaveLength(0);
  });

  it.each([262_145, 1_000_000])('is in the spool when it has %d bytes', async (size) => {
    const mail = mailOf(size);
    const taken = await takeIn(pieces(mail, 65_536), spool, limits);
    expect(taken).toMatchObject({ content: { digest: digestOf(mail), bytes: size } });
    expect(taken).not.toHaveProperty('bytes');
    const found: Uint8Array[] = [];
    for await (const chunk of spool.read(taken.content)) found.push(chunk);
    expect(Buffer.concat(found).equals(mail)).toBe(true);
  });

  it.each([10_000, 500_000])('is refused above its limit, and leaves nothing: %d', async (limit) => {
    const taken = takeIn(pieces(mailOf(1_000_000), 65_536), spool, { ...limits, maxBytes: limit });
    await expect(taken).rejects.toMatchObject({ code: 'limit-exceeded' });
    expect(await filesInSpool()).toEqual([]);
  });

  it('leaves nothing when the connection breaks', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield* pieces(mailOf(800_000), 65_536);
      throw new Error('gone');
    }
    await expect(takeIn(broken(), spool, limits)).rejects.toThrow('gone');
    expect(await filesInSpool()).toEqual([]);
  });
});
