/** A program that means no good, printed in front of a harmless document. */
import { expect } from 'vitest';
import { blockOf, buildHouse, dpi, type House } from './house.js';
import { ghostscriptPages, pixelsOf } from './page-pictures.js';
import { textDocument } from './postscript-samples.js';
import { temporaryFile } from './temporary-folder.js';

/** Prints the program as job 1 and a harmless document as job 2, which must come out unchanged. */
export async function printBeside(
  program: string,
  printer: { jobTimeoutSeconds?: number } = {},
): Promise<House> {
  const house = await buildHouse({ printer });
  const hostile = temporaryFile('hostile.ps', `%!PS\n${program}\n`);
  const next = temporaryFile('next.ps', textDocument(2, 'next'));
  await house.mail([hostile]);
  await house.runOnce();
  const before = house.pages().length;
  await house.mail([next], { notify: ['printed', 'error'], description: 'next' });
  await house.runOnce();
  expect(await pixelsOf(house.pages().slice(before))).toEqual(await ghostscriptPages([next], dpi));
  expect(await house.job(2)).toMatchObject({
    state: 'completed',
    reasons: ['job-completed-successfully'],
    pages: { expected: 2, confirmed: 2 },
  });
  return house;
}

/** The one mail about the hostile program; what is told of the next job is left out. */
export async function toldOf(house: House) {
  const letters = (await house.letters()).filter((letter) => blockOf(letter).Job?.[0] === '1');
  expect(letters.length).toBeLessThanOrEqual(1);
  return letters[0];
}

/** How a job ends whose document has an error. */
export const failed = { state: 'aborted', reasons: ['document-format-error', 'aborted-by-system'] };
