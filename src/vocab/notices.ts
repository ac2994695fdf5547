/** The status messages that a sender can ask for, by PhaserLink's own names. */

export const noticeKinds = {
  printed: { name: 'Job Printed', meaning: 'one mail, when the job has been printed' },
  error: { name: 'On Error', meaning: 'a mail when the job or the printer has an error' },
  trace: { name: 'Trace Job', meaning: 'a mail at each step, for finding out what happens' },
} as const;
export type NoticeKind = keyof typeof noticeKinds;

/** What a sender gets who asked for nothing. */
export const defaultNotify: readonly NoticeKind[] = ['error'];

/** Our header field that carries the wish, for example `printed,error`. */
export const notifyHeader = 'X-PhaserLink-Notify';

/** Our header field by which a job is held until it is released: `yes`. */
export const holdHeader = 'X-PhaserLink-Hold';
/** What says the same in a subject, for those who cannot write header fields. */
export const holdMark = /\[hold\]/gi;

/** The longest job description, in characters. */
export const maxDescriptionLength = 80;

export function isNoticeKind(word: string): word is NoticeKind {
  return Object.hasOwn(noticeKinds, word);
}
