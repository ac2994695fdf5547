/** The settings of the printer watch: by which way the printer is asked how it is, and as whom. */
import * as v from 'valibot';
import { choice, oneLineText, type SettingFacts, secretText, section } from '#base/settings-schema.js';
import { managerAuthProtocols, managerPrivProtocols, minPasswordLength } from '#vocab/snmp-protocols.js';
import { parseNetworkUri, parsePrinterUri } from './printer-uri.js';

/** IANA's port of SNMP agents. */
const snmpPort = 161;

export type WatchAddress =
  | { way: 'snmp'; host: string; port: number }
  | { way: 'ipp'; host: string; port: number; path: string; tls: boolean };

/** Null when the text is none; `none` is no address either, and neither is `auto`. */
export function parseWatchUri(text: string): WatchAddress | null {
  const network = parseNetworkUri(text);
  if (network?.scheme === 'snmp') {
    const { host, port = snmpPort, path } = network;
    return path === '' || path === '/' ? { way: 'snmp', host, port } : null;
  }
  const address = parsePrinterUri(text);
  return address?.way === 'ipp' ? address : null;
}

/** Where a printer is watched: a printer of IPP by IPP itself, any other that is in the network by SNMP; null for nowhere. */
export function watchAddress({ uri, watch }: { uri: string; watch: string }): WatchAddress | null {
  const printer = parsePrinterUri(uri);
  if (watch === 'none' || printer === null || printer.way === 'file') return null;
  if (watch !== 'auto') return parseWatchUri(watch);
  return printer.way === 'ipp' ? printer : { way: 'snmp', host: printer.host, port: snmpPort };
}

export function watchUri(facts: Omit<SettingFacts, 'type' | 'secret'>) {
  const type =
    'auto, none, snmp://HOST, ipp://HOST/ipp/print or ipps://HOST/ipp/print, with :PORT where it is not the usual one';
  return v.pipe(
    v.string(),
    v.check((text) => text === 'auto' || text === 'none' || parseWatchUri(text) !== null),
    v.metadata({ type, ...facts }),
  );
}

const password = (text: string, example: string) =>
  v.pipe(
    secretText({ text }),
    v.minLength(minPasswordLength),
    v.metadata({ type: `text of at least ${minPasswordLength} characters`, secret: true, text, example }),
  );

/** As whom the printer is asked by SNMP. Signing is what version 3 is for, so that a user without it is none. */
export const snmpSection = v.pipe(
  section(
    'As whom the printer is asked by SNMP; without it by version 2c as public, which most printers answer.',
    {
      version: v.optional(
        choice(['v1', 'v2c', 'v3'], {
          text: 'The version of SNMP.',
          default: 'v3 with a user, otherwise v2c',
          example: 'v3',
        }),
      ),
      community: v.optional(
        secretText({
          text: 'What is asked with by version 1 and 2c.',
          example: '${env:SNMP_COMMUNITY}',
        }),
        'public',
      ),
      user: v.optional(oneLineText({ text: 'The user of version 3.', example: 'watcher' })),
      authPassword: v.optional(password('What messages are signed with.', '${env:SNMP_AUTH_PASSWORD}')),
      authProtocol: v.optional(
        choice(managerAuthProtocols, {
          text: 'How they are signed; md5 is for printers that know nothing better.',
        }),
        'sha',
      ),
      privPassword: v.optional(
        password(
          'What messages are encrypted with; without it they are only signed.',
          '${env:SNMP_PRIV_PASSWORD}',
        ),
      ),
      privProtocol: v.optional(
        choice(managerPrivProtocols, {
          text: 'How they are encrypted; des is for printers that know nothing better.',
        }),
        'aes',
      ),
    },
  ),
  v.forward(
    v.partialCheck(
      [['user'], ['authPassword']],
      ({ user, authPassword }) => (user === undefined) === (authPassword === undefined),
      'given together with printer.snmp.authPassword, or both left out',
    ),
    ['user'],
  ),
  v.forward(
    v.partialCheck(
      [['user'], ['privPassword']],
      ({ user, privPassword }) => user !== undefined || privPassword === undefined,
      'left out without printer.snmp.user',
    ),
    ['privPassword'],
  ),
  v.forward(
    v.partialCheck(
      [['version'], ['user']],
      ({ version, user }) => version === undefined || (version === 'v3') === (user !== undefined),
      'v3 with printer.snmp.user, and v1 or v2c without',
    ),
    ['version'],
  ),
  v.metadata({ inSample: false }),
);
