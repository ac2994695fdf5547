/** Files that come inside of a text or of Outlook's winmail.dat, and programs that come as the text of a mail. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemoryContentStore } from '../support/memory-content.js';
import { missing } from '../support/peers.js';
import {
  entity,
  file,
  fromAlice,
  mixed,
  multipart,
  outcome,
  plain,
  png,
  readMail,
} from '../support/read-mail.js';
import {
  attachment,
  binary,
  ids,
  messageInterface,
  object,
  text,
  tnef,
  variable,
} from '../support/tnef-encoder.js';

const ps = '%!PS-Adobe-3.0\r\nshowpage\r\n%%EOF\r\n';

async function documentsOf(mail: string): Promise<[name: string, bytes: string][]> {
  const store = new MemoryContentStore();
  const { documents } = await readMail(mail, store);
  return documents.map(({ name, content }) => [name, store.bytes(content).toString('latin1')]);
}

describe('a program that is the text of a mail', () => {
  it('is printed without the footer below it, which is told', async () => {
    const mail = fromAlice(plain(`${ps}-- \r\nThis mail is confidential.`));
    expect(await documentsOf(mail)).toEqual([['document 1', ps]]);
    expect((await readMail(mail)).leftOut).toEqual([
      {
        name: 'letter',
        mediaType: 'text/plain',
        bytes: 31,
        kind: 'letter',
        reason: 'it is what stands below the end of the PostScript program',
      },
    ]);
  });

  it('keeps what stands below its end when it comes as a file', async () => {
    expect(await documentsOf(mixed(file('a.ps', `${ps}more`, { type: 'text/plain' })))).toEqual([
      ['a.ps', `${ps}more`],
    ]);
  });

  it('is beside the footer that a mailing list adds as a part', async () => {
    const { documents, leftOut } = await readMail(mixed(plain(ps), plain('printers mailing list')));
    expect([documents.length, leftOut.map(({ kind }) => kind)]).toEqual([1, ['letter']]);
  });

  it.each([
    [
      'flowed',
      `%!PS \r\n/Times findfont \r\n  12 scalefont setfont \r\nshowpage\r\n`,
      '%!PS /Times findfont  12 scalefont setfont showpage\r\n',
    ],
    ['Flowed; DelSp=Yes', '%!PS\r\n(a long \r\nline) show\r\n', '%!PS\r\n(a longline) show\r\n'],
    ['fixed', '%!PS \r\nshowpage\r\n', '%!PS \r\nshowpage\r\n'],
  ])('gets its lines back from format=%s (RFC 3676)', async (format, sent, program) => {
    const mail = fromAlice(entity([`Content-Type: text/plain; format=${format}`], sent));
    expect(await documentsOf(mail)).toEqual([['document 1', program]]);
  });
});

describe('a uuencoded file', () => {
  const uuencoded = 'begin 644 a.ps\r\n.)2%04PIS:&]W<&%G90H`\r\n`\r\nend\r\n';
  const program = '%!PS\nshowpage\n';

  it('in a text is a document, and the text is the letter', async () => {
    const mail = fromAlice(plain(`Please print:\r\n${uuencoded}Thank you.`));
    expect(await documentsOf(mail)).toEqual([['a.ps', program]]);
    expect((await readMail(mail)).leftOut.map(({ kind }) => kind)).toEqual(['letter']);
  });

  it('in a mail from before MIME is a document', async () => {
    expect(await documentsOf(`From: alice@example.com\r\n\r\n${uuencoded}`)).toEqual([['a.ps', program]]);
  });

  it('is what a part with that transfer encoding holds', async () => {
    const fixture = readFileSync(new URL('../../../fixtures/mail/uuencoded.eml', import.meta.url), 'latin1');
    expect(await documentsOf(fixture)).toEqual([['small.ps', '%!P']]);
    const nothing = await readMail(mixed(entity(['Content-Transfer-Encoding: uuencode'], 'no file')));
    expect(nothing.leftOut).toMatchObject([{ kind: 'damaged', reason: 'no uuencoded file is in it' }]);
  });

  it('that is cut off is left out with words', async () => {
    const lines = `begin 644 a.ps\r\n${'M'.padEnd(61, '!')}\r\n`.padEnd(60);
    const { documents, leftOut } = await readMail(fromAlice(plain(`${lines}${'M'.padEnd(61, '!')}\r\n`)));
    expect(documents).toEqual([]);
    expect(leftOut).toMatchObject([{ kind: 'letter' }, { name: 'a.ps', kind: 'damaged' }]);
  });

  it.skipIf(missing('python3'))('of another program comes back, byte for byte', async () => {
    const script = `
import binascii, sys
data = bytes(range(256)) * 20
sys.stdout.write('begin 644 all.bin\\r\\n')
for at in range(0, len(data), 45):
    sys.stdout.write(binascii.b2a_uu(data[at:at + 45]).decode().rstrip('\\n') + '\\r\\n')
sys.stdout.write(' \\r\\nend\\r\\n')`;
    const sent = execFileSync('python3', ['-c', script], { encoding: 'latin1' });
    const [[name, bytes] = []] = await documentsOf(fromAlice(plain(sent)));
    expect(name).toBe('all.bin');
    expect(bytes).toBe(Buffer.from(Array.from({ length: 5120 }, (_, at) => at % 256)).toString('latin1'));
  });
});

describe('a winmail.dat (ask 23)', () => {
  const winmail = (...attachments: Buffer[]) =>
    mixed(plain(), file('winmail.dat', tnef(...attachments), { type: 'application/ms-tnef' }));
  const named = (name: string, data: Buffer, ...more: Buffer[]) =>
    attachment({ data, properties: [text(ids.longFileName, name), ...more] });

  it('is opened: its files are documents, and it is told itself', async () => {
    const mail = winmail(named('report.ps', Buffer.from(ps)), named('b.ps', Buffer.from('showpage')));
    expect(await documentsOf(mail)).toEqual([
      ['report.ps', ps],
      ['b.ps', 'showpage'],
    ]);
    const { documents, leftOut } = await readMail(mail);
    expect(documents.map(({ format }) => format)).toEqual([
      'application/postscript',
      'application/postscript',
    ]);
    expect(leftOut.map(({ name, kind }) => [name, kind])).toEqual([
      ['letter', 'letter'],
      ['winmail.dat', 'envelope'],
    ]);
  });

  it('is known by its bytes, whatever it is called', async () => {
    const mail = mixed(file('ATT00001.bin', tnef(named('a.ps', Buffer.from(ps)))));
    expect(outcome(await readMail(mail))).toEqual(['a.ps', 'ATT00001.bin!envelope']);
  });

  it('is opened when a PDF begins early in it', async () => {
    const pdf = '%PDF-1.4 a report';
    expect(await documentsOf(winmail(named('a.pdf', Buffer.from(pdf))))).toEqual([['a.pdf', pdf]]);
  });

  it('holds pictures of its text, which are none of the documents', async () => {
    const shown = text(ids.contentId, 'image001.png@01D');
    const mail = winmail(named('logo.png', png(200, 60), shown), named('a.ps', Buffer.from(ps)));
    expect(outcome(await readMail(mail))).toEqual(['a.ps', 'winmail.dat!envelope', 'logo.png!decoration']);
  });

  it('is a letter when it holds no file', async () => {
    const { documents, leftOut } = await readMail(winmail());
    expect([documents, leftOut.map(({ kind }) => kind)]).toEqual([[], ['letter', 'letter']]);
  });

  it('is told of what is not opened or not whole', async () => {
    const mailInside = attachment({ properties: [variable(object, ids.attachData, [messageInterface])] });
    const cut = tnef(named('a.ps', Buffer.from(ps))).subarray(0, -30);
    const wrong = mixed(file('winmail.dat', cut));
    expect((await readMail(winmail(mailInside))).leftOut.map(({ kind }) => kind)).toEqual([
      'letter',
      'envelope',
      'unsupported',
    ]);
    expect((await readMail(wrong)).leftOut.map(({ kind }) => kind)).toEqual(['damaged', 'damaged']);
    const asProperty = attachment({
      properties: [text(ids.longFileName, 'a.ps'), variable(binary, ids.attachData, [Buffer.from(ps)])],
    });
    expect(outcome(await readMail(winmail(asProperty)))).toEqual(['a.ps', 'winmail.dat!envelope']);
  });

  it.each<[string, Buffer]>([
    ['is cut off before its first file', tnef(named('a.ps', Buffer.from(ps))).subarray(0, 20)],
    ['has nothing behind its signature', tnef().subarray(0, 6)],
    ['has garbage behind its signature', Buffer.concat([tnef().subarray(0, 6), Buffer.alloc(100, 'x')])],
  ])('that %s is damaged, and no letter (ask 33)', async (_what, bytes) => {
    const { documents, leftOut } = await readMail(mixed(file('winmail.dat', bytes)));
    expect(documents).toEqual([]);
    expect(leftOut.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['damaged', 'it is cut off or changed on its way; send it again'],
    ]);
  });

  it('that is cut off behind a file prints that file, and says that more may be missing (ask 33)', async () => {
    const whole = tnef(named('a.ps', Buffer.from(ps)), named('b.ps', Buffer.from(ps)));
    const end = whole.length - named('b.ps', Buffer.from(ps)).length + 5;
    const { documents, leftOut } = await readMail(mixed(file('winmail.dat', whole.subarray(0, end))));
    expect([documents.map(({ name }) => name), leftOut.map(({ kind }) => kind)]).toEqual([
      ['a.ps'],
      ['damaged'],
    ]);
  });

  it('may lie in a mail inside the mail', async () => {
    const inner = fromAlice(multipart('mixed', file('winmail.dat', tnef(named('a.ps', Buffer.from(ps))))));
    expect(await documentsOf(mixed(entity(['Content-Type: message/rfc822'], inner)))).toEqual([['a.ps', ps]]);
  });
});
