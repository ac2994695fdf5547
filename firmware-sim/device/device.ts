/** What a printer is, as data: all that tells one model from another. The machine's state refers to it by the ids in here. */
import type { MediaSizeName, MediaType, Medium } from '#vocab/media.js';

/** In the order in which managers expect them: black first. */
export const colorants = ['black', 'cyan', 'magenta', 'yellow'] as const;
export type Colorant = (typeof colorants)[number];

/** A tray, as the Printer MIB's input. */
export interface InputDescription {
  id: string;
  /** For people and panels. */
  name: string;
  /** PostScript's `MediaPosition`. */
  position: number;
  /** A `manual` one is fed by hand and cannot be pulled out. */
  kind: 'cassette' | 'manual';
  capacitySheets: number;
  /** At this number of sheets or below it is low. */
  lowSheets: number;
  sizes: readonly MediaSizeName[];
  types: readonly MediaType[];
  /** What lies in it when it is new. */
  loaded: Medium;
  /** Whether its sheets may be printed on both sides. */
  duplex: boolean;
  jamArea: string;
}

/** A bin, as the Printer MIB's output. */
export interface OutputDescription {
  id: string;
  name: string;
  capacitySheets: number;
  /** Face up, the last page lies on top; face down, the first page can be read first. */
  faceUp: boolean;
}

export interface SupplyDescription {
  id: string;
  name: string;
  kind: 'toner' | 'imaging-unit' | 'fuser' | 'transfer-unit';
  /** Of a toner. */
  colorant: Colorant | null;
  /** How many pages a new one lasts: of toner at 5 % coverage, of an imaging unit in mono pages. */
  yieldPages: number;
  /** At this percentage or below a warning is given. */
  lowPercent: number;
  /** At this percentage or below nothing is printed any more; negative for what may be worn beyond its life. */
  stopPercent: number;
}

export interface CoverDescription {
  id: string;
  name: string;
}

/** A place where sheets can jam. */
export interface JamAreaDescription {
  id: string;
  name: string;
  /** The cover behind which the sheets are taken out. */
  cover: string;
}

/** A print quality, as `HWResolution` and `ProcessColorModel` choose it. */
export interface QualityMode {
  id: string;
  name: string;
  xDpi: number;
  yDpi: number;
  colorModel: 'DeviceGray' | 'DeviceCMY' | 'DeviceCMYK';
}

/** What cannot be printed on, in points from each edge. */
export interface Margins {
  left: number;
  bottom: number;
  right: number;
  top: number;
}

export interface Device {
  manufacturer: string;
  /** What `product` answers. */
  product: string;
  /** With its version, for people: `Phaser 740N`. */
  model: string;
  postScript: { version: string; revision: number };
  /** Whether it understands PJL around its jobs. */
  pjl: boolean;
  /** The network interface's versions, as sysDescr names them. */
  firmware: string;
  installedRamBytes: number;
  disk: boolean;
  colorants: readonly Colorant[];
  inputs: readonly InputDescription[];
  outputs: readonly OutputDescription[];
  /** In the Printer MIB's order: black toner first. */
  supplies: readonly SupplyDescription[];
  covers: readonly CoverDescription[];
  jamAreas: readonly JamAreaDescription[];
  duplex: { jamArea: string } | null;
  modes: readonly QualityMode[];
  margins: Readonly<Record<MediaSizeName, Margins>>;
  speed: {
    monoPagesPerMinute: number;
    colourPagesPerMinute: number;
    /** From the first page's data to its sheet in the tray, on top of a page's own time. */
    firstPageSeconds: number;
    warmUpSeconds: number;
    /** Idle so long, it goes to sleep. */
    sleepAfterSeconds: number;
  };
  /** How many sheets are on their way at once. */
  pathSheets: number;
  /** Of the pages in the path when a jam comes: printed again once it is cleared, or lost. */
  recoversJams: boolean;
  /** Job accounting records that it keeps. */
  accountingRecords: number;
}

export function hasColour(device: Device): boolean {
  return device.colorants.length > 1;
}

/** IEEE 1284 §7.6, in the Phasers' shape (FACTS 7.1). */
export function deviceId({ manufacturer, model, pjl }: Device): string {
  return `MANUFACTURER:${manufacturer};COMMAND SET:${pjl ? 'PJL,' : ''}POSTSCRIPT,PDF,PWGRaster,JPEG;MODEL:${model};CLASS:Printer;DESCRIPTION:${manufacturer} ${model}, simulated;`;
}
