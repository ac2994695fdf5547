/** The simulated printer as FTP clients see it: what is stored is printed, its one file is the accounting log, nobody is attacked. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findGhostscript } from '#runtime/ghostscript.js';
import { parseHostPort } from '#wire/ftp.js';
import { eventually } from '../support/eventually.js';
import { missing } from '../support/peers.js';
import { startTestPrinter } from '../support/simulator.js';
import { temporaryFile } from '../support/temporary-folder.js';

const run = promisify(execFile);
const ghostscript = await findGhostscript();
const page = '%!PS\n0.5 setgray 100 100 200 200 rectfill showpage\n';

/** Offline: jobs come and wait. */
async function start() {
  const printer = await startTestPrinter({ ghostscript, settings: { ftp: { port: 0 } } });
  const { machine, queue } = printer.simulator.printer;
  machine.dispatch({ type: 'offline' });
  return {
    machine,
    queue,
    port: printer.simulator.ports.ftp ?? 0,
    spool: join(printer.out, '../printer/spool'),
  };
}

class FtpClient {
  readonly socket: Socket;
  readonly #lines: AsyncIterator<string>;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    onTestFinished(() => {
      this.socket.destroy();
    });
    const lines: Interface = createInterface(this.socket);
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** The whole of the next reply. */
  async reply(): Promise<string> {
    const lines: string[] = [];
    do {
      const { done, value } = await this.#lines.next();
      if (done) return 'closed';
      lines.push(value);
    } while (!/^\d{3} /.test(lines.at(-1) ?? ''));
    return lines.join('\n');
  }

  say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    return this.reply();
  }

  async passive(): Promise<Socket> {
    const [, numbers = ''] = /\((.*)\)/.exec(await this.say('PASV')) ?? [];
    const socket = connect(parseHostPort(numbers) ?? { port: 0 });
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }
}

async function logIn(port: number): Promise<FtpClient> {
  const client = new FtpClient(port);
  expect(await client.reply()).toBe('220 FTP server ready.');
  expect(await client.say('USER ann')).toMatch(/^230 /);
  return client;
}

describe('the FTP face', () => {
  it('is as small as the print server that it was', async () => {
    const { port } = await start();
    const client = new FtpClient(port);
    await client.reply();
    expect(await client.say('PWD')).toMatch(/^530 /);
    expect(await client.say('user ann')).toMatch(/^230 /);
    expect(await client.say('PASS whatever')).toMatch(/^230 /);
    expect(await client.say('PWD')).toBe('257 "PRINTER:1" is current directory.');
    expect(await client.say('HELP')).toMatch(/^214-.*\n USER .*STOR .*LIST\* .*\n214 /s);
    const answers = [
      ['TYPE I', 200], ['TYPE A N', 200], ['TYPE E', 504], ['MODE S', 200], ['MODE B', 504], ['STRU R', 200],
      ['STRU P', 504], ['NOOP', 200], ['SYST', 215], ['STAT', 211], ['LIST', 500], ['CWD /', 500], ['RETR other', 550],
      ['ABOR', 226], ['PORT 1,2,3', 501], ['PORT 10,0,0,1,100,1', 500], ['PORT 127,0,0,1,0,22', 500],
    ] as const; // biome-ignore format: a table
    for (const [line, code] of answers)
      expect(`${line}: ${await client.say(line)}`).toContain(`${line}: ${code}`);
    client.socket.write('STOR x\r\n');
    expect(await client.reply()).toMatch(/^150 /);
    expect(await client.reply()).toMatch(/^425 /);
    expect(await client.say('QUIT')).toMatch(/^221 /);
    expect(await client.reply()).toBe('closed');
  });

  it('takes back what is aborted, and goes on', async () => {
    const { port, queue, spool } = await start();
    const client = await logIn(port);
    const data = await client.passive();
    expect(await client.say('STOR report.ps')).toMatch(/^150 /);
    data.write('%!PS');
    await eventually(() => expect(queue.list()).toHaveLength(1));
    expect(await client.say('ABOR')).toMatch(/^426 /);
    expect(await client.reply()).toMatch(/^226 /);
    expect(queue.list()).toMatchObject([{ state: 'aborted' }]);
    expect(await readdir(spool)).toEqual([]);
    const again = await client.passive();
    expect(await client.say('STOR report.ps')).toMatch(/^150 /);
    again.end(page);
    expect(await client.reply()).toMatch(/^226 /);
    expect(queue.list().at(-1)).toMatchObject({ state: 'pending', bytes: page.length });
    expect(queue.list().at(-1)?.ticket).toMatchObject({ channel: 'ftp', user: 'ann', name: 'report.ps' });
  });

  it('has one data connection, and forgets none that comes too', async () => {
    const { port, queue } = await start();
    const client = await logIn(port);
    const data = await client.passive();
    const second = connect(data.remotePort ?? 0, '127.0.0.1');
    second.on('error', () => {});
    await eventually(() => expect(second.closed).toBe(true));
    expect(await client.say('STOR report.ps')).toMatch(/^150 /);
    data.end(page);
    expect(await client.reply()).toMatch(/^226 /);
    expect(queue.list()).toMatchObject([{ state: 'pending', bytes: page.length }]);
  });

  it('prints nothing of a broken transfer, and says that the disk is full', async () => {
    const { port, queue, machine } = await start();
    const client = await logIn(port);
    const data = await client.passive();
    expect(await client.say('STOR x')).toMatch(/^150 /);
    data.resetAndDestroy();
    expect(await client.reply()).toMatch(/^426 /);
    machine.dispatch({ type: 'fault', fault: { type: 'disk' } });
    await client.passive();
    expect(await client.say('STOR x')).toMatch(/^150 /);
    expect(await client.reply()).toMatch(/^452 the printer's disk is full/);
    expect(queue.list().every(({ state }) => state === 'aborted')).toBe(true);
  });

  it('ends a line without end, and its data port with the client', async () => {
    const { port } = await start();
    const flood = await logIn(port);
    flood.socket.write('x'.repeat(2000));
    expect(await flood.reply()).toMatch(/^421 an FTP command line exceeds the limit of 512 octets/);
    const client = await logIn(port);
    const data = await client.passive();
    client.socket.resetAndDestroy();
    await once(data.resume(), 'close');
  });
});

describe('other programs', () => {
  it.skipIf(missing('curl')).each([[[]], [['-P', '-']]])(
    'curl prints and fetches the log, %j',
    async (how) => {
      const { port, queue } = await start();
      const file = temporaryFile('page.ps', page);
      const url = `ftp://127.0.0.1:${port}/`;
      await run('curl', ['-sS', ...how, '-T', file, '-u', 'ann:x', url]);
      expect(queue.list()).toMatchObject([
        { state: 'pending', bytes: page.length, ticket: { name: 'page.ps' } },
      ]);
      queue.cancel(1, 'job-canceled-at-device');
      const { stdout } = await run('curl', ['-sS', ...how, `${url}jobacct.log`]);
      expect(stdout).toMatch(
        /^version,job,channel,user,[^\n]*\r\n1,1,ftp,ann,127\.0\.0\.1,page\.ps,canceled,0,0,/,
      );
    },
  );

  it.skipIf(missing('python3'))("Python's ftplib prints, in both types and both modes", async () => {
    const { port, queue } = await start();
    const file = temporaryFile('page.ps', page);
    const program = `
import ftplib, sys
ftp = ftplib.FTP()
ftp.connect('127.0.0.1', int(sys.argv[1]))
ftp.login('ann', 'x')
print(ftp.storbinary('STOR a.ps', open(sys.argv[2], 'rb')))
ftp.set_pasv(False)
print(ftp.storlines('STOR b.ps', open(sys.argv[2], 'rb')))
print(ftp.quit())`;
    const { stdout } = await run('python3', ['-c', program, String(port), file]);
    expect(stdout).toMatch(/^226 .*\n226 .*\n221 .*\n$/);
    expect(queue.list()).toMatchObject([{ bytes: page.length }, { bytes: page.length + 2 }]);
  });
});
