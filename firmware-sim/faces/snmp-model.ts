/** The simulated machine in the Printer MIB's terms: pure, from its description and its state. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { conditions } from '#vocab/conditions.js';
import { mediaSizes } from '#vocab/media.js';
import { parseOid } from '#wire/ber.js';
import { type ObjectGroup, scalarsPart } from '#wire/mib-objects.js';
import type { MibPart } from '#wire/mib-view.js';
import type {
  AlertModel,
  ChannelModel,
  InputModel,
  InterfaceModel,
  InterpreterModel,
  MediaPathModel,
  PrinterModel,
  StorageModel,
  SupplyModel,
} from '#wire/printer-model.js';
import { type Device, deviceId, type InputDescription, type SupplyDescription } from '../device/device.js';
import { alertLines, displayColumns, type PanelText, panelText, partsOf } from '../machine/panel-text.js';
import type { Alert, MachineState } from '../machine/state.js';
import { levelPercent } from '../machine/wear.js';
import type { SnmpSettings } from '../settings.js';

/** What the face knows beside the machine. */
export interface SnmpSurroundings {
  settings: Pick<SnmpSettings, 'objectId' | 'name' | 'location' | 'contact'>;
  /** Six bytes. */
  ethernetAddress: Buffer;
  now(): number;
  uptimeMs(): number;
  /** Epoch milliseconds. */
  poweredOnAt: number;
  criticalAlerts: number;
  allAlerts: number;
  /** As the machine tells it: it can lie. */
  pageCounter: number;
  channels: readonly ChannelModel[];
  traffic: InterfaceModel['traffic'];
}

/** IANAifType-MIB; the 740 had 10BASE-T (FACTS 6). */
const ethernet = { type: 6, mtu: 1500, bitsPerSecond: 10_000_000 };
/** Ours. */
const diskBytes = 2 ** 30;
/** The disk's place among the storages, behind the memory. */
const diskStorage = 2;
/** RFC 3805, prtInputMediaDimFeedDirChosen. */
const unknown = -2;
const micrometersPerPoint = 25_400 / 72;

export function snmpModel(device: Device, state: MachineState, around: SnmpSurroundings): PrinterModel {
  const { settings, poweredOnAt, now, uptimeMs } = around;
  const panel = panelText(device, state);
  return {
    system: {
      // FACTS 8: the family's shape, our own versions, and a word that says what it is.
      description: `Tektronix, Inc., ${device.model}, PhaserShare Series B Network Interface, (${device.firmware}), simulated`,
      objectId: parseOid(settings.objectId),
      name: settings.name ?? device.model,
      location: settings.location ?? '',
      contact: settings.contact ?? '',
    },
    now,
    uptimeMs,
    interfaces: [
      {
        ...ethernet,
        name: 'Ethernet',
        address: around.ethernetAddress,
        up: state.disturbance.network === 'plugged',
        traffic: around.traffic,
      },
    ],
    memoryBytes: device.installedRamBytes,
    storages: storages(device, state),
    makeAndModel: `Tektronix, Inc., ${device.product}`,
    deviceId: deviceId(device),
    serialNumber: serialNumber(around.ethernetAddress),
    activity: activityOf(state),
    alerts: state.alerts.map((alert) => alertModel(device, state, alert, poweredOnAt)),
    criticalAlerts: around.criticalAlerts,
    allAlerts: around.allAlerts,
    covers: device.covers.map(({ id, name: cover }) => ({ name: cover, open: state.covers[id] === 'open' })),
    inputs: device.inputs.map((input) => inputModel(input, state)),
    outputs: device.outputs.map(({ id, name: output, capacitySheets, faceUp }) => ({
      name: output,
      type: 'unRemovableBin',
      capacitySheets,
      remainingSheets: Math.max(0, capacitySheets - (state.outputs[id] ?? 0)),
      faceUp,
    })),
    marker: {
      technology: 'electrophotographicLaser',
      lifeImpressions: around.pageCounter,
      impressionsSincePowerOn: state.counters.pagesSincePowerOn,
      ...finest(device),
      margins: device.margins.letter,
    },
    supplies: device.supplies.map((supply) => supplyModel(device, state, supply)),
    colorants: device.colorants,
    mediaPaths: mediaPaths(device),
    channels: around.channels,
    interpreters: interpreters(device),
    display: { lines: panel.lines, characters: displayColumns },
    lights: lights(panel.lights),
  };
}

/** Of a sheet that goes short edge first: down the page, and across. */
function finest({ modes }: Device): { feedDpi: number; crossFeedDpi: number } {
  return {
    feedDpi: Math.max(...modes.map(({ yDpi }) => yDpi)),
    crossFeedDpi: Math.max(...modes.map(({ xDpi }) => xDpi)),
  };
}

function storages({ installedRamBytes, disk }: Device, { disturbance }: MachineState): StorageModel[] {
  const memory = { name: 'RAM', kind: 'ram', bytes: installedRamBytes, usedBytes: 0 } as const;
  const used = disturbance.diskFull ? diskBytes : 0;
  return disk ? [memory, { name: 'Hard Disk', kind: 'disk', bytes: diskBytes, usedBytes: used }] : [memory];
}

function inputModel({ id, name, kind, capacitySheets }: InputDescription, state: MachineState): InputModel {
  const tray = state.inputs[id];
  const size = tray && mediaSizes[tray.medium.size];
  return {
    name,
    type: kind === 'manual' ? 'sheetFeedManual' : 'sheetFeedAutoRemovableTray',
    feedMicrometers: size ? micrometers(size.heightPoints) : unknown,
    crossFeedMicrometers: size ? micrometers(size.widthPoints) : unknown,
    capacitySheets,
    sheets: tray?.inserted ? tray.sheets : 'unknown',
    mediaName: size?.pwg ?? '',
    mediaType: tray?.medium.type ?? '',
  };
}

function interpreters(device: Device): InterpreterModel[] {
  const { version, revision } = device.postScript;
  const pdf = { level: '', languageVersion: '', description: 'PDF', version: '', answers: false };
  return [
    {
      family: 'langPS',
      level: '3',
      languageVersion: version,
      description: 'PostScript 3',
      version: `${version}.${revision}`,
      ...finest(device),
      answers: true,
    },
    { family: 'langPDF', ...pdf, ...finest(device) },
  ];
}

/** Ours. */
function serialNumber(address: Buffer): string {
  return `SIM740-${address.subarray(3).toString('hex').toUpperCase()}`;
}

/** Tektronix's prefix (FACTS 8), and three bytes that are this printer's own. */
export function ethernetAddressOf(engineId: Buffer): Buffer {
  const own = createHash('sha256').update(engineId).digest().subarray(0, 3);
  return Buffer.concat([Buffer.from([0x08, 0x00, 0x11]), own]);
}

function activityOf({ phase, job }: MachineState): PrinterModel['activity'] {
  if (phase === 'warming-up' || phase === 'sleeping') return phase;
  return job === null ? 'idle' : 'printing';
}

export function alertModel(
  device: Device,
  state: MachineState,
  alert: Alert,
  poweredOnAt: number,
): AlertModel {
  return {
    index: alert.index,
    condition: alert.condition,
    unit: unitOf(device, alert),
    text: alertLines(device, state, alert)[0],
    raisedMs: Math.max(0, alert.since - poweredOnAt),
  };
}

/** The place of the part in the table of the condition's group. */
function unitOf(device: Device, { condition, where }: Alert): number | null {
  switch (conditions[condition].alert?.group) {
    case 'mediaPath':
      return mediaPathOf(device, where);
    case 'marker':
    case 'interpreter':
      return 1;
    case 'hostResourcesMIBStorageTable':
      return device.disk ? diskStorage : null;
    default: {
      const place = partsOf(device, condition).findIndex(({ id }) => id === where);
      return place < 0 ? null : place + 1;
    }
  }
}

function supplyModel(device: Device, state: MachineState, supply: SupplyDescription): SupplyModel {
  const types = {
    toner: 'toner',
    'imaging-unit': 'opc',
    fuser: 'fuser',
    'transfer-unit': 'transferUnit',
  } as const;
  const now = state.supplies[supply.id];
  return {
    name: supply.name,
    class: 'supplyThatIsConsumed',
    type: types[supply.kind],
    colorant: supply.colorant === null ? null : device.colorants.indexOf(supply.colorant) + 1,
    // A part may be worn beyond its life, but the MIB's level ends at 0.
    percent: now?.present ? Math.max(0, levelPercent(now)) : 'unknown',
  };
}

/** The trays' way, the multi-purpose tray's, and the one round for the back of the sheet. */
function mediaPaths(device: Device): MediaPathModel[] {
  const sizes = device.inputs.flatMap(({ sizes }) => sizes).map((size) => mediaSizes[size]);
  const heights = sizes.map(({ heightPoints }) => micrometers(heightPoints));
  const widths = sizes.map(({ widthPoints }) => micrometers(widthPoints));
  const { monoPagesPerMinute } = device.speed;
  const path = {
    type: 'simplex',
    // At a speed of no time at all there is no number for it.
    impressionsPerHour: Number.isFinite(monoPagesPerMinute) ? Math.round(monoPagesPerMinute * 60) : -1,
    maxFeed: Math.max(...heights),
    maxCrossFeed: Math.max(...widths),
    minFeed: Math.min(...heights),
    minCrossFeed: Math.min(...widths),
  } as const;
  const paths: MediaPathModel[] = [
    { ...path, name: 'Trays' },
    { ...path, name: 'Multi-Purpose Tray' },
  ];
  if (device.duplex !== null) paths.push({ ...path, name: 'Duplex Unit', type: 'longEdgeBindingDuplex' });
  return paths;
}

function mediaPathOf(device: Device, area: string | null): number {
  if (device.duplex?.jamArea === area) return 3;
  return device.inputs.some(({ kind, jamArea }) => kind === 'manual' && jamArea === area) ? 2 : 1;
}

function lights({ power, ready, data, attention }: PanelText['lights']): PrinterModel['lights'] {
  return [
    { name: 'Power', colour: 'green', state: power },
    { name: 'Ready', colour: 'green', state: ready },
    { name: 'Data', colour: 'green', state: data },
    { name: 'Attention', colour: 'yellow', state: attention },
  ];
}

function micrometers(points: number): number {
  return Math.round(points * micrometersPerPoint);
}

/** FACTS 8: what discovery tools read of a Phaser, the model and the Ethernet address. */
const tektronixDevice = {
  base: parseOid('1.3.6.1.4.1.128.2.1.3.1'),
  objects: { deviceId: [2, 'octets'] },
} as const satisfies ObjectGroup;
const tektronixIdent = {
  base: parseOid('1.3.6.1.4.1.128.2.1.2.3'),
  objects: { identPrinterID: [1, 'octets'] },
} as const satisfies ObjectGroup;

export function tektronixParts(device: Device, ethernetAddress: Buffer): MibPart[] {
  return [
    scalarsPart(tektronixDevice, { deviceId: device.model }),
    scalarsPart(tektronixIdent, { identPrinterID: ethernetAddress }),
  ];
}

/** A face as an entrance for print data, none when it is off; behind an address that means all of them, the host's name. */
export function channel(
  type: ChannelModel['type'],
  host: string | undefined,
  port: number | undefined,
): Omit<ChannelModel, 'accepting'>[] {
  if (host === undefined || port === undefined) return [];
  const reached = host === '0.0.0.0' || host === '::' ? hostname() : host.includes(':') ? `[${host}]` : host;
  const [scheme, path] = channelUris[type];
  return [{ type, version: '', information: `port=${port}`, uri: `${scheme}://${reached}:${port}${path}` }];
}

const channelUris: Record<ChannelModel['type'], [scheme: string, path: string]> = {
  chAppSocket: ['socket', ''],
  chLPDServer: ['lpd', '/lp'],
  chFTP: ['ftp', '/'],
  chIPP: ['ipp', '/ipp/print'],
};
