/** The settings of a sign-in: what each provider is known to need, and every mistake in words with its place. */
import { describe, expect, it } from 'vitest';
import { loadPhaserLinkSettings } from '../../src/config/load.js';
import { temporaryFile } from '../support/temporary-folder.js';

const env = { SECRET: 'hush-client' };

function load(mailbox: string, smtp = '', oauth = '') {
  const file = `printer:  { name: Phaser, uri: "socket://127.0.0.1" }
mailbox:  { host: outlook.office365.com, user: printer@example.com, ${mailbox} }
smtp:     { host: smtp.office365.com, from: printer@example.com, security: starttls${smtp} }
people:   { sysAdmin: admin@example.com }
`;
  const path = temporaryFile('phaserlink.yaml', file.replace('OAUTH', `oauth: { ${oauth} }`));
  return loadPhaserLinkSettings(path, env);
}
const signIn = (oauth: string) => load('OAUTH', '', oauth).settings.mailbox.oauth;

const microsoft = 'provider: microsoft, tenant: example.com, clientId: the-client';
const google = 'provider: google, clientId: the-client, clientSecret: "${env:SECRET}"';
const generic =
  'provider: generic, clientId: the-client, tokenEndpoint: "https://login.example.com/token", scopes: [mail, offline_access]';
const device = 'deviceAuthorizationEndpoint: "https://login.example.com/device"';

describe('a sign-in', () => {
  it('at Microsoft knows its endpoints and scopes', () => {
    const base = 'https://login.microsoftonline.com/example.com/oauth2/v2.0';
    expect(signIn(microsoft)).toEqual({
      flow: 'device',
      clientId: 'the-client',
      clientSecret: undefined,
      clientAuthentication: 'post',
      tokenEndpoint: `${base}/token`,
      deviceAuthorizationEndpoint: `${base}/devicecode`,
      authorizationEndpoint: `${base}/authorize`,
      scopes: [
        'https://outlook.office.com/POP.AccessAsUser.All',
        'https://outlook.office.com/SMTP.Send',
        'offline_access',
      ],
      redirectHost: 'localhost',
      authorizationParameters: { prompt: 'select_account' },
    });
    expect(signIn(`${microsoft}, flow: client-credentials, clientSecret: "\${env:SECRET}"`)).toMatchObject({
      clientSecret: 'hush-client',
      scopes: ['https://outlook.office365.com/.default'],
    });
  });

  it('at Google is one with a browser, for its device codes are good for no mail', () => {
    expect(signIn(google)).toMatchObject({
      flow: 'browser',
      tokenEndpoint: 'https://oauth2.googleapis.com/token',
      authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
      scopes: ['https://mail.google.com/'],
      authorizationParameters: { access_type: 'offline', prompt: 'consent select_account' },
    });
  });

  it('at any other provider is as the settings say', () => {
    expect(signIn(`${generic}, ${device}`)).toMatchObject({
      flow: 'device',
      tokenEndpoint: 'https://login.example.com/token',
      deviceAuthorizationEndpoint: 'https://login.example.com/device',
      scopes: ['mail', 'offline_access'],
      clientAuthentication: 'basic',
    });
    const local = `${generic.replace('https://login.example.com', 'http://127.0.0.1:8080')}, flow: browser, authorizationEndpoint: "http://[::1]/a", clientAuthentication: post`;
    expect(signIn(local)).toMatchObject({ flow: 'browser', clientAuthentication: 'post' });
  });

  it.each([
    [
      microsoft.replace('tenant: example.com, ', ''),
      'mailbox.oauth.tenant: found nothing, should be given, for provider microsoft needs it',
    ],
    [
      `${google}, tenant: example.com`,
      'oauth.tenant: found "example.com", should be left out, for only provider microsoft takes it',
    ],
    [
      microsoft.replace('example.com', '"../x"'),
      'oauth.tenant: found "../x", should be a directory\'s domain or id',
    ],
    [
      `${google}, flow: device`,
      'oauth.flow: found "device", should be browser with provider google (Google lets no program read mail that signs in otherwise)',
    ],
    [
      google.replace(', clientSecret: "${env:SECRET}"', ''),
      'oauth.clientSecret: found nothing, should be given, for provider google needs it',
    ],
    [
      `${microsoft}, flow: client-credentials`,
      'oauth.clientSecret: found nothing, should be given, for flow client-credentials needs it',
    ],
    [
      generic,
      'oauth.deviceAuthorizationEndpoint: found nothing, should be given, for provider generic and flow device needs it',
    ],
    [
      `${generic}, ${device}, flow: browser`,
      'oauth.authorizationEndpoint: found nothing, should be given, for provider generic and flow browser needs it',
    ],
    [
      `${generic}, ${device}`.replace('scopes: [mail, offline_access], ', ''),
      'oauth.scopes: found nothing, should be given, for provider generic needs it',
    ],
    [
      `${microsoft}, tokenEndpoint: "https://login.example.com/token"`,
      'oauth.tokenEndpoint: found "https://login.example.com/token", should be left out, for only provider generic takes it',
    ],
    [
      `${generic}, ${device}`.replace('https://login.example.com/token', 'http://login.example.com/token'),
      'oauth.tokenEndpoint: found "http://login.example.com/token", should be an address that begins with https://',
    ],
    [
      `${generic}, ${device}`.replace('[mail, offline_access]', '["two words"]'),
      'oauth.scopes[0]: found "two words", should be a scope',
    ],
    [
      'provider: yahoo, clientId: x',
      'oauth.provider: found "yahoo", should be one of microsoft, google, generic',
    ],
    ['provider: microsoft, tenant: a', 'oauth.clientId: found nothing'],
    [`${microsoft}, clientID: x`, 'did you mean clientId?'],
    [`${microsoft}, clientSecret: [hush-hush]`, 'oauth.clientSecret: found a list'],
  ])('of %s is told: %s', (oauth, expected) => {
    expect(() => load('OAUTH', '', oauth)).toThrow(expected);
    expect(() => load('OAUTH', '', oauth)).toThrow(/phaserlink\.yaml:2:\d+: mailbox\.oauth\./);
    expect(() => load('OAUTH', '', oauth)).toThrow(/^((?!hush).)*$/s);
  });
});

describe('a mailbox', () => {
  it.each([
    [
      '',
      'mailbox.password: found nothing, should be given, or mailbox.oauth in its place: exactly one of the two',
    ],
    [
      `password: hush, OAUTH`,
      'mailbox.password: found (secret), should be given, or mailbox.oauth in its place: exactly one',
    ],
    [
      `security: none, OAUTH`,
      ':2:79: mailbox.security: found "none", should be tls or starttls, for with oauth an access token is sent',
    ],
    ['oauth: microsoft', 'mailbox.oauth: found a single value, should be a mapping with provider, clientId'],
    ['oauth:', 'mailbox.oauth: found nothing, should be a mapping with provider, clientId'],
  ])('with %s is told: %s', (mailbox, expected) => {
    expect(() => load(mailbox, '', microsoft)).toThrow(expected);
  });

  it('at a provider that takes no passwords is warned of one (ask 2)', () => {
    const { warnings } = load('password: hush');
    expect(warnings).toEqual([
      expect.stringMatching(
        /^mailbox\.password: Microsoft lets no program in with a password.*docs\/oauth\.md/,
      ),
    ]);
    expect(load('OAUTH', '', microsoft).warnings).toEqual([]);
  });
});

describe('a mail server', () => {
  it('is logged in to with the sign-in of the mailbox', () => {
    expect(load('OAUTH', ', oauth: mailbox', microsoft).settings.smtp).toMatchObject({ oauth: 'mailbox' });
    expect(load('OAUTH', ', oauth: mailbox, user: other@example.com', microsoft).settings.smtp.user).toBe(
      'other@example.com',
    );
  });

  it.each([
    [
      'password: x',
      ', oauth: mailbox',
      'smtp.oauth: found "mailbox", should be left out, for there is no mailbox.oauth to log in with',
    ],
    [
      'OAUTH',
      ', oauth: mailbox, password: hush',
      'smtp.password: found (secret), should be left out, for smtp.oauth is in its place',
    ],
    ['OAUTH', ', oauth: google', 'smtp.oauth: found "google", should be one of mailbox'],
  ])('with mailbox %s and smtp %s is told: %s', (mailbox, smtp, expected) => {
    expect(() => load(mailbox, smtp, microsoft)).toThrow(expected);
  });
});
