/** What the commands say of themselves, and to those who mistype them. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Program, runCli, stackTrace } from '../support/run-cli.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

describe.each<Program>(['phaserlink', 'phaser740'])('%s', (program) => {
  it('tells what it is with --help and its version with --version', async () => {
    const help = await runCli(program, ['--help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain(`Usage: ${program} [options]`);
    expect(await runCli(program, ['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
  });

  it('refuses what it does not know, with status 1 and the way to the help', async () => {
    const unknown = await runCli(program, ['--colour']);
    expect(unknown).toMatchObject({ status: 1, stdout: '' });
    expect(unknown.stderr).toContain("unknown option '--colour'");
    expect(unknown.stderr).toContain('--help');
  });
});

describe('phaserlink', () => {
  it.each([
    ['serve', ['--config <file>', '--once', '--json']],
    [
      'send',
      ['--to <address>', '--smtp <host:port>', '--description <text>', '--notify <kinds>', '<file...>'],
    ],
    ['jobs', ['[job]', '--config <file>', '--json']],
    ['check', ['--config <file>', '--mail <file>', '--json']],
    ['printer', ['--now', '--config <file>', '--json']],
    ['authorize', ['--config <file>', '--json', 'docs/oauth.md']],
    ['why', ['<message-id|job>', '--config <file>', '--json']],
    ['quarantine', ['list', 'show', 'retry', 'drop']],
    ['mailroom', ['--config <file>', '"mailroom.yaml"']],
    ['demo', ['--once', '--out <dir>', '[file...]']],
  ])('%s --help names what it takes', async (command, words) => {
    const { status, stdout, stderr } = await runCli('phaserlink', [command, '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const word of words) expect(stdout).toContain(word);
  });

  it.each([
    ['list', ['--config <file>', '--json']],
    ['show', ['<mail>', '--raw', '--config <file>', '--json']],
    ['retry', ['<mail>', '--config <file>', '--json']],
    ['drop', ['<mail>', '--config <file>', '--json']],
  ])('quarantine %s --help names what it takes', async (command, words) => {
    const { status, stdout, stderr } = await runCli('phaserlink', ['quarantine', command, '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const word of words) expect(stdout).toContain(word);
  });

  it('without a command shows the help, and fails', async () => {
    const { status, stdout, stderr } = await runCli('phaserlink', []);
    expect(status).toBe(1);
    expect(stdout + stderr).toContain('Commands:');
  });

  it('suggests the command that was meant', async () => {
    const { status, stderr } = await runCli('phaserlink', ['sevre']);
    expect(status).toBe(1);
    expect(stderr).toContain("unknown command 'sevre'");
    expect(stderr).toContain('Did you mean serve?');
  });

  it.each([
    [['why'], "missing required argument 'message-id|job'"],
    [['jobs', 'seven'], "give a job's number"],
    [['jobs', '1', '2'], 'too many arguments'],
    [['serve', 'now'], 'too many arguments'],
    [['check', '--mail'], 'argument missing'],
    [['send', 'a.ps'], "required option '--to <address>' not specified"],
  ])('refuses %j', async (args, words) => {
    const { status, stdout, stderr } = await runCli('phaserlink', args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(stackTrace);
  });
});

it('does not mind a reader that leaves first, as head does', async () => {
  const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
  const { stderr } = await promisify(execFile)('sh', [
    '-c',
    '"$0" "$1" --help | true',
    process.execPath,
    cli,
  ]);
  expect(stderr).toBe('');
});
