/** Tells a picture that somebody wants printed from the logos, trackers and pasted pictures of a mail's text. */
import type { PictureSize } from '#wire/picture-size.js';
import type { LeftOutWhy } from './leave-out-rules.js';
import { type PartHead, servesRelatedRoot } from './part-head.js';

/** In pixels: a line or a dot, and nothing that anybody sees. */
const trackerSide = 2;
/** In pixels: 6 cm on paper at 150 dots an inch. Logos, portraits and banners of signatures are lower. */
const photoSide = 360;
/** For pictures whose size is not known here. */
const photoBytes = 20_000;

export interface PictureFacts {
  head: PartHead;
  size: PictureSize | null;
  bytes: number;
  /** The Content-IDs that the texts of the mail refer to. */
  shown: ReadonlySet<string>;
}

interface Rule extends LeftOutWhy {
  when(picture: PictureFacts): boolean;
}

/** Outlook's names for pictures of a text; other programs make attachments of them when they turn a mail into plain text. */
const generatedName = /^image\d{3}\.(png|jpe?g|gif|bmp|wmz|emz)$/i;

/** The first row that fits counts; a picture that no row fits is a document. */
const rules: readonly Rule[] = [
  {
    kind: 'decoration',
    reason: 'it is too small to be seen, as trackers and spacers are',
    when: ({ size }) => size !== null && shorterSide(size) <= trackerSide,
  },
  {
    kind: 'decoration',
    reason: 'it is a small picture in the text of the mail',
    when: (picture) => isSmall(picture) && isInText(picture),
  },
  {
    kind: 'decoration',
    reason: 'it is a small picture that is marked as part of the text',
    when: (picture) =>
      isSmall(picture) && picture.head.disposition === 'inline' && picture.head.contentId !== null,
  },
  {
    kind: 'decoration',
    reason: 'it is a small picture with a name that mail programs give to pictures of the text',
    when: (picture) => isSmall(picture) && generatedName.test(picture.head.fileName ?? ''),
  },
  {
    kind: 'picture',
    reason:
      'it is a picture in the text of a mail that has other documents; to print it, attach it or send it alone',
    when: (picture) => isInText(picture) && picture.head.disposition !== 'attachment',
  },
];

/** Null for a document. `picture` holds only as long as the mail has other documents. */
export function whyLeftOut(picture: PictureFacts): LeftOutWhy | null {
  // What is a whole mail is no part of a text.
  if (picture.head.around.length === 0) return null;
  const rule = rules.find(({ when }) => when(picture));
  return rule === undefined ? null : { kind: rule.kind, reason: rule.reason };
}

function isInText({ head, shown }: PictureFacts): boolean {
  return servesRelatedRoot(head) || (head.contentId !== null && shown.has(head.contentId));
}

function isSmall({ size, bytes }: PictureFacts): boolean {
  return size === null ? bytes < photoBytes : shorterSide(size) < photoSide;
}

function shorterSide({ width, height }: PictureSize): number {
  return Math.min(width, height);
}
