/** Leases: one owner at a time, takeover of the dead and the late, and a lost lease that changes nothing. */
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Owner } from '../../src/jobs/leases.js';
import type { Ledger } from '../../src/jobs/ledger.js';
import { keepMail, LedgerHouse, leaseOf, mailCommit } from '../support/ledger-house.js';

const first: Owner = { host: 'here', pid: process.pid, nonce: 'first' };
const second: Owner = { host: 'here', pid: process.pid, nonce: 'second' };
const ttlMs = 30_000;

let house: LedgerHouse;
let ledger: Ledger;

beforeEach(async () => {
  house = await LedgerHouse.build();
  ledger = await house.ledger();
});
afterEach(() => house.takeDown());

describe('a lease', () => {
  it('is held by one owner until its time is over', async () => {
    const lease = await ledger.acquireLease('mailbox', first, ttlMs);
    expect(lease).toEqual({ resource: 'mailbox', owner: first, fence: 1, until: house.clock.now() + ttlMs });
    await house.clock.advance(ttlMs - 1);
    await expect(ledger.acquireLease('mailbox', second, ttlMs)).rejects.toMatchObject({ code: 'lease-held' });
    await house.clock.advance(1);
    expect(await ledger.acquireLease('mailbox', second, ttlMs)).toMatchObject({ owner: second, fence: 2 });
  });

  it('is one for each resource', async () => {
    await leaseOf(ledger, 'mailbox', first);
    expect(await ledger.acquireLease('printer', second, ttlMs)).toMatchObject({ fence: 1 });
  });

  it('holds as long as it is renewed, also through another opening of the ledger', async () => {
    let lease = await leaseOf(ledger, 'mailbox', first);
    const other = await house.ledger();
    for (let renewal = 0; renewal < 5; renewal++) {
      await house.clock.advance(ttlMs - 1);
      lease = await ledger.renewLease(lease, ttlMs);
      expect(lease.until).toBe(house.clock.now() + ttlMs);
      await expect(other.acquireLease('mailbox', second, ttlMs)).rejects.toMatchObject({
        code: 'lease-held',
      });
    }
  });

  it('is free at once when it is released, with a new fence', async () => {
    const lease = await leaseOf(ledger, 'mailbox', first);
    await ledger.releaseLease(lease);
    expect(await ledger.acquireLease('mailbox', second, ttlMs)).toMatchObject({ fence: 2 });
  });

  it('of a dead process of this host is free at once; of another host only in time', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    await leaseOf(ledger, 'mailbox', { host: 'here', pid, nonce: 'dead' });
    await leaseOf(ledger, 'printer', { host: 'elsewhere', pid, nonce: 'unknown' });
    expect(await ledger.acquireLease('mailbox', first, ttlMs)).toMatchObject({ fence: 2 });
    await expect(ledger.acquireLease('printer', first, ttlMs)).rejects.toMatchObject({ code: 'lease-held' });
  });
});

describe('a lost lease', () => {
  it('changes nothing any more', async () => {
    const lost = await leaseOf(ledger, 'mailbox', first);
    await keepMail(ledger, lost, mailCommit('1'));
    await house.clock.advance(60_000);
    const held = await leaseOf(ledger, 'mailbox', second);

    const refusal = { code: 'lease-lost', retry: 'temporary' };
    await expect(keepMail(ledger, lost, mailCommit('2'))).rejects.toMatchObject(refusal);
    await expect(ledger.apply(lost, 1, { type: 'transforming-started' })).rejects.toMatchObject(refusal);
    await expect(ledger.renewLease(lost, ttlMs)).rejects.toMatchObject(refusal);
    await ledger.releaseLease(lost);

    expect(await ledger.jobs()).toMatchObject([{ id: 1, state: 'pending' }]);
    await ledger.apply(held, 1, { type: 'transforming-started' });
    expect(await ledger.job(1)).toMatchObject({ state: 'processing' });
  });

  it('after its time is still good while nobody has taken it', async () => {
    const late = await leaseOf(ledger, 'mailbox', first);
    await house.clock.advance(10 * ttlMs);
    expect(await keepMail(ledger, late, mailCommit('1'))).toMatchObject({ jobId: 1 });
  });
});
