/** The spool: named by digest, whole or absent, one file for one content, cleaned without losing what is needed. */
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContentRef } from '#vocab/line.js';
import { Spool } from '../../src/jobs/spool.js';

let dataDir: string;
let spool: Spool;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'phaserlink-spool-'));
  spool = await Spool.open({ dataDir });
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const tiger = Buffer.from('%!PS\nshowpage\n');

async function keep(...chunks: Uint8Array[]): Promise<ContentRef> {
  const writer = await spool.create();
  for (const chunk of chunks) await writer.write(chunk);
  return writer.commit();
}

async function contentOf(ref: ContentRef): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of spool.read(ref)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function pathOf({ digest }: ContentRef): string {
  return join(dataDir, 'spool', digest.slice(0, 2), digest);
}

async function filesInSpool(): Promise<string[]> {
  const entries = await readdir(join(dataDir, 'spool'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('content in the spool', () => {
  it('comes back byte for byte under its SHA-256 digest, closed to others', async () => {
    const ref = await keep(tiger.subarray(0, 3), tiger.subarray(3));
    expect(ref).toEqual({ digest: createHash('sha256').update(tiger).digest('hex'), bytes: tiger.length });
    expect(await contentOf(ref)).toEqual(tiger);
    if (process.platform !== 'win32') expect((await stat(pathOf(ref))).mode & 0o777).toBe(0o600);
  });

  it('may be empty, or larger than what is read at once', async () => {
    expect(await contentOf(await keep())).toEqual(Buffer.alloc(0));
    const large = Buffer.alloc(1_000_000, 'phaser');
    const sizes: number[] = [];
    for await (const chunk of spool.read(await keep(large))) sizes.push(chunk.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(262_144);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(large.length);
  });

  it('is lent in the same memory, one chunk after the other', async () => {
    const large = Buffer.from(Array.from({ length: 700_000 }, (_, at) => at % 251));
    const memory = new Set<ArrayBufferLike>();
    const copies: Buffer[] = [];
    for await (const chunk of spool.lend(await keep(large))) {
      memory.add(chunk.buffer);
      copies.push(Buffer.from(chunk));
    }
    expect(memory.size).toBe(1);
    expect(copies.length).toBeGreaterThan(1);
    expect(Buffer.concat(copies).equals(large)).toBe(true);
  });

  it('is there for a second opening of the same folder', async () => {
    const ref = await keep(tiger);
    spool = await Spool.open({ dataDir });
    expect(await contentOf(ref)).toEqual(tiger);
  });

  it('is one file when it comes twice, also at the same time', async () => {
    const refs = await Promise.all([keep(tiger), keep(tiger), keep(tiger)]);
    expect(new Set(refs.map(({ digest }) => digest)).size).toBe(1);
    expect(await filesInSpool()).toEqual([refs[0]?.digest]);
  });

  it('is made durable with others, and only if it is there', async () => {
    const refs = [await keep(tiger), await keep(Buffer.from('other')), await keep(tiger)];
    await spool.makeDurable(refs);
    await spool.makeDurable([]);
    expect(await contentOf(refs[0] as ContentRef)).toEqual(tiger);
    const missing = { digest: '0'.repeat(64), bytes: 0 };
    await expect(spool.makeDurable([missing])).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('has no name before it is committed, and leaves nothing when discarded', async () => {
    const writer = await spool.create();
    await writer.write(Buffer.alloc(300_000));
    expect(await filesInSpool()).toHaveLength(1);
    await writer.discard();
    await writer.discard();
    expect(await filesInSpool()).toEqual([]);
  });

  it('stays when it is discarded after the commit', async () => {
    const writer = await spool.create();
    await writer.write(tiger);
    const ref = await writer.commit();
    await writer.discard();
    expect(await contentOf(ref)).toEqual(tiger);
  });

  it('is refused beyond the limit', async () => {
    spool = await Spool.open({ dataDir, maxContentBytes: 10 });
    const writer = await spool.create();
    await writer.write(Buffer.alloc(10));
    await expect(writer.write(Buffer.alloc(1))).rejects.toMatchObject({ code: 'limit-exceeded' });
    await writer.discard();
    expect(await filesInSpool()).toEqual([]);
  });

  it('is in one piece whatever the chunks, and the chunks are free for other use', async () => {
    const content = Buffer.from(Array.from({ length: 700_000 }, (_, n) => n % 251));
    for (const size of [1000, 65_537, 262_144, 300_001, 700_000]) {
      const writer = await spool.create();
      const lent = Buffer.alloc(size);
      for (let at = 0; at < content.length; at += size) {
        const length = content.copy(lent, 0, at, at + size);
        await writer.write(lent.subarray(0, length));
      }
      expect((await contentOf(await writer.commit())).equals(content)).toBe(true);
    }
    expect(await filesInSpool()).toHaveLength(1);
  });

  it('is never gathered beyond a quarter of a megabyte before it is written', async () => {
    const writer = await spool.create();
    for (let bytes = 100_000; bytes <= 1_000_000; bytes += 100_000) {
      await writer.write(Buffer.alloc(100_000));
      const [name] = await readdir(join(dataDir, 'spool', 'tmp'));
      const written = name === undefined ? 0 : (await stat(join(dataDir, 'spool', 'tmp', name))).size;
      expect(bytes - written).toBeLessThan(262_144);
    }
    await writer.discard();
  });

  it('closes its file when the reader stops early', async () => {
    const ref = await keep(Buffer.alloc(300_000));
    for (let turn = 0; turn < 50; turn++) {
      for await (const _chunk of spool.read(ref)) break;
    }
    if (process.platform === 'linux') {
      const open = await readdir('/proc/self/fd', { withFileTypes: true });
      expect(open.length).toBeLessThan(1000);
      expect(await openPaths()).not.toContain(pathOf(ref));
    }
  });
});

describe('a content that cannot be read', () => {
  it('says so when it is missing', async () => {
    const ref = await keep(tiger);
    await rm(pathOf(ref));
    await expect(contentOf(ref)).rejects.toMatchObject({ code: 'content-missing', retry: 'permanent' });
  });

  it('says so when it is short or long, before the first byte', async () => {
    const ref = await keep(tiger);
    await truncate(pathOf(ref), 5);
    await expect(spool.read(ref)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'content-damaged',
    });
    await chmod(pathOf(ref), 0o600);
    await writeFile(pathOf(ref), Buffer.alloc(50));
    await expect(contentOf(ref)).rejects.toThrow('50 bytes instead of 14');
  });

  it('is healed when the same content comes again', async () => {
    const ref = await keep(tiger);
    await truncate(pathOf(ref), 5);
    await keep(tiger);
    expect(await contentOf(ref)).toEqual(tiger);
  });

  it('never has a name that leads out of the spool', async () => {
    const outside = { digest: `../${'a'.repeat(61)}`, bytes: 1 };
    await expect(contentOf(outside)).rejects.toMatchObject({ code: 'content-name-invalid' });
    await expect(spool.remove(outside.digest)).rejects.toMatchObject({ code: 'content-name-invalid' });
  });
});

describe('cleaning', () => {
  it('removes a content; removing it again is harmless', async () => {
    const ref = await keep(tiger);
    await spool.remove(ref.digest);
    await spool.remove(ref.digest);
    expect(await filesInSpool()).toEqual([]);
  });

  it('sweeps away what a crash left half-written and what nobody needs', async () => {
    const needed = await keep(tiger);
    await keep(Buffer.from('orphan'));
    const crashed = await spool.create();
    await crashed.write(Buffer.alloc(300_000));
    spool = await Spool.open({ dataDir });
    await spool.sweep(new Set([needed.digest]));
    expect(await filesInSpool()).toEqual([needed.digest]);
    await crashed.discard();
  });
});

async function openPaths(): Promise<string[]> {
  const { readlink } = await import('node:fs/promises');
  const links = await readdir('/proc/self/fd');
  return Promise.all(links.map((link) => readlink(`/proc/self/fd/${link}`).catch(() => '')));
}
