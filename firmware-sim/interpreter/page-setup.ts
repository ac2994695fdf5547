/** What a page asks of the machine, as its page device had it when the page was put out. */
import type { MediaType } from '#vocab/media.js';
import type { Colorant } from '../device/device.js';

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
  colour: boolean;
  /** Fraction of the page that each colorant covers, 0 to 1. */
  coverage: Readonly<Partial<Record<Colorant, number>>>;
}
