/** `phaserlink demo --once`: one job all the way, with the sample and with the user's own documents. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CliOptions, runCli, stackTrace } from '../support/run-cli.js';
import { temporaryFile, temporaryFolder } from '../support/temporary-folder.js';

const pngSignature = '89504e470d0a1a0a';

/** A page of this size in points, empty but for a dot. */
function page(width: number, height: number): string {
  return `%!PS-Adobe-3.0\n%%Pages: 1\n%%EndComments\n<< /PageSize [${width} ${height}] >> setpagedevice 9 9 9 9 rectfill showpage\n`;
}

async function demo(out: string, files: string[] = [], options: CliOptions = {}) {
  const result = await runCli('phaserlink', ['demo', '--once', '--out', out, ...files], options);
  expect(result.stdout + result.stderr).not.toMatch(stackTrace);
  return result;
}

function sizeOf(png: string): [number, number] {
  const bytes = readFileSync(png);
  expect(bytes.subarray(0, 8).toString('hex')).toBe(pngSignature);
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

/** The words at the beginning of the lines, repeats left out. */
function steps(stdout: string): string[] {
  const words = [...stdout.matchAll(/^([a-z]+(?: back)?) {2,}\S/gm)].map(([, word = '']) => word);
  return words.filter((word, at) => word !== words[at - 1]);
}

describe('phaserlink demo --once', () => {
  it('prints the sample, tells every step, and leaves pages, mails and job', async () => {
    const out = join(temporaryFolder(), 'new', 'demo');
    const { status, stdout, stderr } = await demo(out);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(steps(stdout)).toEqual([
      'mailed',
      'fetched',
      'judged',
      'kept',
      'printing',
      'confirmed',
      'mail back',
    ]);
    for (const n of [1, 2, 3]) expect(stdout).toMatch(new RegExp(`^printing +page ${n} of 3: /`, 'm'));
    expect(stdout).toContain('3 of 3 pages, confirmed by the printer');
    for (const name of ['mailroom.yaml', 'phaser740.yaml', 'phaserlink.yaml']) {
      expect(stdout).toContain(join(out, 'work', name));
      expect(existsSync(join(out, 'work', name))).toBe(true);
    }
    expect(readdirSync(join(out, 'pages')).sort()).toEqual(['page-001.png', 'page-002.png', 'page-003.png']);
    expect(readdirSync(join(out, 'mail'))).toEqual(['001.eml']);
    expect(readFileSync(join(out, 'mail', '001.eml'), 'utf8')).toMatch(/^Pages-Confirmed: 3\r$/m);
    expect(JSON.parse(readFileSync(join(out, 'job.json'), 'utf8'))).toMatchObject({
      id: 1,
      state: 'completed',
      pages: { expected: 3, confirmed: 3 },
    });
    for (const name of readdirSync(join(out, 'work')).filter((entry) => entry.endsWith('password.txt'))) {
      expect(stdout).not.toContain(readFileSync(join(out, 'work', name), 'utf8'));
    }
  });

  it('prints two documents as one job, in order, in the place of an older demo', async () => {
    const out = join(temporaryFolder(), "with space and 'quote'");
    const wide = temporaryFile('wide.ps', page(144, 72));
    const high = temporaryFile('high.ps', page(72, 144));
    expect((await demo(out, [wide, high])).status).toBe(0);
    const sizes = readdirSync(join(out, 'pages'))
      .sort()
      .map((name) => sizeOf(join(out, 'pages', name)));
    expect(sizes).toEqual([
      [600, 300],
      [300, 600],
    ]);
    expect((await demo(out, [high])).status).toBe(0);
    expect(readdirSync(join(out, 'pages'))).toEqual(['page-001.png']);
    expect(readdirSync(join(out, 'mail'))).toEqual(['001.eml']);
  });

  it.each([
    ['broken.ps', `${page(72, 72)}\nnonsense\n`, 'print', /undefined in nonsense/, 1],
    ['empty.ps', '%!\n', 'print', /no page/, 0],
    ['report.pdf', '%PDF-1.4\n', 'convert', /it is a PDF/, 0],
  ])(
    'with %s fails, names the stage, and leaves what there is',
    async (name, content, stage, words, pages) => {
      const out = temporaryFolder();
      const { status, stdout, stderr } = await demo(out, [temporaryFile(name, content)]);
      expect(status).toBe(1);
      expect(stderr).toMatch(
        new RegExp(`^phaserlink: the demo failed at the stage "${stage}": .*${words.source}`),
      );
      expect(readdirSync(join(out, 'pages'))).toHaveLength(pages);
      expect(readdirSync(join(out, 'mail'))).toEqual(['001.eml']);
      expect(JSON.parse(readFileSync(join(out, 'job.json'), 'utf8'))).toMatchObject({ id: 1 });
      expect(stdout).toContain(join(out, 'mail', '001.eml'));
    },
  );

  it('works without gs on the path, by the WASM build', async () => {
    const out = temporaryFolder();
    const { status, stdout } = await demo(out, [temporaryFile('one.ps', page(72, 72))], {
      env: { PATH: temporaryFolder() },
    });
    expect(status).toBe(0);
    expect(stdout).toContain('WASM');
    expect(sizeOf(join(out, 'pages', 'page-001.png'))).toEqual([300, 300]);
  });

  it('starts nothing for a document that is not there', async () => {
    const out = join(temporaryFolder(), 'demo');
    const { status, stdout, stderr } = await demo(out, ['nowhere.ps']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe('phaserlink: the demo failed at the stage "mail": nowhere.ps does not exist\n');
    expect(existsSync(out)).toBe(false);
  });

  it('cannot work in a place that is no folder', async () => {
    const file = temporaryFile('file', 'x');
    const { status, stderr } = await demo(join(file, 'demo'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^phaserlink: the demo failed at the stage "prepare": .*ENOTDIR/);
  });

  it('clears away nothing that no demo has made', async () => {
    const out = temporaryFolder();
    mkdirSync(join(out, 'work'));
    writeFileSync(join(out, 'work', 'thesis.tex'), 'years');
    const { status, stderr } = await demo(out);
    expect(status).toBe(1);
    expect(stderr).toContain(
      `${join(out, 'work')} is there already, and no demo has made it; give another --out`,
    );
    expect(readFileSync(join(out, 'work', 'thesis.tex'), 'utf8')).toBe('years');
  });
});
