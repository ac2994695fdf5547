/** What the machine keeps when it is switched off, in one file that is made anew each time. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { makeFolderDurably, writeFileDurably } from '#base/durable-files.js';
import { PhaserLinkError, systemErrorCode } from '#base/errors.js';
import { mediaSizeNames, mediaTypes } from '#vocab/media.js';
import type { Device } from '../device/device.js';
import { newMachine, withoutPower } from './new-machine.js';
import type { MachineState } from './state.js';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const medium = v.strictObject({
  size: v.picklist(mediaSizeNames),
  type: v.picklist(Object.keys(mediaTypes) as (keyof typeof mediaTypes)[]),
});

const keptSchema = v.strictObject({
  /** Of this shape; the number grows with it. */
  version: v.literal(1),
  model: v.string(),
  /** The number of the last job that was begun. */
  lastJob: count,
  counters: v.strictObject({
    pages: count,
    colourPages: count,
    sheets: count,
    jobs: count,
    jams: count,
    powerOns: count,
    pagesSincePowerOn: count,
  }),
  lastAlertIndex: count,
  covers: v.record(v.string(), v.picklist(['closed', 'open'])),
  inputs: v.record(v.string(), v.strictObject({ inserted: v.boolean(), sheets: count, medium })),
  outputs: v.record(v.string(), count),
  supplies: v.record(
    v.string(),
    v.strictObject({ used: v.number(), present: v.boolean(), wrong: v.boolean() }),
  ),
  jammedArea: v.nullable(v.string()),
  counterLie: v.nullable(v.number()),
});
export type KeptMachine = v.InferOutput<typeof keptSchema>;

export class MachineStore {
  readonly #file: string;
  readonly #device: Device;

  constructor(folder: string, device: Device) {
    this.#file = join(folder, 'machine.json');
    this.#device = device;
  }

  /** The machine as it was switched off; a new one when there is none yet, or `fresh` asks for it. */
  async load(fresh: boolean): Promise<{ state: MachineState; lastJob: number }> {
    await makeFolderDurably(join(this.#file, '..'));
    const state = newMachine(this.#device);
    if (fresh) return { state, lastJob: 0 };
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return { state, lastJob: 0 };
      throw this.#unreadable(error);
    }
    try {
      const kept = v.parse(keptSchema, JSON.parse(text));
      return { state: fromKept(kept, state), lastJob: kept.lastJob };
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  /** On disk when it resolves. */
  async save(state: MachineState, lastJob: number): Promise<void> {
    await writeFileDurably(this.#file, `${JSON.stringify(toKept(this.#device, state, lastJob))}\n`);
  }

  #unreadable(cause: unknown): PhaserLinkError {
    return new PhaserLinkError({
      code: 'machine-unreadable',
      retry: 'permanent',
      text: `${this.#file} cannot be read as the printer's state; correct it, or start with --fresh for a new printer`,
      cause,
    });
  }
}

function toKept(device: Device, state: MachineState, lastJob: number): KeptMachine {
  const { counters, lastAlertIndex, covers, inputs, outputs, supplies, jam, disturbance } = state;
  return {
    version: 1,
    model: device.model,
    lastJob,
    counters,
    lastAlertIndex,
    covers,
    inputs,
    outputs,
    supplies,
    jammedArea: jam?.area ?? null,
    counterLie: disturbance.counterLie,
  };
}

/** Of what was kept only what this device has: it may have been another version of the printer. */
function fromKept(kept: KeptMachine, fresh: MachineState): MachineState {
  const { counters, lastAlertIndex, jammedArea, counterLie } = kept;
  return withoutPower({
    ...fresh,
    counters,
    lastAlertIndex,
    covers: overlay(fresh.covers, kept.covers),
    inputs: overlay(fresh.inputs, kept.inputs),
    outputs: overlay(fresh.outputs, kept.outputs),
    supplies: overlay(fresh.supplies, kept.supplies),
    jam: jammedArea === null ? null : { area: jammedArea, pages: [] },
    disturbance: { ...fresh.disturbance, counterLie },
  });
}

function overlay<V>(
  fresh: Readonly<Record<string, V>>,
  kept: Readonly<Record<string, V>>,
): Record<string, V> {
  return Object.fromEntries(Object.entries(fresh).map(([id, value]) => [id, kept[id] ?? value]));
}
