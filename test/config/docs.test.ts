/** The manual's settings table and the sample files are those that the declarations give, and the samples work. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { describeSettings } from '../../src/config/describe.js';
import { loadMailroomSettings, loadPhaserLinkSettings } from '../../src/config/load.js';
import { mailroomSchema } from '../../src/config/mailroom-schema.js';
import { phaserLinkSchema } from '../../src/config/schema.js';
import { checkout, generatedDocs } from '../support/generated-docs.js';
import { temporaryFile } from '../support/temporary-folder.js';

it.each([...generatedDocs])('%s is as generated', (name, content) => {
  expect(readFileSync(join(checkout, name), 'utf8'), 'out of date: run "npm run docs"').toBe(content);
});

it('every test that the manual names is there', () => {
  const named = [...generatedDocs.values()].flatMap((text) => text.match(/test\/[\w/.-]+\.ts/g) ?? []);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !existsSync(join(checkout, name)))).toEqual([]);
});

it.each([phaserLinkSchema, mailroomSchema])(
  'every setting says what it is and what it must be: %#',
  (schema) => {
    const rows = describeSettings(schema);
    expect(rows.length).toBeGreaterThan(9);
    for (const row of rows) {
      expect(row.text, row.setting).toMatch(/^[A-Z].*\.$/);
      expect(row.type, row.setting).not.toBe('a value');
    }
  },
);

function sample(name: string, change = (text: string) => text): string {
  return temporaryFile(basename(name), change(generatedDocs.get(name) ?? ''));
}

/** Takes the # off each setting that is commented out, as an administrator would. */
function withAllSettings(text: string): string {
  return text.replaceAll(/^(\s*)# (\w+: )/gm, '$1$2');
}

it('the Printing Server starts with its sample, as it is and with every setting in it', () => {
  const env = { PRINTER_PASSWORD: 'hush' };
  const plain = loadPhaserLinkSettings(sample('docs/phaserlink.sample.yaml'), env);
  expect(plain.settings).toMatchObject({
    mailbox: { port: 995, security: 'tls', password: 'hush', pollIntervalSeconds: 60 },
    access: { allow: [] },
  });
  const full = sample('docs/phaserlink.sample.yaml', (text) =>
    withAllSettings(text.replace('# oauth: mailbox', '')).replace(
      '${file:smtp-password}',
      '${env:PRINTER_PASSWORD}',
    ),
  );
  const { settings } = loadPhaserLinkSettings(full, env);
  expect(settings.access.allow).toEqual(['alice@example.com', '@example.org']);
  expect(settings.smtp).toMatchObject({ user: 'printer', password: 'hush' });
});

it('the Printing Server starts with its sample when a sign-in takes the place of the password', () => {
  const path = sample('docs/phaserlink.sample.yaml', (text) =>
    text
      .replace(/^ {2}password: .*\n/m, '')
      // The commented-out section, without what is commented out in it.
      .replaceAll(/^ {2}# ((?:oauth:| {2}[^#]).*)$/gm, '  $1')
      .replace('# oauth: mailbox', 'oauth: mailbox'),
  );
  const { mailbox, smtp } = loadPhaserLinkSettings(path, {}).settings;
  expect(mailbox.oauth).toMatchObject({
    flow: 'device',
    tokenEndpoint: 'https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token',
  });
  expect(smtp.oauth).toBe('mailbox');
});

it('the mail room starts with its sample, as it is and with every setting in it', () => {
  const env = { PRINTER_PASSWORD: 'hush' };
  const plain = loadMailroomSettings(sample('docs/mailroom.sample.yaml'), env).settings;
  const full = loadMailroomSettings(sample('docs/mailroom.sample.yaml', withAllSettings), env).settings;
  expect(plain.mailboxes).toEqual([
    { name: 'printer', password: 'hush', addresses: ['printer@example.com'] },
  ]);
  expect({ ...full, dataDir: '' }).toEqual({ ...plain, dataDir: '' });
});

it('the settings that the manual of the sign-in shows work as they are', () => {
  const text = readFileSync(join(checkout, 'docs/oauth.md'), 'utf8');
  const examples = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml]) => yaml);
  const rest = 'printer: { name: P, uri: "socket://192.0.2.1" }\npeople: { sysAdmin: admin@example.com }\n';
  const secrets = (yaml: string) =>
    yaml.replace('${file:google-client-secret}', '${env:OAUTH_CLIENT_SECRET}');
  const loaded = examples.map((yaml = '') => {
    const path = temporaryFile('phaserlink.yaml', `${secrets(yaml)}${rest}`);
    return loadPhaserLinkSettings(path, { OAUTH_CLIENT_SECRET: 'hush' });
  });
  expect(loaded.map(({ settings }) => settings.mailbox.oauth?.flow)).toEqual(['device', 'browser', 'device']);
  expect(loaded.flatMap(({ warnings }) => warnings)).toEqual([]);
});
