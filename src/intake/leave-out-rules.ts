/** Which parts are no documents though they are no text of the mail either: one row for each kind, with its words. */
import type { LeftOutKind } from '#vocab/left-out.js';
import { type PartHead, parentType } from './part-head.js';

export interface LeftOutWhy {
  kind: LeftOutKind;
  reason: string;
}

interface Part {
  head: PartHead;
  /** The first bytes of the body as Latin-1. */
  text: string;
}

interface Rule extends LeftOutWhy {
  when(part: Part): boolean;
}

const typed = (form: RegExp) => (part: Part) => form.test(part.head.mediaType);
const begins = (form: RegExp) => (part: Part) => form.test(part.text);
const anyOf =
  (...tests: ((part: Part) => boolean)[]) =>
  (part: Part) =>
    tests.some((test) => test(part));

/** Whichever format the bytes show; the first row that fits counts. */
const rulesByStructure: readonly Rule[] = [
  { kind: 'piece', reason: 'it is a piece of a split mail', when: typed(/^message\/partial$/) },
  {
    kind: 'unsupported',
    reason: 'it only names a file that is kept elsewhere',
    when: typed(/^message\/external-body$/),
  },
  {
    kind: 'companion',
    reason: 'it is a report of a mail system',
    when: typed(/^message\/(?!rfc822$|global$|news$)/),
  },
  {
    kind: 'letter',
    reason: 'no part is in it',
    when: ({ head, text }) => head.mediaType.startsWith('multipart/') && text === '',
  },
  {
    kind: 'damaged',
    reason: 'its parts cannot be told apart: it names no boundary',
    when: typed(/^multipart\//),
  },
  {
    kind: 'encrypted',
    reason: 'it is encrypted, and only its recipient could read it',
    when: ({ head }) => parentType(head) === 'multipart/encrypted',
  },
];

/** DER of the content types in RFC 5652 §4 and §6.1, RFC 5083 §2, RFC 3274 §1.1, as Latin-1. */
const contentType = {
  signed: '*\x86H\x86\xf7\r\x01\x07\x02',
  enveloped: '*\x86H\x86\xf7\r\x01\x07\x03',
  authEnveloped: '*\x86H\x86\xf7\r\x01\t\x10\x01\x17',
  compressed: '*\x86H\x86\xf7\r\x01\t\x10\x01\t',
};

/** RFC 8551 §3.2.2: the parameter may be missing; then the content says it itself. */
function isCms(smimeTypes: RegExp, ...contentTypes: string[]) {
  return ({ head, text }: Part): boolean => {
    if (!/^application\/(x-)?pkcs7-mime$/.test(head.mediaType) && !/\.p7m$/i.test(head.fileName ?? ''))
      return false;
    const smimeType = head.parameters.get('smime-type');
    if (smimeType !== undefined) return smimeTypes.test(smimeType);
    return contentTypes.some((bytes) => text.includes(bytes));
  };
}

/** For bytes that show no document format of their own. */
const rulesByContent: readonly Rule[] = [
  {
    kind: 'letter',
    reason: 'it is text of the mail, which Exchange turned into a file',
    // The texts around attachments, numbered.
    when: ({ head }) => /^ATT\d{5,}\.(txt|html?)$/i.test(head.fileName ?? ''),
  },
  {
    kind: 'encrypted',
    reason: 'it is encrypted, and only its recipient could read it',
    when: anyOf(
      isCms(/^(auth)?enveloped-data$/i, contentType.enveloped, contentType.authEnveloped),
      typed(/^application\/pgp-encrypted$/),
      begins(/^\s*-----BEGIN PGP MESSAGE-----/),
    ),
  },
  {
    kind: 'unsupported',
    reason: 'what is signed lies inside of the signature; send it with a signature beside it, or without one',
    when: isCms(/^signed-data$/i, contentType.signed),
  },
  {
    kind: 'unsupported',
    reason: 'it is compressed in a form of secure mail that is not opened here',
    when: isCms(/^compressed-data$/i, contentType.compressed),
  },
  {
    kind: 'signature',
    reason: 'it is a signature',
    // RFC 1847 §2.1: the second of two parts. RFC 3156, RFC 8551
    when: anyOf(
      ({ head }) => parentType(head) === 'multipart/signed' && head.around.at(-1)?.branch === 2,
      typed(/^application\/(pgp-signature|(x-)?pkcs7-signature)$/),
    ),
  },
  {
    kind: 'signature',
    reason: 'it is a key or a certificate',
    when: typed(/^application\/(pgp-keys|(x-)?pkcs7-mime|pkix-cert)$/),
  },
  {
    kind: 'companion',
    reason: 'it is a calendar entry',
    when: anyOf(
      typed(/^(text\/calendar|application\/ics)$/),
      begins(/^(\xef\xbb\xbf)?\s*BEGIN:VCALENDAR\b/i),
    ),
  },
  {
    kind: 'companion',
    reason: 'it is a visiting card',
    when: anyOf(typed(/^text\/(x-)?(vcard|directory)$/), begins(/^(\xef\xbb\xbf)?\s*BEGIN:VCARD\b/i)),
  },
  {
    kind: 'companion',
    reason: 'it is the header of another mail',
    when: typed(/^text\/rfc822-headers$/),
  },
  {
    kind: 'companion',
    reason: 'it is what a Macintosh keeps beside a file, and not the file itself',
    when: typed(/^application\/applefile$/),
  },
];

export function leftOutByStructure(head: PartHead, firstBytes: Buffer): LeftOutWhy | null {
  return firstMatch(rulesByStructure, head, firstBytes);
}

export function leftOutByContent(head: PartHead, firstBytes: Buffer): LeftOutWhy | null {
  return firstMatch(rulesByContent, head, firstBytes);
}

function firstMatch(rules: readonly Rule[], head: PartHead, firstBytes: Buffer): LeftOutWhy | null {
  const part = { head, text: firstBytes.toString('latin1') };
  const rule = rules.find(({ when }) => when(part));
  return rule === undefined ? null : { kind: rule.kind, reason: rule.reason };
}
