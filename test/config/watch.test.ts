/** By which way a printer is watched, and as whom: what the settings say, what they leave to us, and what they may not say. */
import { describe, expect, it } from 'vitest';
import { SettingsError } from '#base/settings-error.js';
import { loadPhaserLinkSettings } from '../../src/config/load.js';
import { watchAddress } from '../../src/config/watch.js';
import { temporaryFile } from '../support/temporary-folder.js';

const secret = 'a secret of SNMP';

function load(printer: string) {
  const rest =
    'mailbox: { host: h, user: u, password: p }\nsmtp: { host: h, from: p@example.com }\npeople: { sysAdmin: a@example.com }\n';
  const path = temporaryFile('phaserlink.yaml', `printer: { name: P, ${printer} }\n${rest}`);
  return loadPhaserLinkSettings(path, { SECRET: secret }).settings.printer;
}

describe('by which way a printer is watched', () => {
  it.each([
    ['socket://p', 'auto', { way: 'snmp', host: 'p', port: 161 }],
    ['lpd://[::1]/q', 'auto', { way: 'snmp', host: '::1', port: 161 }],
    ['ipps://p:632/x', 'auto', { way: 'ipp', host: 'p', port: 632, path: '/x', tls: true }],
    ['ipp://p', 'snmp://q:1610', { way: 'snmp', host: 'q', port: 1610 }],
    ['socket://p', 'ipp://p', { way: 'ipp', host: 'p', port: 631, path: '/ipp/print', tls: false }],
    ['socket://p', 'none', null],
    ['file:///tmp/x', 'auto', null],
    ['file:///tmp/x', 'snmp://p', null],
  ])('%s with %s', (uri, watch, address) => {
    expect(watchAddress(load(`uri: "${uri}", watch: "${watch}"`))).toEqual(address);
  });

  it('is automatic when nothing is said', () => {
    expect(load('uri: "socket://p"')).toMatchObject({ watch: 'auto' });
  });

  it.each(['socket://p', 'lpd://p', 'snmp://', 'snmp://p/x', 'snmp://p:0', 'yes', 'http://p'])(
    'is not %s',
    (watch) => {
      expect(() => load(`uri: "socket://p", watch: "${watch}"`)).toThrow(/printer\.watch: .*snmp:\/\/HOST/);
    },
  );
});

describe('as whom it is asked', () => {
  it('is public without a word, and a user when one is named', () => {
    expect(load('uri: "socket://p", snmp: {}').snmp).toMatchObject({ community: 'public' });
    const user = 'user: watcher, authPassword: "${env:SECRET}", authProtocol: sha256';
    expect(load(`uri: "socket://p", snmp: { ${user} }`).snmp).toMatchObject({
      ...{ user: 'watcher', authPassword: secret, authProtocol: 'sha256' },
    });
  });

  it.each([
    ['user: watcher', 'printer.snmp.user: .* given together with printer.snmp.authPassword'],
    ['authPassword: "${env:SECRET}"', 'printer.snmp.user'],
    ['privPassword: "${env:SECRET}"', 'printer.snmp.privPassword: .* left out without printer.snmp.user'],
    ['version: v3', 'printer.snmp.version: .* v3 with printer.snmp.user'],
    ['version: v2c, user: w, authPassword: "${env:SECRET}"', 'printer.snmp.version'],
    ['user: w, authPassword: short', 'printer.snmp.authPassword: .* at least 8 characters'],
  ])('%s is a mistake, told without the secret', (snmp, told) => {
    let mistake: unknown;
    try {
      load(`uri: "socket://p", snmp: { ${snmp} }`);
    } catch (error) {
      mistake = error;
    }
    expect(mistake).toBeInstanceOf(SettingsError);
    expect(String(mistake)).toMatch(new RegExp(told));
    expect(String(mistake)).not.toMatch(new RegExp(`${secret}|short`));
  });
});
