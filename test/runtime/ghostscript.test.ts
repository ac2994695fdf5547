/** The cage: every limit ends a run, says so, and leaves neither process nor folder. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { findGhostscript, type GhostscriptLimits, type GhostscriptRun } from '#runtime/ghostscript.js';
import { missing } from '../support/peers.js';

const limits: GhostscriptLimits = {
  workspaceKib: 100_000,
  clockSeconds: 60,
  scratchFileBytes: 2 ** 26,
  outputBytes: 2 ** 26,
  backChannelBytes: 10_000,
};

const wasm = await findGhostscript({ prefer: 'wasm' });
const kinds = missing('gs') ? [wasm] : [await findGhostscript(), wasm];

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

async function endOf(run: GhostscriptRun) {
  const [output, backChannel] = await Promise.all([collect(run.output), collect(run.backChannel)]);
  return { output, backChannel: backChannel.toString('latin1'), ...(await run.done) };
}

describe.each(kinds)('$kind Ghostscript', (ghostscript) => {
  function start(
    document: string,
    narrower: Partial<GhostscriptLimits> = {},
    device = 'png16m',
  ): GhostscriptRun {
    const program = 'currentfile cvx exec';
    const run = ghostscript.run({ device, resolutionDpi: 72, program, limits: { ...limits, ...narrower } });
    void run.feed(Buffer.from(document));
    run.endOfInput();
    return run;
  }

  it('puts pages and what the document prints into separate streams', async () => {
    const end = await endOf(start('(hello) = showpage (%stdout) (w) file (there) writestring'));
    expect(end).toMatchObject({ reason: 'finished', exitCode: 0, backChannel: 'hello\nthere' });
    expect(end.output.toString('latin1', 1, 4)).toBe('PNG');
  });

  it('ends a run that takes too long', async () => {
    expect(await endOf(start('(on) = flush { } loop', { clockSeconds: 2 }))).toMatchObject({
      reason: 'timeout',
      exitCode: null,
      backChannel: 'on\n',
    });
  });

  it('ends a run that prints or puts out too much', async () => {
    expect((await endOf(start('{ (x) print flush } loop'))).reason).toBe('limit');
    expect((await endOf(start('{ showpage } loop', { outputBytes: 50_000 }))).reason).toBe('limit');
  });

  it('gives the document no more memory than allowed', async () => {
    const end = await endOf(start('{ { 10000000 string } loop } stopped { $error /errorname get = } if'));
    expect(end).toMatchObject({ reason: 'finished', backChannel: 'VMerror\n' });
  });

  it('ends at once when it is aborted, and takes more input without complaint', async () => {
    const run = start('{ } loop');
    run.stop('aborted');
    expect((await endOf(run)).reason).toBe('aborted');
    await run.feed(Buffer.alloc(1_000_000));
  });

  it('shows the document nothing of its surroundings, and its own scratch folder only', async () => {
    const document =
      '/refused { stopped { $error /errorname get = } { (allowed) = } ifelse clear } def\n' +
      '{ (HOME) getenv } refused\n' +
      '{ (/proc/self/environ) (r) file } refused\n' +
      '{ (/etc/passwd) (r) file } refused\n' +
      '{ (../escaped) (w) file } refused\n' +
      '{ (/tmp/phaserlink-escaped) (w) file } refused\n' +
      'null (w) .tempfile closefile print';
    const end = await endOf(start(document));
    const lines = end.backChannel.split('\n').slice(0, 5);
    expect(lines[0]).toBe('undefined');
    // The WASM build's /tmp is in its own memory: what is written there is nowhere.
    const allowed = ghostscript.kind === 'wasm' ? ['allowed'] : [];
    expect(['invalidfileaccess', 'undefinedfilename', ...allowed]).toContain(lines.pop());
    for (const line of lines) expect(line).toMatch(/^(undefined|invalidfileaccess|undefinedfilename)$/);
    expect(readdirSync(tmpdir()).filter((name) => name.includes('phaserlink-escaped'))).toEqual([]);
    const scratch = /phaserlink-gs-\w+/.exec(end.backChannel)?.[0];
    if (ghostscript.kind === 'native') expect(scratch).toBeDefined();
    expect(readdirSync(tmpdir())).not.toContain(scratch);
  });
});

it('says in words what the cage has here', () => {
  for (const { cage } of kinds) expect(cage).toMatch(/-dSAFER.*network/);
});
