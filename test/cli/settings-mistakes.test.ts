/** A settings file with mistakes stops every command at once, with every mistake in words that help. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Program, runCli, stackTrace } from '../support/run-cli.js';
import { temporaryFile, temporaryFolder } from '../support/temporary-folder.js';

const secret = 'swordfish';

const phaserlinkYaml = `printer:  { name: Phaser 740, uri: "http://127.0.0.1" }
mailbox:  { host: 127.0.0.1, port: 111000, security: no, user: printer, password: "\${env:TEST_NO_SUCH_PASSWORD}", pollIntervalSeconds: 0 }
smtp:     { hots: 127.0.0.1, from: printer, user: me, password: ["${secret}"] }
access:   { allow: [alice] }
`;
const phaserlinkMistakes = [
  [1, 36, 'printer.uri', '"http://127.0.0.1"', /^socket:\/\//],
  [2, 36, 'mailbox.port', '111000', /from 1 to 65535/],
  [2, 54, 'mailbox.security', '"no"', /tls, starttls, none/],
  [2, 83, 'mailbox.password', /TEST_NO_SUCH_PASSWORD/, /TEST_NO_SUCH_PASSWORD/],
  [2, 136, 'mailbox.pollIntervalSeconds', '0', /from 1 to 86400/],
  [3, 1, 'smtp.host', 'nothing', /host name/],
  [3, 13, 'smtp.hots', 'an unknown setting', /did you mean host\?/],
  [3, 36, 'smtp.from', '"printer"', /mail address/],
  [3, 65, 'smtp.password', 'a list', /text/],
  [4, 21, 'access.allow[0]', '"alice"', /mail address/],
  [1, 1, 'people', 'nothing', /mapping/],
] as const;

const mailroomYaml = `smtp: { port: -1 }
mailboxes: [{ name: printer, password: { is: ${secret} }, addresses: [printer] }]
datadir: ./mailroom
`;
const mailroomMistakes = [
  [1, 15, 'smtp.port', '-1', /from 0 to 65535/],
  [2, 40, 'mailboxes[0].password', 'a mapping', /text/],
  [2, 71, 'mailboxes[0].addresses[0]', '"printer"', /mail address/],
  [3, 1, 'datadir', 'an unknown setting', /did you mean dataDir\?/],
] as const;

const phaser740Yaml = 'profile: X\nspeed: fast\nraw: { prot: 9100 }\nresolutionDpi: 10\n';
const phaser740Mistakes = [
  [1, 10, 'profile', '"X"', /one of L, N, P/],
  [2, 8, 'speed', '"fast"', /instant, rated, or a factor/],
  [3, 1, 'raw.port', 'nothing', /from 0 to 65535/],
  [3, 8, 'raw.prot', 'an unknown setting', /did you mean port\?/],
  [4, 16, 'resolutionDpi', '10', /from 72 to 1200/],
] as const;

type Expected = readonly (readonly [number, number, string, string | RegExp, RegExp])[];
const commands: [string, Program, string[], string, Expected][] = [
  ['serve', 'phaserlink', ['serve'], phaserlinkYaml, phaserlinkMistakes],
  ['check', 'phaserlink', ['check'], phaserlinkYaml, phaserlinkMistakes],
  ['jobs', 'phaserlink', ['jobs'], phaserlinkYaml, phaserlinkMistakes],
  ['mailroom', 'phaserlink', ['mailroom'], mailroomYaml, mailroomMistakes],
  ['phaser740', 'phaser740', [], phaser740Yaml, phaser740Mistakes],
];

describe.each(commands)('%s', (_name, program, args, yaml, expected) => {
  it('tells every mistake with its line, column, value and what it should be, in JSON too', async () => {
    const file = temporaryFile('settings.yaml', yaml);
    const { status, stdout, stderr } = await runCli(program, [...args, '--config', file, '--json']);
    expect(status).toBe(1);
    const { error, mistakes } = JSON.parse(stdout);
    expect(error).toBe('settings-invalid');
    const matching = (words: string | RegExp) =>
      typeof words === 'string' ? words : expect.stringMatching(words);
    const wanted = expected.map(([line, column, setting, found, should]) => ({
      file,
      line,
      column,
      setting,
      found: matching(found),
      expected: matching(should),
    }));
    expect(mistakes).toHaveLength(expected.length);
    expect(mistakes).toEqual(expect.arrayContaining(wanted));
    for (const { line, column, setting, found, expected } of mistakes) {
      const where = setting === '' ? '' : `${setting}: `;
      expect(stderr).toContain(`${file}:${line}:${column}: ${where}found ${found}, should be ${expected}\n`);
    }
    expect(stderr).toContain(`${program}: ${file} has ${expected.length} mistakes`);
    expect(stderr).not.toMatch(stackTrace);
    expect(stdout + stderr).not.toContain(secret);
  });
});

it.each([
  ['phaserlink', ['serve']],
  ['phaserlink', ['mailroom']],
  ['phaser740', []],
] as const)('%s %j names a settings file that is not there', async (program, args) => {
  const file = join(temporaryFolder(), 'none.yaml');
  const { status, stdout, stderr } = await runCli(program, [...args, '--config', file]);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(`${file}:1:1: found no file to read (it does not exist)`);
  expect(stderr).not.toMatch(stackTrace);
});

it('a settings file that is no YAML is told so', async () => {
  const file = temporaryFile('phaserlink.yaml', 'printer: { name: "Phaser\nmailbox: [');
  const { status, stderr } = await runCli('phaserlink', ['check', '--config', file]);
  expect(status).toBe(1);
  expect(stderr).toContain(`${file}:`);
  expect(stderr).not.toMatch(stackTrace);
});
