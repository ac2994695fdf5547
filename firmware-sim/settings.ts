/** The settings of the simulated printer: phaser740.yaml. */
import * as v from 'valibot';
import { type ProfileName, profiles } from './phaser-740.js';

const profileNames = Object.keys(profiles) as ProfileName[];
const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const path = v.pipe(v.string(), v.nonEmpty());

/** Each face is on when it is named; a port of 0 picks a free one. */
const raw = v.strictObject({
  host: v.optional(v.pipe(v.string(), v.nonEmpty()), '127.0.0.1'),
  port: whole(0, 65_535),
});

export const settingsSchema = v.strictObject({
  profile: v.optional(v.picklist(profileNames), 'N'),
  /** As fast as it can, as fast as the machine was, or that many times as fast as the machine was. */
  speed: v.optional(
    v.union([v.picklist(['instant', 'rated']), v.pipe(v.number(), v.minValue(0.01), v.maxValue(1000))]),
    'instant',
  ),
  dataDir: v.optional(path, './printer'),
  out: v.optional(path, './output-tray'),
  raw: v.optional(raw),
  resolutionDpi: v.optional(whole(72, 1200), 300),
  /** How long a job may work, not counting the time that it waits for data or paper. */
  jobTimeoutSeconds: v.optional(whole(1, 86_400), 300),
  /** How long the printer waits for more data (FACTS 7.1). */
  waitTimeoutSeconds: v.optional(whole(1, 86_400), 40),
});

export type Settings = v.InferOutput<typeof settingsSchema>;

/** What the printer does without a settings file. */
export const defaultSettings: Settings = v.parse(settingsSchema, { raw: { port: 9100 } });
