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

/** Null while another live owner holds it. The same owner gets it anew, and its older lease is lost. */
export async function takeLease(
  transaction: LedgerTransaction,
  resource: string,
  owner: Owner,
  time: { now: number; ttlMs: number },
): Promise<Lease | null> {
  const held = await findLease(transaction, resource);
  if (held && !isFree(held, owner, time.now)) return null;
  const lease = { resource, owner, fence: (held?.fence ?? 0) + 1, until: time.now + time.ttlMs };
  const { host, pid, nonce } = owner;
  await putRow(transaction, { resource, host, pid, nonce, fence: lease.fence, until: lease.until });
  return lease;
}

export async function prolongLease(
  transaction: LedgerTransaction,
  lease: Lease,
  until: number,
): Promise<Lease> {
  await demandLease(transaction, lease);
  await transaction.updateTable('leases').set({ until }).where('resource', '=', lease.resource).execute();
  return { ...lease, until };
}

/** Gives it back; does nothing when it was lost before. */
export async function giveBackLease(transaction: LedgerTransaction, lease: Lease): Promise<void> {
  const { resource, fence, owner } = lease;
  await freeRow(transaction, { resource, fence, nonce: owner.nonce });
}

/**
 * Throws `lease-lost` unless nobody has taken the lease since. The fence decides, not the hour: a lease that ran out
 * and that nobody took is still good, for every write is made under the ledger's lock.
 */
export async function demandLease(transaction: LedgerTransaction, lease: Lease): Promise<void> {
  const held = await findLease(transaction, lease.resource);
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

async function findLease(transaction: LedgerTransaction, resource: string) {
  const [row] = await findRow(transaction, { resource });
  return row;
}

function isFree(held: LeasesTable, owner: Owner, now: number): boolean {
  if (held.nonce === nobody.nonce || held.nonce === owner.nonce || held.until <= now) return true;
  return held.host === owner.host && !isProcessAlive(held.pid);
}
