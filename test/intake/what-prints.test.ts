/** What is printed of the mails that people's programs send, shape by shape; docs/reading-mail.md tells it in words. */
import { describe, expect, it } from 'vitest';
import { MemoryContentStore } from '../support/memory-content.js';
import {
  entity,
  file,
  fromAlice,
  html,
  jpeg,
  mixed,
  multipart,
  outcome,
  plain,
  png,
  readMail,
} from '../support/read-mail.js';

const pdf = '%PDF-1.4 a report';
const ps = '%!PS-Adobe-3.0\nshowpage\n';
const logo = png(200, 60);
const photo = jpeg(4032, 3024);
const shows = (...ids: string[]) => html(ids.map((id) => `<p>Hello <img src="cid:${id}"></p>`).join(''));
const inText = { disposition: 'inline', contentId: 'logo@1', type: 'image/png' };
const picture = { type: 'image/jpeg', disposition: 'inline', contentId: 'photo@1' };

const mails: Record<string, [mail: string, outcome: string[]]> = {
  'Outlook: a letter with a logo in its signature, and a PDF (ask 22)': [
    mixed(
      multipart(
        'related',
        multipart('alternative', plain(), shows('logo@1')),
        file('image001.png', logo, inText),
      ),
      file('report.pdf', pdf, { type: 'application/pdf' }),
    ),
    ['report.pdf', 'image001.png!decoration'],
  ],
  'Outlook: five signature pictures, and nothing else (ask 22)': [
    fromAlice(
      multipart(
        'related',
        multipart('alternative', plain(), shows('1', '2', '3', '4', '5')),
        ...['1', '2', '3', '4', '5'].map((id) =>
          file(`image00${id}.png`, png(48 + Number(id), 48), { ...inText, contentId: id }),
        ),
      ),
    ),
    [1, 2, 3, 4, 5].map((id) => `image00${id}.png!decoration`),
  ],
  'Outlook turned into plain text: the logo is an attachment now (ask 22)': [
    mixed(plain('[cid:image001.png@01D]'), file('image001.png', logo), file('a.ps', ps)),
    ['a.ps', 'image001.png!decoration'],
  ],
  'Outlook: a photo pasted as the only content': [
    fromAlice(
      multipart(
        'related',
        multipart('alternative', plain(), shows('photo@1')),
        file('image001.jpg', photo, picture),
      ),
    ),
    ['image001.jpg'],
  ],
  'Outlook: a screenshot pasted into the letter, and a PDF (ask 18)': [
    mixed(
      multipart('related', shows('photo@1'), file('image001.jpg', photo, picture)),
      file('report.pdf', pdf, { type: 'application/pdf' }),
    ),
    ['report.pdf', 'image001.jpg!picture'],
  ],
  'Apple Mail: PDFs between the lines of the rich text (ask 20)': [
    fromAlice(
      multipart(
        'alternative',
        plain(),
        multipart(
          'mixed',
          html(),
          file('a.pdf', pdf, { type: 'application/pdf', disposition: 'inline' }),
          html(),
          file('b.pdf', `${pdf} b`, { type: 'application/pdf', disposition: 'inline' }),
          html(),
        ),
      ),
    ),
    ['a.pdf', 'b.pdf'],
  ],
  'Apple Mail: a PDF in the related branch of an alternative': [
    fromAlice(
      multipart(
        'alternative',
        plain(),
        multipart(
          'related',
          shows('x'),
          file('a.pdf', pdf, { type: 'application/pdf', disposition: 'inline' }),
        ),
      ),
    ),
    ['a.pdf'],
  ],
  'iPhone: photos in the text of the mail (ask 24)': [
    fromAlice(
      multipart(
        'related',
        shows('1', '2'),
        file('IMG_1.jpeg', photo, { ...picture, contentId: '1' }),
        file('IMG_2.jpeg', jpeg(3024, 4032), { ...picture, contentId: '2' }),
      ),
    ),
    ['IMG_1.jpeg', 'IMG_2.jpeg'],
  ],
  'iPhone: photos inline beside a text that does not refer to them': [
    mixed(plain(), file('IMG_1.jpeg', photo, picture), plain('Sent from my iPhone'), file('a.pdf', pdf)),
    ['IMG_1.jpeg', 'a.pdf'],
  ],
  'Gmail: an attachment has a Content-ID, too': [
    mixed(
      multipart('alternative', plain(), html()),
      file('small.png', png(100, 100), { type: 'image/png', contentId: 'f_1' }),
    ),
    ['small.png'],
  ],
  'Gmail: an inline logo, and a photo attached': [
    mixed(
      multipart(
        'related',
        multipart('alternative', plain(), shows('ii_1')),
        file('logo.png', logo, { ...inText, contentId: 'ii_1' }),
      ),
      file('photo.jpg', photo, { type: 'image/jpeg', contentId: 'f_1' }),
    ),
    ['photo.jpg', 'logo.png!decoration'],
  ],
  'Thunderbird: a PDF merely marked inline (ask 20)': [
    mixed(plain(), file('a.pdf', pdf, { type: 'application/pdf', disposition: 'inline' })),
    ['a.pdf'],
  ],
  'Thunderbird: a small label marked inline': [
    mixed(plain(), file('label.png', png(300, 150), { type: 'image/png', disposition: 'inline' })),
    ['label.png'],
  ],
  'a tracking pixel, wherever it is': [
    mixed(html(), file('open.gif', png(1, 1)), file('a.ps', ps)),
    ['a.ps', 'open.gif!decoration'],
  ],
  'a photo that the text shows, but that is marked as an attachment': [
    mixed(
      shows('photo@1'),
      file('photo.jpg', photo, { ...picture, disposition: 'attachment' }),
      file('a.ps', ps),
    ),
    ['photo.jpg', 'a.ps'],
  ],
  'a logo that the text shows, but that stands beside it as an attachment': [
    mixed(
      shows('logo@1'),
      file('logo.png', logo, { ...inText, disposition: 'attachment' }),
      file('a.ps', ps),
    ),
    ['a.ps', 'logo.png!decoration'],
  ],
  'a small picture that is marked as part of a text which is gone': [
    mixed(plain(), file('logo.png', logo, inText), file('a.ps', ps)),
    ['a.ps', 'logo.png!decoration'],
  ],
  'a picture that is all of the mail': [
    fromAlice(file('dot.png', png(1, 1), { type: 'image/png', disposition: 'inline' })),
    ['dot.png'],
  ],
  'styles and fonts of a web page': [
    fromAlice(
      multipart(
        'related; type="text/html"',
        html(),
        entity(['Content-Type: text/css'], 'p {}'),
        file('font.woff', 'wOFF', { disposition: null }),
      ),
    ),
    ['unnamed!decoration', 'font.woff!decoration'],
  ],
  'a related root that its type tells': [
    mixed(
      multipart(
        'related; type="text/html"',
        file('photo.jpg', photo, { type: 'image/jpeg', disposition: null }),
        html(),
      ),
      file('a.ps', ps),
    ),
    ['a.ps', 'photo.jpg!picture'],
  ],
  'a related root that is not the first part': [
    mixed(
      multipart(
        'related; start="<root>"',
        file('photo.jpg', photo, { type: 'image/jpeg', disposition: null }),
        entity(['Content-Type: text/html', 'Content-ID: <root>'], '<p>'),
      ),
      file('a.ps', ps),
    ),
    ['a.ps', 'photo.jpg!picture'],
  ],
};

describe('of a mail', () => {
  it.each(Object.entries(mails))('%s', async (_what, [mail, expected]) => {
    expect(outcome(await readMail(mail))).toEqual(expected);
  });
});

describe('of alternatives (RFC 2046 §5.1.4)', () => {
  const form = (type: string, body: string) => entity([`Content-Type: ${type}`], body);
  const alternatives = (...parts: string[]) => fromAlice(multipart('alternative', ...parts));

  it.each<[string, string, string[]]>([
    ['none where all are text', alternatives(plain(), html()), []],
    ['none where one is of a private type', alternatives(plain(), form('application/x-rich', 'text')), []],
    [
      'PostScript rather than text',
      alternatives(plain(), html(), form('application/postscript', ps)),
      ['document 1'],
    ],
    [
      'the last of equals',
      alternatives(form('application/pdf', pdf), form('application/pdf', `${pdf} in better colours`)),
      ['document 1', 'unnamed!alternative'],
    ],
    [
      'PostScript rather than PDF, wherever it stands',
      alternatives(file('a.ps', ps, { disposition: null }), file('A.pdf', pdf, { disposition: null })),
      ['a.ps', 'A.pdf!alternative'],
    ],
    [
      'each of the attachments that stand among them',
      alternatives(plain(), html(), file('a.pdf', pdf), file('b.pdf', `${pdf} b`)),
      ['a.pdf', 'b.pdf'],
    ],
    [
      'each of the attachments, even of one name',
      alternatives(plain(), file('a.ps', ps), file('a.pdf', pdf)),
      ['a.ps', 'a.pdf'],
    ],
    [
      'each of the files whose names say that they are no alternatives (ask 33)',
      alternatives(
        plain(),
        file('a.pdf', pdf, { disposition: null }),
        file('b.pdf', `${pdf} b`, { disposition: null }),
      ),
      ['a.pdf', 'b.pdf'],
    ],
    [
      'no calendar',
      alternatives(plain(), html(), form('text/calendar; method=REQUEST', 'BEGIN:VCALENDAR')),
      ['unnamed!companion'],
    ],
    [
      'no text that has a name',
      alternatives(plain(), file('body.html', '<p>', { type: 'text/html', disposition: null })),
      [],
    ],
    [
      'the innermost first',
      fromAlice(
        multipart(
          'alternative',
          file('a.pdf', pdf, { disposition: null }),
          multipart('alternative', plain(), file('a.ps', ps, { disposition: null })),
        ),
      ),
      ['a.ps', 'a.pdf!alternative'],
    ],
  ])('%s', async (_what, mail, expected) => {
    expect(outcome(await readMail(mail)).sort()).toEqual(expected.sort());
  });
});

describe('the same document twice (ask 28)', () => {
  it.each<[string, string, string[]]>([
    [
      'is printed once under one name',
      mixed(plain(), file('a.ps', ps), file('a.ps', ps)),
      ['a.ps', 'a.ps!copy'],
    ],
    [
      'is printed once, whichever of the two has a name',
      mixed(entity(['Content-Type: application/postscript'], ps), file('a.ps', ps)),
      ['a.ps', 'a.ps!copy'],
    ],
    ['is printed twice under two names', mixed(file('a.ps', ps), file('b.ps', ps)), ['a.ps', 'b.ps']],
    ['is not what only has the same name', mixed(file('a.ps', ps), file('a.ps', `${ps} `)), ['a.ps', 'a.ps']],
    [
      'is printed once when it comes in both forms of the letter',
      fromAlice(
        multipart(
          'alternative',
          multipart('mixed', plain(), file('a.ps', ps, { disposition: 'inline' })),
          multipart('mixed', html(), file('a.ps', ps, { disposition: 'inline' })),
        ),
      ),
      ['a.ps', 'a.ps!alternative'],
    ],
  ])('%s', async (_what, mail, expected) => {
    expect(outcome(await readMail(mail))).toEqual(expected);
  });
});

describe('mails inside the mail (ask 26)', () => {
  const inner = (body: string) => `Content-Type: message/rfc822\r\n\r\n${body}`;

  it('are opened: their documents are printed, their text is not', async () => {
    const forwarded = inner(fromAlice(multipart('mixed', plain('the inner letter'), file('a.ps', ps))));
    const { documents, leftOut } = await readMail(mixed(plain('see below'), forwarded));
    expect(documents.map(({ name }) => name)).toEqual(['a.ps']);
    expect(leftOut.map(({ kind, bytes }) => [kind, bytes])).toEqual([
      ['letter', 9],
      ['letter', 16],
    ]);
  });

  it.each<[string, string]>([
    [
      'whatever their transfer encoding is',
      entity(['Content-Type: message/rfc822'], Buffer.from(fromAlice(file('a.ps', ps)))),
    ],
    ['as message/global (RFC 6532)', inner(fromAlice(file('a.ps', ps))).replace('rfc822', 'global')],
    ['as parts of a digest, without a type', `${multipart('digest', `\r\n${fromAlice(file('a.ps', ps))}`)}`],
    ['as files', file('mail.eml', Buffer.from(fromAlice(file('a.ps', ps))))],
    [
      'as files of another type',
      file('mail.eml', Buffer.from(fromAlice(file('a.ps', ps))), { type: 'text/plain' }),
    ],
    [
      'as files of a private type',
      file('mail.EML', Buffer.from(fromAlice(file('a.ps', ps))), { type: 'application/x-mail' }),
    ],
    [
      'from a header that an mbox line precedes',
      inner(`From a@b Mon Jan 1 00:00:00 2024\r\n${fromAlice(file('a.ps', ps))}`),
    ],
    [
      'from a header that a quoted mbox line precedes, whichever line ends it has',
      file(
        'mail.eml',
        Buffer.from(`>From a@b Mon Jan 1 00:00:00 2024\n${fromAlice(file('a.ps', ps)).replaceAll('\r', '')}`),
      ),
    ],
    ['with an empty header', inner(`\r\n${ps}`)],
  ])('are opened %s', async (_what, part) => {
    const store = new MemoryContentStore();
    const { documents } = await readMail(mixed(plain(), part), store);
    expect(documents.map(({ content }) => store.bytes(content).toString())).toEqual([ps]);
  });

  it('are opened ten deep; what lies deeper is left out with words', async () => {
    const nest = (levels: number): string => (levels === 0 ? file('a.ps', ps) : inner(nest(levels - 1)));
    const around = (levels: number) => fromAlice(nest(levels));
    expect(outcome(await readMail(around(10)))).toEqual(['a.ps']);
    const { documents, leftOut } = await readMail(around(11));
    expect(documents).toEqual([]);
    expect(leftOut).toMatchObject([
      { kind: 'nested', reason: 'it is a mail inside of 10 others, and is not opened' },
    ]);
    expect((await readMail(around(2000))).leftOut).toMatchObject([{ kind: 'nested' }]);
  });

  it('are opened ten deep with the multiparts of signatures and lists around each', async () => {
    const nest = (levels: number): string =>
      multipart(
        'mixed',
        multipart('signed', multipart('mixed', multipart('mixed', html(), deeper(levels)))),
        file(`${levels}.ps`, `${ps}${levels}`),
      );
    const deeper = (levels: number) => (levels === 0 ? plain() : inner(fromAlice(nest(levels - 1))));
    const names = (levels: number) => Array.from({ length: levels + 1 }, (_, level) => `${level}.ps`);
    expect(outcome(await readMail(fromAlice(nest(10))))).toEqual(names(10));
    expect(outcome(await readMail(fromAlice(nest(12))))).toEqual([...names(12).slice(2), 'unnamed!nested']);
  });

  it('are not opened where they are none', async () => {
    const part = entity(
      ['Content-Type: message/rfc822', 'Content-Disposition: attachment; filename=a.eml'],
      'no header',
    );
    expect((await readMail(mixed(part))).documents).toMatchObject([{ name: 'a.eml', format: 'text/plain' }]);
    expect((await readMail(mixed(file('a.eml', 'no header')))).documents).toMatchObject([{ name: 'a.eml' }]);
  });
});
