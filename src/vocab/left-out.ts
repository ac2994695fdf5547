/** Why parts of a mail stay off the paper, by kind: what each means, and whether its sender hears of it. */

/**
 * `missed`: the sender would miss it, so that a job that lacks it has an error. `listed`: named in the mails that the
 * sender gets anyhow. `quiet`: only `why` and `--json` tell.
 */
export type LeftOutTold = 'missed' | 'listed' | 'quiet';

export const leftOutKinds = {
  letter: { meaning: 'the text of a mail', told: 'quiet' },
  decoration: { meaning: 'logos, trackers and styles of the text', told: 'quiet' },
  picture: { meaning: 'a large picture in the text of a mail that brings documents, too', told: 'listed' },
  alternative: { meaning: 'another form of what is printed', told: 'listed' },
  copy: { meaning: 'the same document once more', told: 'listed' },
  signature: { meaning: 'a proof of who sent the mail, or a key', told: 'quiet' },
  companion: { meaning: 'a calendar entry, a visiting card, a report of a mail system', told: 'quiet' },
  envelope: { meaning: 'a file whose contents are listed on their own', told: 'quiet' },
  piece: { meaning: 'a piece of a split mail', told: 'missed' },
  encrypted: { meaning: 'what only its recipient can read', told: 'missed' },
  unsupported: { meaning: 'a form that is not opened here', told: 'missed' },
  damaged: { meaning: 'what is cut off or malformed', told: 'missed' },
  empty: { meaning: 'a file without a byte', told: 'missed' },
  nested: { meaning: 'a mail inside of too many mails', told: 'missed' },
} as const satisfies Record<string, { meaning: string; told: LeftOutTold }>;
export type LeftOutKind = keyof typeof leftOutKinds;

export function toldOf({ kind }: { kind: LeftOutKind }): LeftOutTold {
  return leftOutKinds[kind].told;
}
