/** Every setting of phaser740.yaml, declared once. */
import * as v from 'valibot';
import { fromSettingsFolder, readSettings } from '#base/settings-file.js';
import {
  choice,
  host,
  list,
  listenPort,
  oneLineText,
  path,
  port,
  secretText,
  section,
  setting,
  wholeNumber,
} from '#base/settings-schema.js';
import { simulatedPrinterObjectId } from '#vocab/snmp-arc.js';
import { minPasswordLength } from '#vocab/snmp-protocols.js';
import { authProtocols, privProtocols } from '#wire/snmp-users.js';
import type { Device } from './device/device.js';
import { describeDevice, deviceSchema, whatDoesNotFit } from './device/device-schema.js';
import { type ProfileName, profiles } from './device/phaser-740.js';
import { atSpeed } from './device/speed.js';
import { unaskedPages } from './pages/print-own-pages.js';
import { rasterKinds } from './rasters/output-tray.js';

const profileNames = Object.keys(profiles) as ProfileName[];

const speedSetting = setting(
  v.union([v.picklist(['instant', 'rated']), v.pipe(v.number(), v.minValue(0.01), v.maxValue(1000))]),
  {
    type: 'instant, rated, or a factor from 0.01 to 1000',
    text: 'As fast as it can, as fast as the machine was, or that many times as fast as the machine was.',
  },
);

const listeningHost = v.optional(host({ text: 'The address to listen on.' }), '127.0.0.1');

/** Of a face that needs no more than a place to listen. */
function listening(port: string) {
  return {
    host: listeningHost,
    port: listenPort({ text: 'The port; 0 takes a free one and says which.', example: port }),
  };
}

const raw = section('Raw printing (AppSocket); the face is on when it is named.', {
  ...listening('9100'),
  whenBusy: v.optional(
    choice(['refuse', 'wait'], {
      text: 'What becomes of a connection while another job is in the machine: it is reset, as Phasers did, or waits for its turn.',
    }),
    'refuse',
  ),
});

const panel = section(
  'The front panel as a web page, and control over HTTP; the face is on when it is named. Whoever reaches the port can do everything to the printer.',
  {
    ...listening('7400'),
    names: v.optional(
      list(host({ text: 'A host name.' }), {
        text: 'Host names by which browsers may call it, besides its addresses and localhost.',
      }),
      [],
    ),
  },
);

const ipp = section(
  'IPP; the face is on when it is named. Whoever reaches the port may print, cancel and pause.',
  listening('6310'),
);
const lpd = section('Printing by LPD (RFC 1179); the face is on when it is named.', listening('1515'));
const udpStatus = section('Status over UDP; the face is on when it is named.', listening('9101'));
const web = section(
  "The printer's own web pages, to be read; the face is on when it is named.",
  listening('8074'),
);
const ftp = section('Printing by FTP; the face is on when it is named.', listening('2121'));

/** RFC 3414 §11.2 */
const snmpPassword = (text: string, example: string) =>
  v.pipe(
    secretText({ text }),
    v.minLength(minPasswordLength),
    v.metadata({ type: `text of at least ${minPasswordLength} characters`, secret: true, text, example }),
  );

const snmpUser = section('A user of SNMP version 3: always signed and encrypted, only to read.', {
  name: oneLineText({ text: 'The name.', example: 'watcher' }),
  authPassword: snmpPassword('What messages are signed with.', '${env:SNMP_AUTH_PASSWORD}'),
  privPassword: snmpPassword('What messages are encrypted with.', '${env:SNMP_PRIV_PASSWORD}'),
  authProtocol: v.optional(choice(authProtocols, { text: 'How they are signed.' }), 'sha'),
  privProtocol: v.optional(
    choice(Object.keys(privProtocols) as (keyof typeof privProtocols)[], {
      text: 'How they are encrypted; of the two for 256 bits, most managers take aes256, and some aes256-c.',
    }),
    'aes',
  ),
});

const trapReceiver = section('A host that is told when the alert table changes.', {
  host: host({ text: 'The host.', example: '192.0.2.10' }),
  port: v.optional(port({ text: 'Its port.' }), 162),
  community: v.optional(
    secretText({ text: 'The community that it is told under, by version 2c.' }),
    'public',
  ),
  user: v.optional(
    oneLineText({ text: 'The name of the user that it is told as, by version 3, and not by 2c.' }),
  ),
});

const objectIdentifier = setting(v.pipe(v.string(), v.regex(/^1\.3(\.(0|[1-9]\d{0,8})){1,30}$/)), {
  type: 'an object identifier such as 1.3.6.1.4.1.8072',
  text: 'What sysObjectID answers; 1.3.6.1.4.1.128.2.1.4 is what discovery tools know as a Tektronix Phaser.',
});

const snmp = section('SNMP; the face is on when it is named, and answers those who are named here.', {
  ...listening('1610'),
  communities: v.optional(
    list(secretText({ text: 'A community.' }), {
      text: 'Who may read by version 1 and 2c, most often public. Nobody may write.',
    }),
    [],
  ),
  users: v.optional(list(snmpUser, { text: 'Who may read by version 3.', inSample: false }), []),
  trapReceivers: v.optional(list(trapReceiver, { text: 'Who is told of alerts.', inSample: false }), []),
  objectId: v.optional(objectIdentifier, simulatedPrinterObjectId),
});

const everything = section('The settings of the simulated Phaser 740.', {
  profile: v.optional(choice(profileNames, { text: 'The version of the machine: memory, colour.' }), 'N'),
  device: v.optional(deviceSchema),
  name: v.optional(
    oneLineText({ text: "The printer's name, as IPP and SNMP (sysName) tell it; by itself the model's." }),
  ),
  location: v.optional(oneLineText({ text: 'Where it stands (sysLocation).' })),
  contact: v.optional(oneLineText({ text: 'Who takes care of it (sysContact).' })),
  speed: v.optional(speedSetting, 'instant'),
  dataDir: v.optional(
    path('folder', { text: 'Where its counters are kept; relative to this file. Made when missing.' }),
    './printer',
  ),
  out: v.optional(
    path('folder', { text: 'The output tray; relative to this file. Made when missing.' }),
    './output-tray',
  ),
  raw: v.optional(raw),
  ipp: v.optional(ipp),
  udpStatus: v.optional(udpStatus),
  lpd: v.optional(lpd),
  ftp: v.optional(ftp),
  web: v.optional(web),
  advertise: v.optional(
    setting(v.boolean(), {
      type: 'true or false',
      text: 'Whether the ways to print are advertised in the local network by mDNS (Bonjour); the name must be the only one there.',
    }),
    false,
  ),
  snmp: v.optional(snmp),
  panel: v.optional(panel),
  resolutionDpi: v.optional(
    wholeNumber(72, 1200, { text: 'The resolution of the page pictures.', unit: 'dots per inch' }),
    300,
  ),
  rasters: v.optional(
    list(choice(rasterKinds, { text: 'One grey picture for each colorant, or a PWG raster file.' }), {
      text: 'What is kept of each page beside its picture, at the full resolution of its mode; pages are drawn at it then.',
    }),
    [],
  ),
  ownPages: v.optional(
    list(choice(unaskedPages, { text: 'A start-up page, or a page for each job that an error has ended.' }), {
      text: 'What the printer prints without being asked.',
    }),
    [],
  ),
  jobTimeoutSeconds: v.optional(
    wholeNumber(1, 86_400, {
      text: 'How long a job may work, not counting the time that it waits for data or paper.',
      unit: 'seconds',
    }),
    300,
  ),
  waitTimeoutSeconds: v.optional(
    wholeNumber(1, 86_400, { text: 'How long the printer waits for more data.', unit: 'seconds' }),
    40,
  ),
});

export const phaser740Schema = v.pipe(
  everything,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.device === undefined) return;
    const { value } = dataset;
    const mistake = whatDoesNotFit(deviceOf(value));
    if (mistake === null) return;
    const key = {
      type: 'object',
      origin: 'value',
      input: value,
      key: 'device',
      value: value.device,
    } as const;
    addIssue({ message: `a printer that fits together, but ${mistake}`, path: [key] });
  }),
);

export type SnmpSettings = v.InferOutput<typeof snmp> & Pick<Settings, 'name' | 'location' | 'contact'>;
export type Settings = v.InferOutput<typeof everything>;

/** What the printer does without a settings file. */
export const defaultSettings: Settings = v.parse(phaser740Schema, {
  raw: { port: 9100 },
  panel: { port: 7400 },
});

/** With paths made absolute; throws SettingsError with every mistake. */
export function loadPhaser740Settings(file: string, env: Record<string, string | undefined>): Settings {
  const settings = readSettings(file, phaser740Schema, env);
  return {
    ...settings,
    dataDir: fromSettingsFolder(file, settings.dataDir),
    out: fromSettingsFolder(file, settings.out),
  };
}

/** The printer that the settings name, at their speed. */
export function deviceOf({
  profile,
  device = {},
  speed,
}: Pick<Settings, 'profile' | 'device' | 'speed'>): Device {
  return atSpeed(describeDevice(profiles[profile], device), speed);
}
