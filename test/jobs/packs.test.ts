/** Small contents lie together in packs: written once, found through the ledger, and gone when nobody needs them. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ContentRef, PackedContent } from '#vocab/line.js';
import { Contents } from '../../src/jobs/contents.js';
import type { Lease } from '../../src/jobs/leases.js';
import type { Ledger } from '../../src/jobs/ledger.js';
import { PackStore } from '../../src/jobs/pack-store.js';
import { Spool, smallContentBytes } from '../../src/jobs/spool.js';
import { keepMail, LedgerHouse, leaseOf, mailCommit } from '../support/ledger-house.js';

let house: LedgerHouse;
let ledger: Ledger;
let lease: Lease;
let spool: Spool;
let contents: Contents;

beforeEach(async () => {
  house = await LedgerHouse.build();
  ledger = await house.ledger();
  lease = await leaseOf(ledger);
  spool = await Spool.open({ dataDir: house.dataDir });
  contents = new Contents(ledger, spool);
});
afterEach(() => house.takeDown());

const packs = () => readdirSync(join(house.dataDir, 'spool', 'packs'));
const canceled = { type: 'canceled', by: 'user' } as const;

/** Writes contents into one pack, as the reader of a mail does. */
async function pack(...texts: string[]): Promise<PackedContent[]> {
  const store = new PackStore(spool, spool.packs.newName());
  for (const text of texts) {
    const writer = await store.create();
    await writer.write(Buffer.from(text));
    await writer.commit();
  }
  store.close();
  return store.packed;
}

/** A mail with this document, in a job of its own. */
async function keepJob(packed: PackedContent, id: string): Promise<number> {
  const { digest, bytes } = packed;
  const documents = [{ name: 'a.ps', format: 'application/postscript' as const, content: { digest, bytes } }];
  const commit = mailCommit(id, { documents, rawLetter: id });
  const kept = { ...commit, job: commit.job && { ...commit.job, packed: [packed] } };
  return (await keepMail(ledger, lease, kept)).jobId ?? 0;
}

async function textOf(ref: ContentRef): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of contents.read(ref)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks).toString();
}

function refOf({ digest, bytes }: ContentRef): ContentRef {
  return { digest, bytes };
}

describe('a small content', () => {
  it('lies behind others in one file, each once, and is read through the ledger', async () => {
    const packed = await pack('first', '', 'third', 'first');
    expect(packed.map(({ at, bytes }) => [at, bytes])).toEqual([
      [0, 5],
      [5, 0],
      [5, 5],
    ]);
    expect(packs()).toEqual([packed[0]?.pack]);
    for (const [n, content] of packed.entries()) await keepJob(content, String(n));
    expect(await Promise.all(packed.map((content) => textOf(refOf(content))))).toEqual([
      'first',
      '',
      'third',
    ]);
    expect(await Promise.all(packed.map((content) => contents.has(content)))).toEqual([true, true, true]);
  });

  it('is read into the same memory as the one before, and never over what somebody still reads', async () => {
    const packed = await pack('first', 'second', 'third');
    for (const [n, content] of packed.entries()) await keepJob(content, String(n));
    const [first, second, third] = packed.map(refOf) as [ContentRef, ContentRef, ContentRef];
    const memory = new Set<ArrayBufferLike>();
    for (const ref of [first, second, first]) {
      for await (const chunk of contents.read(ref)) memory.add(chunk.buffer);
    }
    expect(memory.size).toBe(1);
    const slow = [first, first, second].map((ref) => contents.read(ref));
    const chunks = await Promise.all(slow.map(async (reading) => (await reading.next()).value as Uint8Array));
    expect(await textOf(third)).toBe('third');
    expect(chunks.map((chunk) => Buffer.from(chunk).toString())).toEqual(['first', 'first', 'second']);
    for (const reading of slow) expect(await reading.next()).toMatchObject({ done: true });
    // What a reader was given that broke off may still be on its way to the printer.
    const brokenOff = contents.read(first);
    const { value } = await brokenOff.next();
    await brokenOff.return(undefined);
    expect(await textOf(second)).toBe('second');
    expect(Buffer.from(value).toString()).toBe('first');
  });

  it('is behind what a reader left there that did not come to its end', async () => {
    const name = spool.packs.newName();
    const lost = spool.packs.append(name);
    lost.append(Buffer.from('lost'));
    lost.close();
    const store = new PackStore(spool, name);
    const writer = await store.create();
    await writer.write(Buffer.from('kept'));
    await writer.commit();
    store.close();
    expect(store.packed).toMatchObject([{ pack: name, at: 4, bytes: 4 }]);
  });

  it('is no content that is larger than small: that has a file of its own', async () => {
    const [small, ...others] = await pack('x'.repeat(smallContentBytes - 1), 'y'.repeat(smallContentBytes));
    expect(small).toMatchObject({ bytes: smallContentBytes - 1 });
    expect(others).toEqual([]);
  });

  it('is where it came last, for an older place may be damaged', async () => {
    const [first] = await pack('same');
    const [second] = await pack('same');
    await keepJob(first as PackedContent, '1');
    await keepJob(second as PackedContent, '2');
    expect(await ledger.findPacked(first?.digest ?? '')).toEqual(second);
    await contents.sweep();
    expect(packs()).toEqual([second?.pack]);
    expect(await textOf(refOf(first as PackedContent))).toBe('same');
  });

  it('is told apart from one that is gone, cut short or another', async () => {
    const [content] = (await pack('tiger')) as [PackedContent];
    await keepJob(content, '1');
    const path = spool.packs.pathOf(content.pack);
    writeFileSync(path, 'tigre');
    await expect(textOf(refOf(content))).rejects.toMatchObject({ code: 'content-damaged' });
    truncateSync(path, 3);
    expect(await contents.has(content)).toBe(false);
    await expect(textOf(refOf(content))).rejects.toMatchObject({ code: 'content-damaged' });
    rmSync(path);
    expect(await contents.has(content)).toBe(false);
    await expect(textOf(refOf(content))).rejects.toMatchObject({ code: 'content-missing' });
    await expect(contents.makeDurable([content])).rejects.toMatchObject({ code: 'ENOENT' });
    expect(() => spool.packs.pathOf('../../ledger.sqlite')).toThrow('is no name of a pack');
  });

  it('is not found as long as its mail may still come to nothing', async () => {
    const [content] = (await pack('tiger')) as [PackedContent];
    let found: Promise<PackedContent | null> | null = null;
    const kept = ledger.receive(lease, async (desk) => {
      const { digest, bytes } = content;
      const documents = [
        { name: 'a.ps', format: 'application/postscript' as const, content: { digest, bytes } },
      ];
      const commit = mailCommit('1', { documents });
      await desk.keep({ ...commit, job: commit.job && { ...commit.job, packed: [content] } });
      found = ledger.findPacked(digest);
      await turn();
      throw new Error('no');
    });
    await expect(kept).rejects.toThrow('no');
    expect(await found).toBeNull();
  });

  it('is read where it has been moved to meanwhile', async () => {
    const [first, second] = (await pack('first', 'tiger')) as [PackedContent, PackedContent];
    await keepJob(second, '2');
    const find = ledger.findPacked.bind(ledger);
    vi.spyOn(ledger, 'findPacked').mockImplementationOnce(async (digest) => {
      const before = await find(digest);
      await contents.sweep();
      return before;
    });
    expect(await textOf(refOf(second))).toBe('tiger');
    expect(packs()).not.toEqual([first.pack]);
  });

  it('lies right beside what another reader of this process writes at the same time', async () => {
    const name = spool.packs.newName();
    const [one, other] = [spool.packs.append(name), spool.packs.append(name)];
    expect([one, other, one].map((writer) => writer.append(Buffer.from('tiger')))).toEqual([0, 5, 10]);
    one.close();
    other.close();
  });

  it('counts as used, and is synced with the others of its pack', async () => {
    const packed = await pack('12345', '678');
    expect(await spool.usedBytes()).toBe(8);
    await contents.makeDurable(packed);
    await contents.makeDurable([]);
  });
});

describe('the pack of small contents', () => {
  it('goes when nobody needs any of them, and is rewritten without what nobody needs before that', async () => {
    const [first, second] = (await pack('payslip', 'tiger')) as [PackedContent, PackedContent];
    const [one, two] = [await keepJob(first, '1'), await keepJob(second, '2')];
    await pack('refused');
    await contents.sweep();
    expect(packs()).toEqual([first.pack]);

    await ledger.apply(lease, one, canceled);
    expect(await contents.sweep(house.clock.now())).toBe(1);
    expect(await ledger.findPacked(first.digest)).toBeNull();
    const [rewritten = ''] = packs();
    expect(packs()).toEqual([rewritten]);
    expect(readFileSync(spool.packs.pathOf(rewritten), 'latin1')).toBe('tiger');
    expect(await textOf(refOf(second))).toBe('tiger');
    expect(await contents.sweep(house.clock.now())).toBe(0);

    await ledger.apply(lease, two, canceled);
    expect(await contents.sweep(house.clock.now())).toBe(1);
    expect(packs()).toEqual([]);
  });

  it('loses what never was anybody’s: of a refused mail, of a reader that died', async () => {
    const [stranger, tiger] = (await pack('stranger', 'tiger')) as [PackedContent, PackedContent];
    await keepJob(tiger, '1');
    await contents.sweep();
    const [rewritten = ''] = packs();
    expect(rewritten).not.toBe(stranger.pack);
    expect(readFileSync(spool.packs.pathOf(rewritten), 'latin1')).toBe('tiger');
  });

  it('stays as it is when something in it cannot be read; the others go on', async () => {
    const [, lost] = (await pack('unneeded', 'tiger')) as [PackedContent, PackedContent];
    const [, other] = (await pack('unneeded', 'lion')) as [PackedContent, PackedContent];
    await keepJob(lost, '1');
    await keepJob(other, '2');
    rmSync(spool.packs.pathOf(lost.pack));
    await contents.sweep();
    expect(await textOf(refOf(other))).toBe('lion');
    expect(await ledger.findPacked(other.digest)).not.toEqual(other);
    await expect(textOf(refOf(lost))).rejects.toMatchObject({ code: 'content-missing' });

    // It heals when the document is sent again.
    const [again] = (await pack('tiger')) as [PackedContent];
    await keepJob(again, '3');
    expect(await textOf(refOf(lost))).toBe('tiger');
  });

  it('goes before the ledger is written, which may need the room', async () => {
    await pack('unneeded');
    vi.spyOn(ledger, 'forgetPacked').mockRejectedValue(new Error('the disk is full'));
    await expect(contents.sweep()).rejects.toThrow('the disk is full');
    expect(packs()).toEqual([]);
  });

  it('is left to the next sweep when the last that was needed of it ends while it is rewritten', async () => {
    const [, tiger] = (await pack('unneeded', 'tiger')) as [PackedContent, PackedContent];
    const job = await keepJob(tiger, '1');
    const ended = house.clock.now();
    const { readPack } = ledger;
    vi.spyOn(ledger, 'readPack').mockImplementationOnce(async (name) => {
      await ledger.apply(lease, job, canceled);
      await ledger.forgetPacked(ended);
      return readPack.call(ledger, name);
    });
    expect(await contents.sweep(ended)).toBe(0);
    expect(await contents.sweep(ended)).toBe(1);
    expect(packs()).toEqual([]);
  });

  it('stays for the time of an ended job, which can be printed again as long', async () => {
    const [content] = (await pack('tiger')) as [PackedContent];
    const job = await keepJob(content, '1');
    await ledger.apply(lease, job, canceled);
    const facts = { isThere: (found: ContentRef) => contents.has(found), compose: () => [] };
    const again = () =>
      ledger.grant(job, { wish: 'again', from: 1, copies: 1 }, { by: 'operator', who: 'root' }, facts);
    await contents.sweep(house.clock.now() - 1);
    expect(await again()).toMatchObject({ event: { type: 'reprint' } });
    await ledger.apply(lease, 2, canceled);
    await contents.sweep(house.clock.now());
    await expect(again()).rejects.toMatchObject({ code: 'wish-refused' });
  });
});
