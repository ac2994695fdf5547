/** Attachments out of winmail.dat: as Outlook writes it, as it should not be, and held against Debian's tnef (ask 23). */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LimitError } from '#base/errors.js';
import { isTnef, type TnefEvent, TnefReader } from '#wire/tnef.js';
import { assertLinear } from '../support/assert-linear.js';
import { missing } from '../support/peers.js';
import { anyCuts, cutAt, singleBytes } from '../support/pieces.js';
import {
  attachment,
  attribute,
  attributeIds,
  binary,
  fixed,
  ids,
  levels,
  messageInterface,
  object,
  propertyList,
  propertyName,
  storageInterface,
  string8,
  text,
  tnef,
  uint32,
  variable,
} from '../support/tnef-encoder.js';

interface Unpacked {
  name: string;
  mediaType: string | null;
  contentId: string | null;
  isMessage: boolean;
  complete: boolean;
  body: string;
}

/** Throws unless an attachment's events come in their order. */
function unpack(file: Buffer, chunks: Iterable<Uint8Array> = [file]): Unpacked[] {
  const reader = new TnefReader();
  const events: TnefEvent[] = [];
  for (const chunk of chunks) events.push(...reader.push(chunk));
  events.push(...reader.end());
  const unpacked: Unpacked[] = [];
  let body: string | null = null;
  for (const event of events) {
    if ((body === null) !== (event.type === 'attachment-start'))
      throw new Error(`${event.type} in its wrong place`);
    if (event.type === 'attachment-start') body = '';
    else if (event.type === 'attachment-body') body += event.bytes.toString('latin1');
    else {
      const { type, ...facts } = event;
      unpacked.push({ ...facts, body: body ?? '' });
      body = null;
    }
  }
  if (body !== null) throw new Error('an attachment without an end');
  return unpacked;
}

const program = Buffer.from('%!PS\nshowpage\n');
const whole = {
  mediaType: null,
  contentId: null,
  isMessage: false,
  complete: true,
  body: program.toString(),
};

describe('an attachment', () => {
  it('has its long name, media type and content id from its properties', () => {
    const properties = [
      fixed(0x0003, 0x3705, uint32(1)),
      text(ids.displayName, 'shown'),
      text(ids.longFileName, 'Jänner 2026 日本.ps'),
      variable(string8, ids.mimeTag, [Buffer.from('Application/PostScript\0')]),
      text(ids.contentId, '<image001@01D1>'),
    ];
    expect(unpack(tnef(attachment({ title: 'JNNER~1.PS', data: program, properties })))).toEqual([
      {
        ...whole,
        name: 'Jänner 2026 日本.ps',
        mediaType: 'application/postscript',
        contentId: 'image001@01D1',
      },
    ]);
  });

  it('has the name of DOS when there is no other, in the charset that the message names', () => {
    const codepage = (number: number) =>
      attribute(levels.message, attributeIds.oemCodepage, Buffer.concat([uint32(number), uint32(0)]));
    const named = (number: number, title: number[]) =>
      unpack(tnef(codepage(number), attachment({ title: Buffer.from(title), data: program })))[0]?.name;
    expect(named(1251, [0xcf, 0xeb, 0xe0, 0xed])).toBe('План');
    expect(named(932, [0x93, 0xfa, 0x96, 0x7b])).toBe('日本');
    expect(named(1252, [0x4a, 0xe4])).toBe('Jä');
    expect(named(99_999, [0x4a, 0xe4])).toBe('Jä');
  });

  it('may hold its content in a property', () => {
    const properties = [variable(binary, ids.attachData, [program]), text(ids.fileName, 'a.ps')];
    expect(unpack(tnef(attachment({ properties })))).toEqual([{ ...whole, name: 'a.ps' }]);
  });

  it('that holds its content twice is told once', () => {
    const properties = [variable(binary, ids.attachData, [Buffer.from('another')])];
    expect(unpack(tnef(attachment({ title: 'a.ps', data: program, properties })))).toEqual([
      { ...whole, name: 'a.ps' },
    ]);
  });

  it('may be an object of another program, which has no file name', () => {
    const properties = [
      text(ids.displayName, 'Picture (Device Independent Bitmap)'),
      variable(object, ids.attachData, [Buffer.concat([storageInterface, program])]),
    ];
    expect(unpack(tnef(attachment({ title: 'Untitled Attachment', properties })))).toEqual([
      { ...whole, name: 'Picture (Device Independent Bitmap)' },
    ]);
  });

  it('that is a message is not opened', () => {
    const inner = tnef(attachment({ title: 'inner.ps', data: program }));
    const properties = [
      text(ids.displayName, 'Re: the plan'),
      variable(object, ids.attachData, [Buffer.concat([messageInterface, inner])]),
    ];
    expect(unpack(tnef(attachment({ properties })))).toEqual([
      { ...whole, name: 'Re: the plan', isMessage: true, body: '' },
    ]);
  });

  it('may come without the attribute that announces one', () => {
    const title = attribute(levels.attachment, attributeIds.title, Buffer.from('a.ps\0'));
    expect(unpack(tnef(title, attribute(levels.attachment, attributeIds.data, program)))).toEqual([
      { ...whole, name: 'a.ps' },
    ]);
  });

  it('may be one of several, among properties of every kind', () => {
    const properties = [
      fixed(0x0002, 0x0001, uint32(1)),
      fixed(0x0005, 0x0002, Buffer.alloc(8, 2)),
      fixed(0x000b, 0x0003, uint32(1)),
      fixed(0x0040, 0x3008, Buffer.alloc(8, 3)),
      fixed(0x0048, 0x0004, Buffer.alloc(16, 4)),
      fixed(0x1003, 0x0005, Buffer.concat([uint32(2), uint32(1), uint32(2)])),
      fixed(0x0003, 0x8001, Buffer.concat([propertyName(7), uint32(1)])),
      text(0x8002, 'a text with a name', propertyName('Keywords')),
      variable(0x1000 + string8, 0x8003, [Buffer.from('one\0'), Buffer.from('three\0')], propertyName('x')),
      text(ids.longFileName, 'second.ps'),
    ];
    const file = tnef(
      attachment({ title: 'first.ps', data: Buffer.alloc(0) }),
      attribute(levels.message, attributeIds.messageClass, Buffer.from('IPM.Note\0')),
      attachment({ title: 'SECOND.PS', data: program, properties }),
    );
    expect(unpack(file)).toEqual([
      { ...whole, name: 'first.ps', body: '' },
      { ...whole, name: 'second.ps' },
    ]);
  });
});

describe('a file that is not right', () => {
  const good = attachment({ title: 'good.ps', data: program });
  const names = (file: Buffer) => unpack(file).map(({ name, complete }) => [name, complete]);
  const wrongData = (wrong: { checksum: number; length: number }) =>
    tnef(
      attachment({ title: 'bad.ps' }),
      attribute(levels.attachment, attributeIds.data, program, wrong),
      good,
    );

  it('with a wrong checksum says which attachment it is in', () => {
    expect(names(wrongData({ checksum: 1, length: 0 }))).toEqual([
      ['bad.ps', false],
      ['good.ps', true],
    ]);
  });

  it('with an attribute that claims the rest of the file and more ends there', () => {
    expect(names(wrongData({ checksum: 0, length: 0xffff_0000 }))).toEqual([['bad.ps', false]]);
  });

  it.each([
    ['a value', [Buffer.concat([text(ids.mimeTag, 'a/b').subarray(0, 8), uint32(0xffff_ffff), program])], 1],
    ['a number of values', [fixed(0x1014, 1, uint32(0xffff_ffff))], 1],
    ['a number of texts', [Buffer.concat([variable(string8, 1, []).subarray(0, 4), uint32(0xffff_ffff)])], 1],
    ['a number of properties', [text(ids.contentId, 'c')], 0xffff_ffff],
    [
      'a name',
      [Buffer.concat([text(0x8001, '').subarray(0, 4), Buffer.alloc(16), uint32(1), uint32(0xffff_ffff)])],
      1,
    ],
    ['a property that is cut off', [text(ids.mimeTag, 'a/b').subarray(0, 6)], 1],
    ['a property of no known type', [fixed(0x0099, 1, uint32(0))], 1],
  ])('with %s beyond its attribute keeps what it has, and the next', (_what, properties, count) => {
    const file = tnef(attachment({ title: 'bad.ps', data: program }), propertyList(properties, count), good);
    expect(unpack(file)).toMatchObject([
      { name: 'bad.ps', body: program.toString() },
      { ...whole, name: 'good.ps' },
    ]);
  });

  it('with a name that is too long cuts it', () => {
    const [found] = unpack(tnef(attachment({ title: 'x'.repeat(100_000), data: program })));
    expect(found).toEqual({ ...whole, name: 'x'.repeat(2048) });
  });

  it('with garbage at its end is whole', () => {
    expect(names(Buffer.concat([tnef(good), Buffer.alloc(100), tnef(good)]))).toEqual([['good.ps', true]]);
  });

  it.each<[string, Buffer, boolean]>([
    ['between attributes', tnef(good), true],
    ['in garbage behind them', Buffer.concat([tnef(good), Buffer.from('\r\n')]), true],
    ['in the head of an attribute', Buffer.concat([tnef(), good.subarray(0, 1)]), false],
    ['in an attribute of the message', tnef().subarray(0, -1), false],
    ['in an attribute of an attachment', tnef(good).subarray(0, -1), false],
    ['behind its signature', tnef().subarray(0, 6), false],
    ['in garbage behind its signature', Buffer.concat([tnef().subarray(0, 6), Buffer.alloc(9)]), false],
  ])('that ends %s says whether it is whole', (_where, file, whole) => {
    const reader = new TnefReader();
    reader.push(file);
    reader.end();
    expect(reader.isWhole).toBe(whole);
  });

  it('that is another one holds nothing', () => {
    expect(unpack(program)).toEqual([]);
    expect([isTnef(tnef()), isTnef(program), isTnef(Buffer.alloc(0))]).toEqual([true, false, false]);
  });

  it('with too many attachments is refused', () => {
    expect(() => unpack(tnef(...Array.from({ length: 1001 }, () => good)))).toThrow(LimitError);
  });

  it('that breaks off anywhere keeps what came, and says so', () => {
    const file = tnef(
      good,
      attachment({ title: 'b.ps', data: program, properties: [text(ids.longFileName, 'long.ps')] }),
    );
    const expected = unpack(file);
    for (let end = 0; end < file.length; end++) {
      for (const [index, { body, complete }] of unpack(file.subarray(0, end)).entries()) {
        expect(expected[index]?.body.startsWith(body)).toBe(true);
        if (complete) expect(body).toBe(expected[index]?.body);
      }
    }
    expect(names(file.subarray(0, -1))).toEqual([
      ['good.ps', true],
      ['long.ps', false],
    ]);
  });
});

describe('any bytes', () => {
  const sample = tnef(
    attachment({
      title: 'a.ps',
      data: program,
      properties: [text(ids.longFileName, 'long.ps'), text(0x8001, 'x', propertyName('y'))],
    }),
    attachment({
      properties: [variable(object, ids.attachData, [Buffer.concat([messageInterface, program])])],
    }),
    attachment({
      properties: [variable(binary, ids.attachData, [program, program]), text(ids.mimeTag, 'a/b')],
    }),
  );
  const anyByte = fc.tuple(fc.nat(sample.length - 1), fc.integer({ min: 0, max: 255 }));

  it('are read in the same way, however they are cut, and give no more than they are', () => {
    fc.assert(
      fc.property(fc.array(anyByte, { maxLength: 6 }), anyCuts, (changes, cuts) => {
        const file = Buffer.from(sample);
        for (const [at, byte] of changes) file[at] = byte;
        const expected = unpack(file);
        expect(unpack(file, cutAt(file, cuts))).toEqual(expected);
        expect(unpack(file, singleBytes(file))).toEqual(expected);
        const given = expected.reduce((sum, { name, body }) => sum + name.length + body.length, 0);
        expect(given).toBeLessThanOrEqual(file.length);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['attachments', () => attachment({ title: 'a' })],
    ['properties', () => propertyList([text(ids.longFileName, 'a.ps')])],
    ['empty properties', () => propertyList(Array.from({ length: 20 }, () => fixed(0x1003, 1, uint32(0))))],
    ['content', () => attribute(levels.attachment, attributeIds.data, Buffer.alloc(1000))],
  ])('cost what they are long: %s', (_what, unit) => {
    assertLinear(100, (count) => {
      const file = tnef(...Array.from({ length: count }, unit));
      const reader = new TnefReader();
      for (let at = 0; at < file.length; at += 50) reader.push(file.subarray(at, at + 50));
      reader.end();
    });
  });
});

/** What Debian's tnef makes of a file, by name; where there is garbage, it stops with an error. */
function unpackWithTnef(file: Buffer): [string, string][] {
  const folder = mkdtempSync(join(tmpdir(), 'phaserlink-tnef-'));
  try {
    spawnSync('tnef', ['--directory', folder, '--number-backups', '-f', '-'], { input: file });
    return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(missing('tnef'))('Debian’s tnef', () => {
  it('finds the same in the files of these tests', () => {
    const contents = [randomBytes(1), randomBytes(70_000)];
    const file = tnef(
      ...contents.map((data, index) =>
        attachment({
          title: `short-${index}`,
          data,
          properties: [text(ids.longFileName, `long-${index}.bin`)],
        }),
      ),
      attachment({
        title: 'third',
        properties: [variable(binary, ids.attachData, [program]), text(0x8003, 'x', propertyName('y'))],
      }),
    );
    const ours = unpack(file).map(({ name, body }) => [name, body]);
    expect(ours).toHaveLength(3);
    expect(unpackWithTnef(file).sort()).toEqual(ours.sort());
  });
});
