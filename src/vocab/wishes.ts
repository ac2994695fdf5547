/** What people can want of a job, in the words of the command and of replies by mail, each written once. */

/** What is to be printed when something is printed again. */
export interface Part {
  /** The first page that is wanted, from 1. */
  from: number;
  /** How many times all of it is wanted. */
  copies: number;
}

export const wholeOnce: Part = { from: 1, copies: 1 };

/** More copies of a document than this at once are taken for a slip. */
export const maxCopies = 99;
/** The highest page from which a job can be printed on. */
export const maxFromPage = 65_535;

export const wishWords = {
  cancel: 'do not print the job, or stop printing it',
  release: 'print the job that is held, or let it pass your earlier jobs',
  hold: 'do not print the job until it is released',
  again: 'print the job once more, as a whole',
  done: 'all of it is in the tray, where nobody could know',
} as const;

/** `again` prints a held job, one of unknown outcome, or one that has ended; `done` says that an unknown outcome is known. */
export type Wish = { wish: Exclude<keyof typeof wishWords, 'again'> } | ({ wish: 'again' } & Part);

/** As a reply is to have them in its first line, with what they mean to whoever sends it. */
export const replyWords: readonly (readonly [words: string, meaning: string])[] = [
  ['cancel', wishWords.cancel],
  ['hold', wishWords.hold],
  ['release', wishWords.release],
  ['again', wishWords.again],
  ['from 8', 'print it once more, from page 8 on'],
  ['copies 2', 'print it twice; also "again from 8 copies 2"'],
  ['done', wishWords.done],
  ['status', 'how the job stands; changes nothing'],
  ['help', 'these words; changes nothing'],
];
