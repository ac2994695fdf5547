/** What the reader takes for the bytes of a piece: the attachment as it is, and never the text beside it. */
import { expect, it } from 'vitest';
import { readMessage } from '../../src/intake/read-message.js';
import { mailText, type Part } from '../support/mail-texts.js';
import { MemoryContentStore } from '../support/memory-content.js';
import { rawMessage } from '../support/raw-message.js';
import { ownPieces, partialPieces } from '../support/split-mails.js';

async function read(text: string) {
  const store = new MemoryContentStore();
  const message = rawMessage(store.put(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1')));
  const { documents, piece, leftOut } = await readMessage(message, store);
  const contents = documents.map(({ content }) => store.bytes(content).toString('latin1'));
  return { documents, contents, piece, leftOut };
}

const labels = {
  'X-PhaserLink-Job': 'x',
  'X-PhaserLink-Piece': '1/2',
  'X-PhaserLink-Piece-SHA256': '0'.repeat(64),
  'X-PhaserLink-Job-SHA256': '0'.repeat(64),
};
const withParts = (...parts: Part[]) => mailText(parts, labels);
const attached = (body: string, type = 'application/octet-stream', name = 'tiger.ps.1'): Part => ({
  type,
  name,
  body,
});
const letter: Part = { type: 'text/plain', body: 'Dear printer,\n' };
const signature: Part = { type: 'application/pgp-signature', name: 'signature.asc', body: '-----BEGIN' };

it.each<[string, string, string[]]>([
  ['beside a letter', withParts(letter, attached('\x00\x01')), ['\x00\x01']],
  ['that is text', withParts(attached('some text', 'text/plain')), ['some text']],
  ['that claims to be a signature', withParts(attached('bytes'), signature), ['bytes']],
  [
    'that is a mail in a mail',
    withParts(attached('Subject: x\n\nbody', 'message/rfc822')),
    ['Subject: x\n\nbody'],
  ],
  ['that is a piece itself', withParts(attached('part', 'message/partial')), ['part']],
  ['that is empty', withParts(attached('')), []],
  ['of a mail with a letter only', withParts(letter), []],
  ['of a mail with two', withParts(attached('a'), attached('b')), ['a', 'b']],
])('an attachment %s', async (_which, mail, contents) => {
  expect((await read(mail)).contents).toEqual(contents);
});

it('the first piece tells name and format of the document, by its bytes and by its sender', async () => {
  const [first = ''] = ownPieces('%!PS\nshowpage\n', { total: 2 });
  expect((await read(first)).documents).toMatchObject([
    { name: 'tiger.ps', format: 'application/postscript' },
  ]);
  const bare = withParts(attached('/x 1 def showpage', 'application/postscript', 'tiger'));
  expect((await read(bare)).documents).toMatchObject([{ format: 'application/postscript' }]);
});

it('the body of a message/partial is its bytes, up to the last line end', async () => {
  const [first = '', second = ''] = partialPieces('Subject: inside\n\n%!PS\nshowpage', { total: 2 });
  expect((await read(first)).contents).toEqual(['Subject: inside\r\n']);
  expect((await read(second)).contents).toEqual(['%!PS\r\nshowpage']);
  expect((await read(first)).piece?.label?.head.map(({ name }) => name)).toContain('from');
});

it('inside of another mail it is no piece, and left out', async () => {
  const mail = mailText([
    { type: 'message/partial; id=x; number=1', name: 'part.eml', body: 'Subject: x\n' },
  ]);
  const { piece, documents, leftOut } = await read(mail);
  expect({ piece, documents }).toEqual({ piece: null, documents: [] });
  expect(leftOut).toMatchObject([{ reason: 'it is a piece of a split mail' }]);
});
