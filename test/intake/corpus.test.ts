/** Mails that others have made: all are read, of fifty it is written down by hand what prints, and Python finds the same parts. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { corpusMails } from '../support/corpus.js';
import { MemoryContentStore } from '../support/memory-content.js';
import { parseWhole } from '../support/mime-parts.js';
import { missing } from '../support/peers.js';
import { readMail } from '../support/read-mail.js';

interface Expectation {
  about: string;
  /** Name, format, bytes, beginning of the SHA-256. */
  documents: string[];
  /** Name, kind, bytes. */
  leftOut: string[];
}

const expectations = JSON.parse(
  readFileSync(new URL('../../../test/intake/corpus-expectations.json', import.meta.url), 'utf8'),
) as Record<string, Expectation>;
const mails = corpusMails();
const hasCorpus = mails.length > 0;

describe.skipIf(!hasCorpus)('each of the mails in the corpus', () => {
  it.each(mails)('$name is read, and every part of it is accounted for (ask 33)', async ({ read }) => {
    const store = new MemoryContentStore();
    const { sender, senderProblem, tooMuch, documents, leftOut } = await readMail(read(), store);
    expect([sender === null, tooMuch]).toEqual([senderProblem !== null, null]);
    expect(store.openWriters).toBe(0);
    const leaves = parseWhole(read()).filter(
      ({ start }) => !start.isMultipart && start.mediaType !== 'message/rfc822',
    );
    expect(documents.length + leftOut.length).toBeGreaterThanOrEqual(leaves.length);
  });

  it('is there', () => {
    expect(mails.length).toBe(117);
    expect(Object.keys(expectations)).toHaveLength(50);
    expect(mails.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(expectations)));
  });
});

describe.skipIf(!hasCorpus)('what prints, agreed by hand', () => {
  const chosen = mails.flatMap(({ name, read }) => {
    const expected = expectations[name];
    return expected === undefined ? [] : [{ name, read, expected, about: expected.about }];
  });
  it.each(chosen)('$name: $about', async ({ read, expected }) => {
    const { documents, leftOut } = await readMail(read());
    const line = (...values: (string | number)[]) => values.join(' | ');
    expect(
      documents.map(({ name, format, content: { bytes, digest } }) =>
        line(name, format, bytes, digest.slice(0, 12)),
      ),
    ).toEqual(expected.documents);
    expect(leftOut.map(({ name, kind, bytes }) => line(name, kind, bytes))).toEqual(expected.leftOut);
  });
});

/** Where Python's email package finds other parts, or parts of other lengths, and why. */
const explained: Record<string, readonly string[]> = {
  'files in a plain text are parts for us only': ['legacy/049.eml'],
  'Python writes a report or a pointer down again, with line ends of its own': [
    'mailparser/delivery-status.eml',
    'rfc/001.eml',
  ],
  'RFC 2045 §6.7 (3): blanks at the end of a quoted-printable line are no content': ['mailparser/nested.eml'],
  'without a closing delimiter Python takes the last line end away, or loses the part': [
    'malformed/001.eml',
    'malformed/006.eml',
    'malformed/008.eml',
    'malformed/009.eml',
    'malformed/011.eml',
    'malformed/012.eml',
    'malformed/016.eml',
    'thirdparty/005.eml',
  ],
  'two delimiters in a row are a part without header and body': ['malformed/000.eml'],
  'a boundary that ends with hyphens is still a boundary': ['malformed/005.eml'],
  'multiparts that share one boundary end from the inside': ['malformed/003.eml', 'malformed/013.eml'],
  'Python does not read a media type without its semicolon': ['malformed/017.eml'],
  'Python ends a header at the first line that is no field': ['malformed/019.eml', 'thirdparty/015.eml'],
  'Python does not undo the transfer encoding of a mail inside the mail': ['rfc/008.eml'],
  'what follows the padding of base64 is decoded, too, for some programs join pieces': ['thirdparty/002.eml'],
  'blanks behind the name of a transfer encoding do not count': ['thirdparty/003.eml'],
  'Python does not unfold a boundary': ['thirdparty/012.eml'],
};
const unlike = new Set(Object.values(explained).flat());

const listLeaves = `
import email, json, sys

def leaves(part):
    kind = part.get_content_type()
    if not part.is_multipart():
        return [len(part.get_payload(decode=True) or b'')]
    if kind.startswith('message/') and kind != 'message/rfc822':
        return [len(b''.join(inner.as_bytes() for inner in part.get_payload()))]
    return [size for inner in part.get_payload() for size in leaves(inner)]

for path in sys.argv[1:]:
    with open(path, 'rb') as file:
        print(json.dumps(leaves(email.message_from_bytes(file.read()))))
`;

describe.skipIf(!hasCorpus || missing('python3'))("Python's email package", () => {
  it('finds the same parts, of the same lengths, but for what is explained', async () => {
    const paths = mails.map(({ path }) => path);
    const lines = execFileSync('python3', ['-c', listLeaves, ...paths], { encoding: 'utf8' })
      .trim()
      .split('\n');
    const ascending = (a: number, b: number) => a - b;
    for (const [index, { name, read }] of mails.entries()) {
      const { documents, leftOut } = await readMail(read());
      const ours = [
        ...documents.map(({ content }) => content.bytes),
        ...leftOut.map(({ bytes }) => bytes),
      ].sort(ascending);
      const theirs = (JSON.parse(lines[index] ?? '') as number[]).sort(ascending);
      if (unlike.has(name)) expect(ours, name).not.toEqual(theirs);
      else expect(ours, name).toEqual(theirs);
    }
  });
});
