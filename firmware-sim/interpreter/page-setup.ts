/** What a page asks of the machine, as its page device had it when the page was put out. */
import type { MediaType, Medium } from '#vocab/media.js';
import type { Colorant, Device, QualityMode } from '../device/device.js';
import type { PageRecord } from './hidden-records.js';

export interface PageSetup {
  /** As the program set it, in points; a page that fits no size of `vocab/media.ts` cannot be fed. */
  widthPoints: number;
  heightPoints: number;
  /** PLRM 6.2.2, MediaClass or MediaType. */
  mediaType: MediaType;
  /** PLRM 6.2.2: null lets the machine choose. */
  mediaPosition: number | null;
  manualFeed: boolean;
  side: 'front' | 'back';
  outputFaceUp: boolean;
  /** The same page as the one before, once more. */
  furtherCopy: boolean;
  colour: boolean;
  /** Fraction of the page that each colorant covers, 0 to 1. */
  coverage: Readonly<Partial<Record<Colorant, number>>>;
}

/** A page's wishes before it is known what is on it. */
export type AskedPage = Omit<PageSetup, 'colour' | 'coverage'> & { colorModel: QualityMode['colorModel'] };

/** Follows a job's pages: which of them lie on the back of the sheet before. */
export class SheetSides {
  #openSheet: PageRecord | null = null;

  /** A page that wants another sheet than the one before begins on a front, and so does each further copy. */
  next(page: PageRecord, index: number): 'front' | 'back' {
    const front = this.#openSheet;
    this.#openSheet = null;
    if (front !== null && page.duplex && page.first !== front.first && sameSheet(front, page)) return 'back';
    if (page.duplex && index === page.first) this.#openSheet = page;
    return 'front';
  }
}

function sameSheet(front: PageRecord, back: PageRecord): boolean {
  return (
    front.widthPoints === back.widthPoints &&
    front.heightPoints === back.heightPoints &&
    front.mediaPosition === back.mediaPosition &&
    front.mediaType === back.mediaType &&
    front.manualFeed === back.manualFeed
  );
}

/** The page as the machine is to take it; `index` is its place among the pages of the run. */
export function askedPage(
  device: Device,
  media: Readonly<Record<string, Medium>>,
  record: PageRecord,
  side: 'front' | 'back',
  index: number,
): AskedPage {
  const input = device.inputs.find(({ position }) => position === record.mediaPosition);
  const loaded = input && (media[input.id] ?? input.loaded);
  return {
    widthPoints: record.widthPoints,
    heightPoints: record.heightPoints,
    // A page that asks for a tray and for no type takes what lies there.
    mediaType: record.mediaType ?? loaded?.type ?? 'stationery',
    mediaPosition: record.mediaPosition,
    manualFeed: record.manualFeed,
    side,
    outputFaceUp: record.outputFaceUp,
    furtherCopy: index > record.first,
    colorModel: (device.modes[record.mode] ?? device.modes[0])?.colorModel ?? 'DeviceGray',
  };
}

/** Of a page of which nothing was told: what its raster shows. */
export function recordOfRaster(
  first: number,
  raster: { width: number; height: number; xDpi: number; yDpi: number },
): PageRecord {
  return {
    first,
    widthPoints: (raster.width * 72) / raster.xDpi,
    heightPoints: (raster.height * 72) / raster.yDpi,
    mode: 0,
    mediaPosition: null,
    mediaType: null,
    manualFeed: false,
    duplex: false,
    outputFaceUp: true,
    copies: 1,
  };
}
