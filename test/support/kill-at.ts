/** A Printing Server that is killed at an exact step of its work, and started again. */
import { expect } from 'vitest';
import type { RealHouse } from './real-house.js';
import type { RealServer } from './real-server.js';
import type { Place, WatchProxy } from './watch-proxy.js';

type Wire = { [K in keyof RealHouse]: RealHouse[K] extends WatchProxy ? K : never }[keyof RealHouse];

/** A step of the server, by what passes on one of its wires. */
export interface Step extends Place {
  name: string;
  wire: Wire;
}

/** Starts a server and lets it run into the step; there it hangs, to be killed. */
export async function killAt(house: RealHouse, { wire, from, at }: Step): Promise<RealServer> {
  const reached = house[wire].withhold({ from, at });
  const server = house.serve();
  await Promise.race([reached, server.log.until(() => false)]);
  return server;
}

/** Starts the server anew and lets it come to rest, with the mailbox empty and the job's people told. */
export async function restart(house: RealHouse): Promise<RealServer> {
  const server = house.serve();
  await Promise.all([house.mailroomLog.until('mail-deleted'), server.log.until('told')]);
  expect(await server.end('SIGTERM')).toMatchObject({ status: 0, stderr: '' });
  return server;
}
