/** Text from outside made fit for a line on a screen, in a mail or in a log. */

/** Controls, line ends and white space of any kind. */
const blanks = /[\p{Cc}\p{White_Space}]+/gu;
/** Lone surrogates, and characters that change the direction of what is around them or hide in it. */
const removed = /[\p{Surrogate}\p{Bidi_Control}\u200b\u2060\ufeff\ufff9-\ufffb]/gu;

/** One line, at most `maxCharacters` code points; may come out empty. */
export function cleanForDisplay(text: string, maxCharacters: number): string {
  const cleaned = text.replace(removed, '').replace(blanks, ' ').trim();
  // A code point takes at most two code units, so that a long text is not split up as a whole.
  return [...cleaned.slice(0, 2 * maxCharacters)].slice(0, maxCharacters).join('').trimEnd();
}
