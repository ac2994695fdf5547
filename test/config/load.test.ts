/** The two settings files: their defaults, their own kinds of values, their paths and warnings. */
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadMailroomSettings, loadPhaserLinkSettings } from '../../src/config/load.js';
import { parsePrinterUri } from '../../src/config/printer-uri.js';
import { temporaryFile } from '../support/temporary-folder.js';

const issueFile = `printer:  { name: Phaser 740 second floor, uri: "socket://127.0.0.1:9100" }
mailbox:  { host: 127.0.0.1, port: 1110, security: none, user: printer, password: "\${env:PRINTER_PASSWORD}", pollIntervalSeconds: 60 }
smtp:     { host: 127.0.0.1, port: 1025, security: none, from: printer@example.com }
access:   { allow: [Alice@Example.com, "@example.org"] }
people:   { sysAdmin: admin@example.com }
dataDir:  ./data
`;
const env = { PRINTER_PASSWORD: 'hush' };

function load(change: (text: string) => string = (text) => text) {
  return loadPhaserLinkSettings(temporaryFile('phaserlink.yaml', change(issueFile)), env);
}

describe('phaserlink.yaml', () => {
  it('is loaded with everything at its place', () => {
    const path = temporaryFile('phaserlink.yaml', issueFile);
    const { settings, warnings } = loadPhaserLinkSettings(path, env);
    expect(warnings).toEqual([]);
    expect(settings).toEqual({
      printer: {
        name: 'Phaser 740 second floor',
        uri: 'socket://127.0.0.1:9100',
        watch: 'auto',
      },
      mailbox: {
        host: '127.0.0.1',
        port: 1110,
        security: 'none',
        user: 'printer',
        password: 'hush',
        auth: 'auto',
        pollIntervalSeconds: 60,
        keep: 0,
        maxMessageBytes: 268_435_456,
        tooLarge: 'delete',
      },
      smtp: { host: '127.0.0.1', port: 1025, security: 'none', from: 'printer@example.com' },
      access: { allow: ['alice@example.com', '@example.org'], hold: [] },
      jobs: {
        onTrouble: 'hold-job',
        holdFor: 86_400_000,
        keepContent: 86_400_000,
        keepRecords: 90 * 86_400_000,
        minFreeBytes: 104_857_600,
      },
      people: { sysAdmin: 'admin@example.com' },
      splitMail: {
        maxPieces: 999,
        maxJobBytes: 268_435_456,
        waitForMissing: 86_400_000,
        maxUnfinishedPerSender: 8,
        maxUnfinished: 40,
      },
      dataDir: `${dirname(path)}/data`,
    });
  });

  it.each([
    ['tls', 995, 465],
    ['starttls', 110, 587],
    ['none', 110, 25],
  ])('with security %s has the ports that belong to it', (security, mailbox, smtp) => {
    const { settings } = load((text) =>
      text.replaceAll(/port: \d+, /g, '').replaceAll('security: none', `security: ${security}`),
    );
    expect([settings.mailbox.port, settings.smtp.port]).toEqual([mailbox, smtp]);
  });

  it.each([
    ['7d', 604_800_000],
    ['12 h', 43_200_000],
    ['90s', 90_000],
    ['0', 0],
  ])('keeps mails for %s', (keep, ms) => {
    const { mailbox } = load((text) =>
      text.replace('security: none, user', `security: none, keep: ${keep}, user`),
    ).settings;
    expect(mailbox.keep).toBe(ms);
  });

  it.each(['7', '-1d', '366d', '1.5h', 'soon'])('does not keep mails for "%s"', (keep) => {
    expect(() =>
      load((text) => text.replace('security: none, user', `security: none, keep: ${keep}, user`)),
    ).toThrow('a time such as 30m, 24h or 7d, from 0 to 365d');
  });

  it.each(['access: {}', 'access:', 'access: { allow: [] }', ''])('lets nobody print with "%s"', (access) => {
    expect(load((text) => text.replace(/access: .*/, access)).settings.access.allow).toEqual([]);
  });

  it.each([1, 86_400])('polls every %d seconds', (seconds) => {
    const { settings } = load((text) => text.replace('Seconds: 60', `Seconds: ${seconds}`));
    expect(settings.mailbox.pollIntervalSeconds).toBe(seconds);
  });

  it('finds a certificate file beside itself', () => {
    const path = temporaryFile('phaserlink.yaml', issueFile.replaceAll('host:', 'caFile: tls/ca.pem, host:'));
    const { mailbox, smtp } = loadPhaserLinkSettings(path, env).settings;
    expect([mailbox.caFile, smtp.caFile]).toEqual(Array(2).fill(`${dirname(path)}/tls/ca.pem`));
  });

  it.each([
    [
      'pollIntervalSeconds: 60',
      'pollIntervalSeconds: 0',
      ':2:131: mailbox.pollIntervalSeconds: found 0, should be a whole number from 1 to 86400',
    ],
    [
      'pollIntervalSeconds: 60',
      'pollIntervalSeconds: 86401',
      'found 86401, should be a whole number from 1 to 86400',
    ],
    [
      'socket://127.0.0.1:9100',
      'http://127.0.0.1',
      ':1:49: printer.uri: found "http://127.0.0.1", should be socket://HOST, ipp://HOST/ipp/print,',
    ],
    [
      '"socket://127.0.0.1:9100"',
      'lpd://127.0.0.1, jobControl: none',
      'printer.jobControl: found "none", should be left out, for only a printer at socket:// has it',
    ],
    [
      'from: printer@example.com',
      'from: printer',
      ':3:64: smtp.from: found "printer", should be a mail address such as',
    ],
    [
      '"@example.org"',
      'example.org',
      ':4:40: access.allow[1]: found "example.org", should be a mail address, or "@example.com" for everybody there',
    ],
    [
      '1025, security: none',
      '1025, security: no',
      ':3:52: smtp.security: found "no", should be one of tls, starttls, none',
    ],
    [
      'from: printer',
      'user: me, from: printer',
      ':3:1: smtp.password: found nothing, should be given together with smtp.user, or both left out',
    ],
    [
      'from: printer',
      'password: hush, from: printer',
      'smtp.password: found (secret), should be given together with smtp.user, or both left out',
    ],
  ])('with %s changed to %s says so', (from, to, expected) => {
    expect(() => load((text) => text.replace(from, to))).toThrow(expected);
  });

  it('warns of passwords in clear, unless they stay on this machine', () => {
    const remote = (text: string) => text.replaceAll('host: 127.0.0.1', 'host: mail.example.com');
    expect(load(remote).warnings).toEqual([
      expect.stringContaining('mailbox.security: none sends the password'),
    ]);
    const both = load((text) => remote(text).replace('from:', 'user: me, password: hush, from:'));
    expect(both.warnings).toHaveLength(2);
    expect(both.warnings.join()).not.toContain('hush');
    expect(load((text) => remote(text).replaceAll('security: none', 'security: starttls')).warnings).toEqual(
      [],
    );
  });
});

describe('mailroom.yaml', () => {
  const mailboxes = 'mailboxes: [{ name: printer, password: hush, addresses: [printer@example.com] }]\n';

  it('needs no more than its mailboxes', () => {
    const path = temporaryFile('mailroom.yaml', mailboxes);
    expect(loadMailroomSettings(path, {})).toEqual({
      settings: {
        host: '127.0.0.1',
        smtp: { port: 1025 },
        pop3: { port: 1110 },
        mailboxes: [{ name: 'printer', password: 'hush', addresses: ['printer@example.com'] }],
        maxMessageBytes: 50 * 1024 * 1024,
        maxMailboxBytes: 500 * 1024 * 1024,
        dataDir: `${dirname(path)}/mailroom`,
      },
      warnings: [],
    });
  });

  it('may listen on free ports, and warns when it listens to the network', () => {
    const path = temporaryFile(
      'mailroom.yaml',
      `${mailboxes}smtp: { port: 0 }\npop3: { port: 0 }\nhost: 0.0.0.0\n`,
    );
    const { settings, warnings } = loadMailroomSettings(path, {});
    expect([settings.smtp.port, settings.pop3.port]).toEqual([0, 0]);
    expect(warnings).toEqual([expect.stringContaining('0.0.0.0')]);
  });

  it('names the mailbox that has a mistake', () => {
    const path = temporaryFile(
      'mailroom.yaml',
      'mailboxes:\n  - name: printer\n    adresses: []\n    password: 1\n',
    );
    expect(() => loadMailroomSettings(path, {})).toThrow(
      /:2:5: mailboxes\[0\].addresses: found nothing.*\n.*:3:5: mailboxes\[0\].adresses: .*did you mean addresses\?.*\n.*:4:15: mailboxes\[0\].password: found \(secret\)/,
    );
  });
});

const ipp = { way: 'ipp', host: 'printer', port: 631, path: '/ipp/print', tls: false };

it.each([
  ['socket://printer', { way: 'socket', host: 'printer', port: 9100 }],
  ['socket://10.0.0.7:9101/', { way: 'socket', host: '10.0.0.7', port: 9101 }],
  ['SOCKET://[fe80::1]:1', { way: 'socket', host: 'fe80::1', port: 1 }],
  ['socket://[::1]', { way: 'socket', host: '::1', port: 9100 }],
  ['lpd://printer', { way: 'lpd', host: 'printer', port: 515, queue: 'lp' }],
  ['lpd://printer:1515/ps', { way: 'lpd', host: 'printer', port: 1515, queue: 'ps' }],
  ['ipp://printer', ipp],
  ['ipp://printer/', { ...ipp, path: '/' }],
  ['ipps://printer:8631/printers/a', { ...ipp, port: 8631, path: '/printers/a', tls: true }],
  ['file:///srv/hot%20folder', { way: 'file', folder: '/srv/hot folder' }],
  ['file://host/folder', null],
  ['lpd://printer/two/parts', null],
  ['http://printer/', null],
  ['socket://printer:0', null],
  ['socket://printer:65536', null],
  ['socket://[printer]', null],
  ['socket://::1', null],
  ['socket://me@printer', null],
  ['socket://printer/queue', null],
  ['socket://', null],
  ['printer:9100', null],
])('the printer URI %s', (uri, expected) => {
  expect(parsePrinterUri(uri)).toEqual(expected);
});
