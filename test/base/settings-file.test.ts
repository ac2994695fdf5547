/** The settings reader: what it takes, and how it says everything that is wrong. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { SettingsError } from '../../src/base/settings-error.js';
import { fromSettingsFolder, maxSettingsFileBytes, readSettings } from '../../src/base/settings-file.js';
import { maxSecretFileBytes } from '../../src/base/settings-references.js';
import {
  choice,
  host,
  list,
  oneLineText,
  port,
  secretText,
  section,
  wholeNumber,
} from '../../src/base/settings-schema.js';
import { temporaryFile, temporaryFolder } from '../support/temporary-folder.js';

const text = '';
const schema = section('', {
  mailbox: section('', {
    host: host({ text }),
    port: v.optional(port({ text })),
    security: v.optional(choice(['tls', 'none'], { text }), 'tls'),
    user: oneLineText({ text }),
    password: secretText({ text }),
  }),
  pollSeconds: v.optional(wholeNumber(1, 10, { text }), 5),
  allow: v.optional(list(oneLineText({ text }), { text }), []),
});

const good = 'mailbox: { host: localhost, user: printer, password: hush }\n';

function read(content: string | Uint8Array, env: Record<string, string> = {}) {
  return readSettings(temporaryFile('s.yaml', content), schema, env);
}

function failure(run: () => unknown): SettingsError {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('nothing was wrong with it');
}

/** Each mistake as `LINE:COLUMN setting: found | expected`. */
function mistakes(content: string | Uint8Array, env: Record<string, string> = {}): string[] {
  const { mistakes } = failure(() => read(content, env));
  return mistakes.map(
    ({ line, column, setting, found, expected }) => `${line}:${column} ${setting}: ${found} | ${expected}`,
  );
}

describe('a settings file that is right', () => {
  it('is read, with its defaults', () => {
    expect(read(good)).toEqual({
      mailbox: { host: 'localhost', security: 'tls', user: 'printer', password: 'hush' },
      pollSeconds: 5,
      allow: [],
    });
  });

  it('takes secrets from the environment and from files beside it, inside text too', () => {
    const path = temporaryFile('s.yaml', good.replace('hush', '"${env:A}-${file:secrets/b}"'));
    mkdirSync(join(dirname(path), 'secrets'));
    writeFileSync(join(dirname(path), 'secrets/b'), 'two ${env:A}\r\n');
    expect(readSettings(path, schema, { A: 'one' }).mailbox.password).toBe('one-two ${env:A}');
  });

  it('strips one line end of a secret, not two', () => {
    const path = temporaryFile('s.yaml', good.replace('hush', '"${file:b}"'));
    writeFileSync(join(dirname(path), 'b'), 'two\n\n');
    expect(failure(() => readSettings(path, schema, {})).message).toContain(
      'mailbox.password: found (secret)',
    );
  });

  it('may begin with a byte order mark and have DOS line ends', () => {
    expect(read(`\uFEFF# comment\r\n${good.trim()}\r\npollSeconds: 7\r\n`).pollSeconds).toBe(7);
    expect(mistakes(`\uFEFFpollSeconds: 70\r\n${good}`)[0]).toMatch(/^1:14 pollSeconds: 70 \|/);
  });

  it('names relative paths from its own folder', () => {
    expect(fromSettingsFolder('/etc/phaserlink/s.yaml', './data')).toBe('/etc/phaserlink/data');
    expect(fromSettingsFolder('/etc/phaserlink/s.yaml', '/var/data')).toBe('/var/data');
  });
});

describe('a wrong setting', () => {
  const port = 'a whole number from 1 to 65535';
  const cases: [what: string, content: string, expected: string][] = [
    [
      'wrong type',
      `mailbox:\n  host: h\n  user: u\n  password: p\n  port: abc\n`,
      `5:9 mailbox.port: "abc" | ${port}`,
    ],
    ['out of range', good.replace('host', 'port: 65536, host'), `1:18 mailbox.port: 65536 | ${port}`],
    ['broken number', good.replace('host', 'port: 1.5, host'), `1:18 mailbox.port: 1.5 | ${port}`],
    ['empty value', good.replace('host', 'port: , host'), `1:12 mailbox.port: nothing | ${port}`],
    [
      'not one of',
      good.replace('host', 'security: ssl, host'),
      '1:22 mailbox.security: "ssl" | one of tls, none',
    ],
    [
      'a mapping for a value',
      good.replace('localhost', '{ a: 1 }'),
      '1:18 mailbox.host: a mapping | a host name or an IP address',
    ],
    ['a value for a list', `${good}allow: me\n`, '2:8 allow: "me" | a list, each text of one line'],
    ['a wrong item', `${good}allow: [me, 3]\n`, '2:13 allow[1]: 3 | text of one line'],
    [
      'a secret that is a number',
      good.replace('hush', '12345'),
      '1:54 mailbox.password: (secret) | text of one line (in quotes, when it is only digits)',
    ],
    [
      'a line end inside',
      good.replace('printer', '"a\\r\\nDELE 1"'),
      '1:35 mailbox.user: "a\\r\\nDELE 1" | text of one line',
    ],
    [
      'missing setting',
      'pollSeconds: 1\nmailbox: { user: u, password: p }\n',
      '2:1 mailbox.host: nothing | a host name or an IP address',
    ],
    ['missing section', 'pollSeconds: 1\n', '1:1 mailbox: nothing | a mapping with host, user, password'],
    [
      'a list for a section',
      'mailbox: [hush]\n',
      '1:10 mailbox: a list | a mapping with host, user, password',
    ],
    [
      'a value for a section',
      'mailbox: hush\n',
      '1:10 mailbox: a single value | a mapping with host, user, password',
    ],
    [
      'unknown setting',
      `${good}tray: 2\n`,
      '2:1 tray: an unknown setting | one of mailbox, pollSeconds, allow',
    ],
    [
      'near miss',
      `${good}polSecond: 2\n`,
      '2:1 polSecond: an unknown setting | one of mailbox, pollSeconds, allow (did you mean pollSeconds?)',
    ],
    [
      'wrong case',
      good.replace('{', '{ Port: 1,'),
      '1:12 mailbox.Port: an unknown setting | one of host, port, security, user, password (did you mean port?)',
    ],
    [
      'a name of every object',
      `${good}constructor: 2\n`,
      '2:1 constructor: an unknown setting | one of mailbox, pollSeconds, allow',
    ],
    [
      'a prototype',
      `${good}__proto__: { allow: [x] }\n`,
      '2:1 __proto__: an unknown setting | one of mailbox, pollSeconds, allow',
    ],
    [
      'given twice',
      `${good}pollSeconds: 1\npollSeconds: 2\n`,
      '3:1 pollSeconds: the same setting a second time | given once',
    ],
  ];
  it.each(cases)('%s', (_, content, expected) => {
    expect(mistakes(content)).toEqual([expected]);
  });

  it('is told in one line that an editor can jump to', () => {
    const path = temporaryFile('s.yaml', `${good}pollSeconds: soon\n`);
    const error = failure(() => readSettings(path, schema, {}));
    expect(error).toMatchObject({ code: 'settings-invalid', retry: 'permanent' });
    expect(error.message).toContain(
      `\n${path}:2:14: pollSeconds: found "soon", should be a whole number from 1 to 10`,
    );
    expect(error.mistakes).toEqual([
      {
        file: path,
        line: 2,
        column: 14,
        setting: 'pollSeconds',
        found: '"soon"',
        expected: 'a whole number from 1 to 10',
      },
    ]);
  });

  it('is repeated only in part, when it is long', () => {
    expect(mistakes(`${good}pollSeconds: ${'x'.repeat(1000)}\n`)[0]?.length).toBeLessThan(150);
  });
});

it('tells all mistakes of a file at once, in its order', () => {
  const content = [
    'mailbox:',
    '  hots: localhost',
    '  port: 0',
    '  user: "${env:NO_SUCH_NAME}"',
    '  password: "${file:missing}"',
    'pollSeconds: soon',
    'pollSeconds: 3',
    'allow: [1, ok, 2]',
    'traay: 1',
    'colour: yes',
  ].join('\n');
  expect(mistakes(content).map((line) => line.split(':', 3).slice(0, 2).join(':'))).toEqual([
    '1:1 mailbox.host',
    '2:3 mailbox.hots',
    '3:9 mailbox.port',
    '4:9 mailbox.user',
    '5:13 mailbox.password',
    '6:14 pollSeconds',
    '7:1 pollSeconds',
    '8:9 allow[0]',
    '8:16 allow[2]',
    '9:1 traay',
    '10:1 colour',
  ]);
});

describe('YAML that is none', () => {
  const cases: [what: string, content: string, expected: string][] = [
    ['a tab', `mailbox:\n\thost: x\n`, '2:1 : a tab as indentation | spaces'],
    [
      'an open bracket',
      `${good}allow: [a\n`,
      '3:1 : a wrong indentation, or an earlier { or [ left open | indented as its neighbours, with each bracket closed',
    ],
    [
      'two on a line',
      `${good}allow: b: c\n`,
      '2:8 : a second "key: value" on one line | one on each line, or a value in quotes',
    ],
    ['a second document', `${good}---\n${good}`, '2:1 : a second document (---) | one document'],
    [
      'an alias',
      `${good}allow: [&x a, *x]\n`,
      '2:15 allow[1]: an alias (*) | the value itself, in quotes when it begins with *',
    ],
    ['a key that is a list', `${good}? [a]\n: b\n`, '2:3 : a key that is not a name | a name'],
  ];
  it.each(cases)('%s', (_, content, expected) => {
    expect(mistakes(content)).toContain(expected);
  });

  it('is told together with the wrong settings before it, without guesses about what follows', () => {
    expect(mistakes('pollSeconds: soon\nallow: b: c\nmailbox: 5\n')).toEqual([
      '1:14 pollSeconds: "soon" | a whole number from 1 to 10',
      '2:8 : a second "key: value" on one line | one on each line, or a value in quotes',
    ]);
  });
});

describe('a file that cannot be settings', () => {
  it.each([
    ['', 'an empty file'],
    ['# only a comment\n', 'an empty file'],
    ['just words\n', 'a single value'],
    ['- a\n- b\n', 'a list'],
    [Buffer.from([0x61, 0x3a, 0x20, 0xff]), 'bytes that are not UTF-8 text'],
    [`#${'x'.repeat(maxSettingsFileBytes)}`, 'a larger file'],
  ])('%#: %.20s', (content, found) => {
    expect(mistakes(content)[0]).toContain(`1:1 : ${found} |`);
  });

  it('is missing, or a folder', () => {
    const folder = temporaryFolder();
    const missing = failure(() => readSettings(join(folder, 'no.yaml'), schema, {}));
    expect(missing.message).toContain('found no file to read (it does not exist), should be a settings file');
    expect(failure(() => readSettings(folder, schema, {})).message).toContain(
      'found no file to read (it is a folder)',
    );
  });

  it('is a bomb of aliases or of brackets, and is refused quickly', () => {
    const bomb = [
      'a: &a [x, x]',
      ...'bcdefghijklmnopqrstuvwxyz'.split('').map((name, index) => {
        const before = 'abcdefghijklmnopqrstuvwxyz'[index];
        return `${name}: &${name} [*${before}, *${before}, *${before}]`;
      }),
    ].join('\n');
    expect(mistakes(bomb)).toContain(
      '2:8 b[0]: an alias (*) | the value itself, in quotes when it begins with *',
    );
    for (const opening of ['[', '{a: ', '- ', '? ']) {
      expect(mistakes(opening.repeat(10_000))[0]).toMatch(/: values nested too deeply \| at most 32 levels$/);
    }
  });

  it('with thousands of settings is told of each', () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(mistakes(lines)).toHaveLength(5_001);
  });
});

describe('a secret', () => {
  it('that cannot be resolved is named by its reference and what to do', () => {
    expect(mistakes(good.replace('hush', '"${env:PRINTER_PASSWORD}"'))).toEqual([
      '1:54 mailbox.password: "${env:PRINTER_PASSWORD}" | an environment variable that is set (PRINTER_PASSWORD is not)',
    ]);
    expect(mistakes(good.replace('hush', '"${file:nowhere}"'))[0]).toMatch(
      /^1:54 mailbox.password: "\$\{file:nowhere\}" \| a file that can be read \(\/.*\/nowhere does not exist\)$/,
    );
    expect(mistakes(good.replace('hush', '"${PRINTER_PASSWORD}"'))[0]).toMatch(
      /^1:54 mailbox.password: a reference of an unknown kind \| \$\{env:NAME\} or/,
    );
    expect(mistakes(good.replace('hush', '"${env:toString}"'))).toHaveLength(1);
  });

  it('comes from a small text file only', () => {
    const path = temporaryFile('s.yaml', good.replace('hush', '"${file:big}${file:.}${file:binary}"'));
    writeFileSync(join(dirname(path), 'big'), 'x'.repeat(maxSecretFileBytes + 1));
    writeFileSync(join(dirname(path), 'binary'), Buffer.from([0xff, 0xfe]));
    const { message } = failure(() => readSettings(path, schema, {}));
    expect(message).toContain(`a file of at most ${maxSecretFileBytes} bytes`);
  });

  it('is in no message, however wrong the file is', () => {
    const wrong = [
      'mailbox: { host: h, user: u, password: hunter2, port: x }',
      'mailbox: { host: h, user: u, password: [hunter2] }',
      'mailbox: { host: h, user: u, password: { a: hunter2 } }',
      'mailbox: { host: h, user: u, pasword: hunter2 }',
      'mailbox: { host: h, user: u, password: *hunter2 }',
      'mailbox: { host: h, user: u, password: !hunter2 }',
      'mailbox: { host: h, user: u, password: !hunter2 x, port: x }',
      'mailbox: { host: h, user: u, password: "hunter2\\q" }',
      'mailbox: { host: h, user: u, password: @hunter2 }',
      'mailbox: { host: h, user: u, password: `hunter2 }',
      'mailbox: { host: h, user: u, password: %hunter2: hunter2 }',
      'mailbox: { host: h, user: u, password: "${hunter2}" }',
      'mailbox: { host: h, user: u, password: "hunter2\\n" }',
      'mailbox: hunter2',
      'mailbox: { host: h, user: u, password: "hunter2',
      '%hunter2 x\n---\nmailbox: 1',
      'mailbox: { host: "${env:SECRET}", user: u, password: p }',
      'mailbox: { host: h, user: "${env:SECRET}\\n", password: "${env:SECRET}\\n" }',
      'mailbox: { host: h, user: u, password: p, port: "${env:SECRET}" }',
      'pollSeconds: "${env:SECRET}"',
    ];
    for (const content of wrong) {
      const error = failure(() => read(content, { SECRET: 'hunter2 !' }));
      expect(`${error.message}${error.cause}${JSON.stringify(error.mistakes)}`).not.toContain('hunter2');
    }
  });
});

it('answers any text with settings or with SettingsError', () => {
  const path = join(temporaryFolder(), 's.yaml');
  const piece = fc.oneof(
    fc.constantFrom(
      'mailbox',
      'host',
      'port',
      'password',
      ': ',
      ':\n  ',
      '\n',
      '\n  ',
      '{',
      '}',
      '[',
      ']',
      ', ',
      '- ',
      '? ',
      '&a ',
      '*a',
      '!!binary ',
      '!x ',
      '"',
      "'",
      '|\n',
      '>-\n',
      '%YAML 1.1\n',
      '---\n',
      '...\n',
      '<<: ',
      '${env:A}',
      '${file:/dev/null}',
      '\t',
      '~',
      '.nan',
      '2001-01-01',
    ),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      writeFileSync(path, pieces.join(''));
      try {
        readSettings(path, schema, {});
      } catch (error) {
        expect(error).toBeInstanceOf(SettingsError);
        for (const { line, column } of (error as SettingsError).mistakes) {
          expect(Math.min(line, column)).toBeGreaterThan(0);
        }
      }
    }),
    { numRuns: 200 },
  );
});
