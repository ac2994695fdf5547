/** The house rules, held: who may import whom, and how a file looks. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { breaches, parseImports, type RoomRule, roomOf, type SourceFile } from './support/architecture.js';

/** The house's import table (docs/decisions.md): room, rooms whose values it may import, rooms whose types. */
const table: [room: string, values: string, types: string][] = [
  ['base', '', ''],
  ['vocab', '', ''],
  ['wire', 'base vocab', ''],
  ['runtime', 'base vocab wire', ''],
  ['config', 'base vocab', ''],
  ['mail', 'base wire', 'vocab'],
  ['intake', 'base vocab wire', ''],
  ['jobs', 'base vocab', ''],
  ['convert', 'base vocab wire runtime', ''],
  ['engine', 'base vocab wire', ''],
  ['printer', 'base vocab wire', ''],
  ['report', 'base vocab wire', 'jobs printer'],
  ['serve', 'base vocab wire runtime jobs printer', 'config'],
  ['redirect', 'base vocab wire mail', ''],
  ['firmware-sim', 'base vocab wire runtime', ''],
];
const pureRooms = new Set(['vocab', 'wire']);

const allRooms = table.map(([room]) => room).filter((room) => room !== 'firmware-sim');
const rules: ReadonlyMap<string, RoomRule> = new Map([
  ...table.map(([room, values, types]): [string, RoomRule] => [
    room,
    { values: values.split(' '), types: types.split(' '), pure: pureRooms.has(room) },
  ]),
  ['(root)', { values: allRooms, types: [], pure: false }],
]);

const checkout = join(import.meta.dirname, '../..');

function sourceFiles(): SourceFile[] {
  return ['src', 'firmware-sim'].flatMap((top) =>
    readdirSync(join(checkout, top), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => ({ path: `${top}/${name}`, text: readFileSync(join(checkout, top, name), 'utf8') })),
  );
}

it('every source file keeps the rules', () => {
  const files = sourceFiles();
  expect(files.length).toBeGreaterThan(10);
  expect(files.flatMap((file) => breaches(file, rules))).toEqual([]);
});

it('every relative import is of a file that is there', () => {
  const missing = sourceFiles().flatMap(({ path, text }) =>
    parseImports(text)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => join(checkout, path, '..', specifier.replace(/\.js$/, '.ts')))
      .filter((file) => !existsSync(file)),
  );
  expect(missing).toEqual([]);
});

describe('the checker complains', () => {
  const opening = '/** What it is for. */\n';
  const complaint = (path: string, text: string) =>
    breaches({ path, text: opening + text }, rules).join('\n');

  it.each([
    ['base that knows the vocabulary', 'src/base/a.ts', "import { x } from '#vocab/x.js';"],
    ['a stage that imports another', 'src/mail/a.ts', "import { x } from '../jobs/x.js';"],
    ['its types too', 'src/mail/a.ts', "import type { X } from '../jobs/x.js';"],
    ['a re-export', 'src/intake/a.ts', "export { x } from '../convert/x.js';"],
    ['a re-export of everything', 'src/intake/a.ts', "export * from '../convert/x.js';"],
    ['an import for its effect', 'src/intake/a.ts', "import '../convert/x.js';"],
    ['a dynamic import', 'src/intake/a.ts', "const x = await import('../convert/x.js');"],
    [
      'an import over several lines',
      'src/intake/a.ts',
      "import {\n  a,\n  type B,\n} from '../convert/x.js';",
    ],
    ['a default import', 'src/intake/a.ts', "import x, { type Y } from '../convert/x.js';"],
    ['an import of what is only known at run time', 'src/intake/a.ts', 'await import(name);'],
    ['require of the same', 'src/intake/a.ts', 'require(name);'],
    ['a value where types are allowed', 'src/report/a.ts', "import { x } from '../jobs/x.js';"],
    ['a value between types', 'src/report/a.ts', "import { type X, x } from '../jobs/x.js';"],
    ['settings in a face, but for their types', 'src/serve/a.ts', "import { x } from '../config/x.js';"],
    ['a socket in wire', 'src/wire/a.ts', "import net from 'node:net';"],
    ['a timer in wire', 'src/wire/a.ts', "import { setTimeout } from 'node:timers/promises';"],
    ['any Node module in vocab', 'src/vocab/a.ts', "import { join } from 'node:path';"],
    ['the simulator in the product', 'src/engine/a.ts', "import { x } from '../../firmware-sim/x.js';"],
    ['the simulator in a root file', 'src/demo.ts', "import { x } from '../firmware-sim/x.js';"],
    ['the product in the simulator', 'firmware-sim/faces/a.ts', "import { x } from '../../src/jobs/x.js';"],
    ['a root file in a room', 'src/serve/a.ts', "import { x } from '../pipeline.js';"],
    ['a crossing that does not show', 'src/intake/a.ts', "import { x } from '../base/x.js';"],
    ['a crossing within the room', 'src/wire/a.ts', "import { x } from '#wire/x.js';"],
    ['a room nobody has planned', 'src/helpers/a.ts', ''],
    ['a room reading the environment', 'src/mail/a.ts', 'const home = process.env.HOME;'],
    ['configuration reading the environment', 'src/config/a.ts', 'const home = process.env.HOME;'],
    ['a part of the simulator reading it', 'firmware-sim/faces/a.ts', 'const home = process.env.HOME;'],
    ['a room reading settings files', 'src/mail/a.ts', "import { x } from '#base/settings-file.js';"],
    ['a timer in wire that needs no import', 'src/wire/a.ts', 'setTimeout(run, 5);'],
    ['a clock in wire', 'src/wire/a.ts', 'const now = Date.now();'],
    ['a long file', 'src/mail/a.ts', '\n'.repeat(450)],
  ])('about %s', (_, path, text) => {
    expect(complaint(path, text)).toContain(`${path}: `);
  });

  it.each([
    '',
    'import x from "y";\n',
    '// What it is for.\n',
    '/* What. */\n',
    '/** */\n',
    '\n/** What. */\n',
  ])('about a file that opens with %j', (text) => {
    expect(breaches({ path: 'src/mail/a.ts', text }, rules)).toHaveLength(1);
  });

  it.each([
    ['src/report/a.ts', "import type { Job } from '../jobs/job.js';"],
    ['src/report/a.ts', "import { type Job, type State } from '../jobs/job.js';"],
    ['src/serve/a.ts', "import type { Settings } from '../config/schema.js';"],
    ['src/serve/a.ts', "import { hold } from '../jobs/commands.js';"],
    ['src/wire/pop3/a.ts', "import { LimitError } from '#base/errors.js';\nimport { x } from '../lines.js';"],
    ['src/wire/a.ts', "import { createHash } from 'node:crypto';"],
    ['src/pipeline.ts', "import { x } from './mail/x.js';\nimport { y } from '#base/y.js';"],
    ['src/server.ts', 'const { env } = process.env;'],
    ['firmware-sim/cli.ts', "import { x } from '#runtime/x.js';\nimport { y } from './faces/y.js';"],
    ['src/mail/a.ts', "import { createTransport } from 'nodemailer';"],
  ])('about nothing that is right: %s, %s', (path, text) => {
    expect(complaint(path, text)).toBe('');
  });

  it('about nothing before a file that is a program', () => {
    expect(breaches({ path: 'src/cli.ts', text: `#!/usr/bin/env node\n${opening}` }, rules)).toEqual([]);
  });
});

it('knows the room of each file', () => {
  expect(
    ['src/cli.ts', 'src/mail/pop3/a.ts', 'firmware-sim/a.ts', 'firmware-sim/faces/a.ts'].map(roomOf),
  ).toEqual(['(root)', 'mail', 'firmware-sim', 'firmware-sim']);
});
