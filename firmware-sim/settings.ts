/** Every setting of phaser740.yaml, declared once. */
import * as v from 'valibot';
import { fromSettingsFolder, readSettings } from '#base/settings-file.js';
import {
  choice,
  host,
  list,
  listenPort,
  path,
  section,
  setting,
  wholeNumber,
} from '#base/settings-schema.js';
import { type ProfileName, profiles } from './device/phaser-740.js';

const profileNames = Object.keys(profiles) as ProfileName[];

const speed = setting(
  v.union([v.picklist(['instant', 'rated']), v.pipe(v.number(), v.minValue(0.01), v.maxValue(1000))]),
  {
    type: 'instant, rated, or a factor from 0.01 to 1000',
    text: 'As fast as it can, as fast as the machine was, or that many times as fast as the machine was.',
  },
);

const raw = section('Raw printing (AppSocket); the face is on when it is named.', {
  host: v.optional(host({ text: 'The address to listen on.' }), '127.0.0.1'),
  port: listenPort({ text: 'The port; 0 takes a free one and says which.', example: '9100' }),
  whenBusy: v.optional(
    choice(['refuse', 'wait'], {
      text: 'What becomes of a connection while another job is in the machine: it is reset, as Phasers did, or waits for its turn.',
    }),
    'refuse',
  ),
});

const panel = section(
  'The front panel as a web page, and control over HTTP; the face is on when it is named.',
  {
    host: v.optional(
      host({ text: 'The address to listen on. Whoever reaches it can do everything to the printer.' }),
      '127.0.0.1',
    ),
    port: listenPort({ text: 'The port; 0 takes a free one and says which.', example: '7400' }),
    names: v.optional(
      list(host({ text: 'A host name.' }), {
        text: 'Host names by which browsers may call it, besides its addresses and localhost.',
      }),
      [],
    ),
  },
);

export const phaser740Schema = section('The settings of the simulated Phaser 740.', {
  profile: v.optional(choice(profileNames, { text: 'The version of the machine: memory, colour.' }), 'N'),
  speed: v.optional(speed, 'instant'),
  dataDir: v.optional(
    path('folder', { text: 'Where its counters are kept; relative to this file. Made when missing.' }),
    './printer',
  ),
  out: v.optional(
    path('folder', { text: 'The output tray; relative to this file. Made when missing.' }),
    './output-tray',
  ),
  raw: v.optional(raw),
  panel: v.optional(panel),
  resolutionDpi: v.optional(
    wholeNumber(72, 1200, { text: 'The resolution of the page pictures.', unit: 'dots per inch' }),
    300,
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

export type Settings = v.InferOutput<typeof phaser740Schema>;

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
