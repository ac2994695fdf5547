/** Why parts of a mail stay off the paper, by kind, and whether its sender hears of it (docs/reading-mail.md tells more). */

/**
 * `missed`: the sender would miss it, so that a job that lacks it has an error. `listed`: named in the mails that the
 * sender gets anyhow. `quiet`: only `why` and `--json` tell.
 */
export type LeftOutTold = 'missed' | 'listed' | 'quiet';

export const leftOutKinds = {
  /** The text of a mail. */
  letter: 'quiet',
  /** Logos, trackers and styles of the text. */
  decoration: 'quiet',
  /** A large picture in the text of a mail that brings documents, too. */
  picture: 'listed',
  /** Another form of what is printed. */
  alternative: 'listed',
  /** The same document once more. */
  copy: 'listed',
  /** A proof of who sent the mail, or a key. */
  signature: 'quiet',
  /** A calendar entry, a visiting card, a report of a mail system. */
  companion: 'quiet',
  /** A file whose contents are listed on their own. */
  envelope: 'quiet',
  /** A piece of a split mail. */
  piece: 'missed',
  /** What only its recipient can read. */
  encrypted: 'missed',
  /** A form that is not opened here. */
  unsupported: 'missed',
  /** What is cut off or malformed. */
  damaged: 'missed',
  /** A file without a byte. */
  empty: 'missed',
  /** A mail inside of too many mails. */
  nested: 'missed',
} as const satisfies Record<string, LeftOutTold>;
export type LeftOutKind = keyof typeof leftOutKinds;

export function toldOf({ kind }: { kind: LeftOutKind }): LeftOutTold {
  return leftOutKinds[kind];
}
