/** Leases: who may work on a resource now, with a fencing number that tells a late owner from the present one. */
import { PhaserLinkError } from '#base/errors.js';
import { isProcessAlive } from '#base/process-alive.js';
import type { LedgerTransaction } from './ledger-database.js';
import type { LeasesTable } from './schema.js';
import { statement } from './statement.js';

/** One process; the nonce is drawn once when it starts, for process ids come again. */
export interface Owner {
  host: string;
  pid: number;
  nonce: string;
}

export interface Lease {
  readonly resource: string;
  readonly owner: Owner;
  /** Grows with every owner of the resource. */
  readonly fence: number;
  /** Epoch milliseconds; from then on others may take it. */
  readonly until: number;
}

/** What whoever works on a job holds. */
export function jobResource(jobId: number): string {
  return `job:${jobId}`;
}

/** Marks a lease that was given back; no owner has an empty nonce. */
const nobody: Owner = { host: '', pid: 0, nonce: '' };

/** The same owner gets it anew, and its older lease is lost. Throws `lease-held` while another live owner holds it. */
export function takeLease(
  transaction: LedgerTransaction,
  resource: string,
  owner: Owner,
  time: { now: number; ttlMs: number },
): Lease {
  const held = findLease(transaction, resource);
  if (held && !isFree(held, owner, time.now)) throw leaseHeld(resource);
  const lease = { resource, owner, fence: (held?.fence ?? 0) + 1, until: time.now + time.ttlMs };
  const { host, pid, nonce } = owner;
  putRow(transaction, { resource, host, pid, nonce, fence: lease.fence, until: lease.until });
  return lease;
}

export async function prolongLease(
  transaction: LedgerTransaction,
  lease: Lease,
  until: number,
): Promise<Lease> {
  demandLease(transaction, lease);
  await transaction.updateTable('leases').set({ until }).where('resource', '=', lease.resource).execute();
  return { ...lease, until };
}

/** Gives it back; does nothing when it was lost before. */
export function giveBackLease(transaction: LedgerTransaction, lease: Lease): void {
  const { resource, fence, owner } = lease;
  freeRow(transaction, { resource, fence, nonce: owner.nonce });
}

/**
 * Throws `lease-lost` unless nobody has taken the lease since. The fence decides, not the hour: a lease that ran out
 * and that nobody took is still good, for every write is made under the ledger's lock.
 */
export function demandLease(transaction: LedgerTransaction, lease: Lease): void {
  const held = findLease(transaction, lease.resource);
  if (held && held.fence === lease.fence && held.nonce === lease.owner.nonce) return;
  throw new PhaserLinkError({
    code: 'lease-lost',
    retry: 'temporary',
    text: `another process has taken over ${lease.resource}${held?.host ? ` (${held.host}, process ${held.pid})` : ''}; nothing was changed`,
  });
}

const putRow = statement((database, row: LeasesTable) => {
  const { resource, host, pid, nonce, fence, until } = row;
  return database
    .insertInto('leases')
    .values({ resource, host, pid, nonce, fence, until })
    .onConflict((conflict) => conflict.column('resource').doUpdateSet({ host, pid, nonce, fence, until }));
});

const freeRow = statement((database, lease: Pick<LeasesTable, 'resource' | 'fence' | 'nonce'>) =>
  database
    .updateTable('leases')
    .set({ ...nobody, until: 0 })
    .where('resource', '=', lease.resource)
    .where('fence', '=', lease.fence)
    .where('nonce', '=', lease.nonce),
);

const findRow = statement((database, { resource }: { resource: string }) =>
  database.selectFrom('leases').selectAll().where('resource', '=', resource),
);

function findLease(transaction: LedgerTransaction, resource: string) {
  const [row] = findRow(transaction, { resource });
  return row;
}

function leaseHeld(resource: string): PhaserLinkError {
  return new PhaserLinkError({
    code: 'lease-held',
    retry: 'temporary',
    text: `another Printing Server with the same dataDir works on ${resource}, or a command that ends soon; of two servers stop one`,
  });
}

function isFree(held: LeasesTable, owner: Owner, now: number): boolean {
  if (held.nonce === nobody.nonce || held.nonce === owner.nonce || held.until <= now) return true;
  return held.host === owner.host && !isProcessAlive(held.pid);
}
