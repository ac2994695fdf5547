/** The mark by which a reply to one of our mails is known, in its subject, whatever became of the other header fields. */

/** Without 0, 1, l and o; 32 of them. */
export const replyTokenAlphabet = '23456789abcdefghijkmnpqrstuvwxyz';
export const replyTokenLength = 12;

/** The longest subject with its mark, in characters. */
const maxMarkedLength = 200;

export function markSubject(subject: string, token: string): string {
  const mark = ` [#${token}]`;
  return `${subject.slice(0, maxMarkedLength - mark.length)}${mark}`;
}

/** The token of the last mark in a subject, or null. */
export function findReplyToken(subject: string): string | null {
  const marks = [...subject.matchAll(/\[#([2-9a-km-np-z]{12})\]/gi)];
  return marks.at(-1)?.[1]?.toLowerCase() ?? null;
}
