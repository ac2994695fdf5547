/** Real processes on one ledger: killed in the middle of committing, or writing at the same time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { keepMail, LedgerHouse, leaseOf, mailCommit } from '../support/ledger-house.js';

const program = fileURLToPath(new URL('../support/commit-forever.js', import.meta.url));

/** Runs the committing process until it has said `lines` lines, then kills it; returns all that it said. */
async function commitUntilKilled(dataDir: string, start: number, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, dataDir, String(start)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  const exited = once(child, 'exit');
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === lines) child.kill('SIGKILL');
  }
  await exited;
  return said;
}

it('a ledger whose writer is killed again and again keeps every commit and proves itself', async () => {
  const house = await LedgerHouse.build();
  try {
    const durable: string[] = [];
    for (const lines of [1, 7, 30]) {
      // The numbers lie apart: the killed process may have committed one more than it could say.
      const said = await commitUntilKilled(house.dataDir, durable.length * 10, lines);
      expect(said.length).toBeGreaterThanOrEqual(lines);
      durable.push(...said);

      const ledger = await house.ledger();
      expect(await ledger.check()).toEqual([]);
      for (const line of durable) {
        const [id, uniqueId] = line.split(' ');
        const message = await ledger.messageById(`${uniqueId}@example.com`);
        expect(message?.jobId).toBe(Number(id));
        expect(await ledger.job(Number(id))).toMatchObject({ state: 'processing' });
        expect(await ledger.mailsOf(Number(id))).toHaveLength(2);
      }
    }
    expect(new Set(durable).size).toBe(durable.length);
  } finally {
    await house.takeDown();
  }
});

it('two processes that write at the same time wait for each other', async () => {
  const house = await LedgerHouse.build();
  try {
    const ledger = await house.ledger();
    const lease = await leaseOf(ledger, 'printer');
    let busy = true;
    const theirs = commitUntilKilled(house.dataDir, 0, 30).finally(() => {
      busy = false;
    });
    const ours: (number | null)[] = [];
    while (busy) {
      const { jobId } = await keepMail(ledger, lease, mailCommit(`ours-${ours.length}`));
      ours.push(jobId);
      // The other process's words are read between two commits.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const said = (await theirs).map((line) => Number(line.split(' ')[0]));
    const ids = new Set((await ledger.jobs()).map(({ id }) => id));
    expect([...ours, ...said].every((id) => id !== null && ids.has(id))).toBe(true);
    expect(new Set([...ours, ...said]).size).toBe(ours.length + said.length);
  } finally {
    await house.takeDown();
  }
});
