/** Media as data: sizes with the names that PostScript, PWG 5101.1 and people have for them, and what they are made of. */

export interface MediaSize {
  /** PWG 5101.1 §5: the self-describing name. */
  pwg: string;
  /** What people and panels call it. */
  name: string;
  /** In points, the short edge first. */
  widthPoints: number;
  heightPoints: number;
}

export const mediaSizes = {
  letter: { pwg: 'na_letter_8.5x11in', name: 'Letter', widthPoints: 612, heightPoints: 792 },
  legal: { pwg: 'na_legal_8.5x14in', name: 'Legal', widthPoints: 612, heightPoints: 1008 },
  a4: { pwg: 'iso_a4_210x297mm', name: 'A4', widthPoints: 595, heightPoints: 842 },
  executive: { pwg: 'na_executive_7.25x10.5in', name: 'Executive', widthPoints: 522, heightPoints: 756 },
  envelope10: { pwg: 'na_number-10_4.125x9.5in', name: '#10 Envelope', widthPoints: 297, heightPoints: 684 },
} as const satisfies Record<string, MediaSize>;

export type MediaSizeName = keyof typeof mediaSizes;
export const mediaSizeNames = Object.keys(mediaSizes) as MediaSizeName[];

/** PWG 5101.1 §4, as far as a page printer of the time told them apart. */
export const mediaTypes = {
  stationery: 'Paper',
  transparency: 'Transparency',
  envelope: 'Envelope',
} as const;
export type MediaType = keyof typeof mediaTypes;

export interface Medium {
  size: MediaSizeName;
  type: MediaType;
}

/** How far a page may miss a size and still be printed on it (PLRM 6.2.1 allows 5 points). */
const tolerancePoints = 5;

/** The size of a page in either orientation; undefined for a page that fits none. */
export function findMediaSize(widthPoints: number, heightPoints: number): MediaSizeName | undefined {
  const [short, long] =
    widthPoints <= heightPoints ? [widthPoints, heightPoints] : [heightPoints, widthPoints];
  return mediaSizeNames.find((name) => {
    const size = mediaSizes[name];
    return (
      Math.abs(size.widthPoints - short) <= tolerancePoints &&
      Math.abs(size.heightPoints - long) <= tolerancePoints
    );
  });
}
