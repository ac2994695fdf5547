/** What is written into docs/ out of the settings schemas and the fault table; run as a program (`npm run docs`) it writes the files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { phaser740Schema } from '../../firmware-sim/settings.js';
import { formatSampleFile, formatSettingsTable } from '../../src/config/describe.js';
import { mailroomSchema } from '../../src/config/mailroom-schema.js';
import { phaserLinkSchema } from '../../src/config/schema.js';
import { formatReliability } from './reliability-doc.js';

/** The checkout, seen from dist/test/support. */
export const checkout = join(import.meta.dirname, '../../..');

const manual = `<!-- Written by "npm run docs" out of the settings' declarations; edit those. -->
# Settings

Each program reads one settings file in YAML. A mistake stops the start, and every mistake of the file is told at once, with its line and column.
Text may hold \`\${env:NAME}\`, the environment variable NAME, and \`\${file:PATH}\`, the content of a file without its last line end;
so secrets need not stand in the settings file. Relative paths are relative to the settings file's folder.

## phaserlink.yaml

The Printing Server's. A sample is in [phaserlink.sample.yaml](phaserlink.sample.yaml).

${formatSettingsTable(phaserLinkSchema)}
## mailroom.yaml

The built-in mail room's. A sample is in [mailroom.sample.yaml](mailroom.sample.yaml).

${formatSettingsTable(mailroomSchema)}
## phaser740.yaml

The simulated printer's. A sample is in [phaser740.sample.yaml](phaser740.sample.yaml).

${formatSettingsTable(phaser740Schema)}`;

/** File names in the checkout and their whole content. */
export const generatedDocs: ReadonlyMap<string, string> = new Map([
  ['docs/settings.md', manual],
  ['docs/reliability.md', formatReliability()],
  [
    'docs/phaserlink.sample.yaml',
    formatSampleFile(
      phaserLinkSchema,
      'Settings of the PhaserLink Printing Server; all of them are in settings.md.',
    ),
  ],
  [
    'docs/mailroom.sample.yaml',
    formatSampleFile(mailroomSchema, 'Settings of the built-in mail room; all of them are in settings.md.'),
  ],
  [
    'docs/phaser740.sample.yaml',
    formatSampleFile(
      phaser740Schema,
      'Settings of the simulated Phaser 740; all of them are in settings.md.',
    ),
  ],
]);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of generatedDocs) {
    const path = join(checkout, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}
