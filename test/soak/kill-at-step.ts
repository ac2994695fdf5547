/**
 * Loaded into a server before it starts: ends it as `kill -9` does, at one durable step of its work, and notes which steps there are.
 * A step is a sync, a rename or a commit of something that was written; what it is called tells what.
 */
import fs, { type FileHandle } from 'node:fs/promises';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { KillOrder } from './kill-orders.js';

const files = process.getBuiltinModule('node:fs');
const order: KillOrder | null = JSON.parse(process.env.PHASERLINK_KILL ?? 'null');
const notes = process.env.PHASERLINK_KILL_NOTES ?? '/dev/null';
const passed = new Map<string, number>();

/** Whether the server ends at this pass of the step. */
function isDue(step: string): boolean {
  const times = (passed.get(step) ?? 0) + 1;
  passed.set(step, times);
  if (times === 1) files.appendFileSync(notes, `seen ${step}\n`);
  return order !== null && order.step === step && order.nth === times;
}

function end(step: string): void {
  files.appendFileSync(notes, `killed ${order?.when} ${step}\n`);
  process.kill(process.pid, 'SIGKILL');
}

function passSync<T>(step: string, run: () => T): T {
  const due = isDue(step);
  if (due && order?.when === 'before') end(step);
  const result = run();
  if (due) end(step);
  return result;
}

async function pass<T>(step: string, run: () => Promise<T>): Promise<T> {
  const due = isDue(step);
  if (due && order?.when === 'before') end(step);
  const result = await run();
  if (due) end(step);
  return result;
}

/** What a path is in the data folder. */
function kindOf(path: string): string {
  if (/\/spool\/tmp\//.test(path)) return 'half a content';
  if (/\/spool\/[0-9a-f]{2}\/[0-9a-f]{64}$/.test(path)) return 'a content';
  if (/\/spool\/[0-9a-f]{2}$/.test(path)) return "a content's folder";
  if (/\/spool\/packs\/./.test(path)) return 'a pack';
  return 'a folder';
}

function kindOfOpen(descriptor: number): string {
  try {
    return kindOf(files.readlinkSync(`/proc/self/fd/${descriptor}`));
  } catch {
    return 'a file';
  }
}

function watchFiles(handle: object): void {
  const { fsync, fsyncSync, renameSync } = files;
  const { rename } = fs;
  Object.assign(files, {
    fsync(descriptor: number, done: (error: Error | null) => void) {
      const synced = new Promise<void>((resolve, reject) => {
        const run = () =>
          new Promise<void>((ran, failed) => {
            fsync(descriptor, (error) => (error === null ? ran() : failed(error)));
          });
        pass(`sync of ${kindOfOpen(descriptor)}`, run).then(resolve, reject);
      });
      synced.then(() => done(null), done);
    },
    fsyncSync: (descriptor: number) =>
      passSync(`sync of ${kindOfOpen(descriptor)}`, () => fsyncSync(descriptor)),
    renameSync: (from: string, to: string) => passSync(`naming of ${kindOf(to)}`, () => renameSync(from, to)),
  });
  Object.assign(fs, {
    rename: (from: string, to: string) => pass(`naming of ${kindOf(to)}`, () => rename(from, to)),
  });
  const prototype = Object.getPrototypeOf(handle) as { sync(this: FileHandle): Promise<void> };
  const { sync } = prototype;
  prototype.sync = function (this: FileHandle) {
    return pass(`sync of ${kindOfOpen(this.fd)}`, () => sync.call(this));
  };
  syncBuiltinESMExports();
}

type Run = (...parameters: unknown[]) => unknown;
interface Statement {
  run: Run;
  all: Run;
}

/** What the open transaction has written: tables, or where a job has changed by which events. */
const written = new Set<string>();

function noteWritten(table: string, parameters: unknown[]): void {
  const values = parameters.flat();
  const events = values.map((value) => /^\{"type":"([\w-]+)"/.exec(String(value))?.[1]);
  const event = table === 'job_events' ? events.find((found) => found !== undefined) : undefined;
  written.add(event === undefined ? table : `job ${event}`);
}

/** Jobs' events say more than the tables that they change. */
function whatIsWritten(): string {
  const names = [...written].sort();
  const events = names.filter((name) => name.startsWith('job '));
  return (events.length > 0 ? events : names).join(', ');
}

function watchStatement(sql: string, statement: Statement): void {
  const [, table] = /^\s*(?:insert into|update|delete from) "(\w+)"/i.exec(sql) ?? [];
  const isCommit = /^\s*commit/i.test(sql);
  if (table === undefined && !isCommit && !/^\s*(?:begin|rollback)/i.test(sql)) return;
  for (const name of ['run', 'all'] as const) {
    const original = statement[name].bind(statement);
    statement[name] = (...parameters: unknown[]) => {
      if (table !== undefined) noteWritten(table, parameters);
      const step = `commit of ${whatIsWritten()}`;
      const writes = written.size > 0;
      if (table === undefined) written.clear();
      return isCommit && writes ? passSync(step, () => original(...parameters)) : original(...parameters);
    };
  }
}

function watchDatabase(prototype: { prepare(sql: string): Statement }): void {
  const { prepare } = prototype;
  prototype.prepare = function (sql: string) {
    const statement = prepare.call(this, sql);
    watchStatement(sql, statement);
    return statement;
  };
}

const handle = await fs.open('/dev/null');
watchFiles(handle);
await handle.close();
const builtin = process.getBuiltinModule('node:sqlite') as
  | { DatabaseSync: { prototype: { prepare(sql: string): Statement } } }
  | undefined;
watchDatabase((builtin?.DatabaseSync ?? createRequire(import.meta.url)('libsql')).prototype);
