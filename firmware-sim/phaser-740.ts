/** The Phaser 740 as data: what each version of it had. FACTS sections 6 and 10.2 say what is known and what is ours. */

export interface PrinterModel {
  /** Black toner only (the 740L), or four colours. */
  colour: boolean;
  installedRamBytes: number;
}

const megabyte = 2 ** 20;

export const profiles = {
  L: { colour: false, installedRamBytes: 64 * megabyte },
  N: { colour: true, installedRamBytes: 64 * megabyte },
  P: { colour: true, installedRamBytes: 64 * megabyte },
  DP: { colour: true, installedRamBytes: 64 * megabyte },
  DX: { colour: true, installedRamBytes: 64 * megabyte },
  Extended: { colour: true, installedRamBytes: 128 * megabyte },
} as const satisfies Record<string, PrinterModel>;

export type ProfileName = keyof typeof profiles;

/** What `product` answers. */
export const productName = 'Phaser 740';

/** Ours: the rated speed stands in no public source (FACTS 10.2). */
export const ratedPagesPerMinute = { mono: 16, colour: 5 };
