/** Files in texts as other programs have written them, texts that only look like it, and anything else. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type UuEvent, UuencodeFinder } from '#wire/uuencode.js';
import { assertLinear } from '../support/assert-linear.js';
import { missing } from '../support/peers.js';
import { anyCuts, cutAt, singleBytes } from '../support/pieces.js';

interface FoundFile {
  name: string;
  mode: string;
  body: string;
  complete: boolean;
}

function find(...chunks: (string | Uint8Array)[]): { text: string; files: FoundFile[] } {
  const finder = new UuencodeFinder();
  const events = chunks.flatMap((chunk) =>
    finder.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk),
  );
  return gather([...events, ...finder.end()]);
}

/** Throws unless a file's events come in their order. */
function gather(events: readonly UuEvent[]): { text: string; files: FoundFile[] } {
  const files: FoundFile[] = [];
  let text = '';
  let open: FoundFile | null = null;
  for (const event of events) {
    if (event.type === 'file-start') {
      if (open !== null) throw new Error('a file within a file');
      open = { name: event.name, mode: event.mode, body: '', complete: false };
    } else if (event.type === 'text') {
      if (open !== null) throw new Error('text within a file');
      text += event.bytes.toString('latin1');
    } else if (open === null) {
      throw new Error(`${event.type} without a file`);
    } else if (event.type === 'file-body') {
      open.body += event.bytes.toString('latin1');
    } else {
      files.push({ ...open, complete: event.complete });
      open = null;
    }
  }
  if (open !== null) throw new Error('a file without an end');
  return { text, files };
}

const program = '%!PS\nshowpage\n';
const line = '.)2%04PIS:&]W<&%G90H`';

describe('a file of GNU sharutils', () => {
  it.each([
    ['in the traditional encoding', `begin 644 Jän.ps\n${line}\n\`\nend\n`],
    ['in base64', 'begin-base64 644 Jän.ps\nJSFQUwpzaG93cGFnZQo=\n====\n'],
    ['with its name in base64', `begin-encoded 644 SsOkbi5wcw==\n${line}\n\`\nend\n`],
    ['all in base64', 'begin-base64-encoded 644 SsOkbi5wcw==\nJSFQUwpzaG93cGFnZQo=\n====\n'],
  ])('%s is decoded', (_how, text) => {
    expect(find(Buffer.from(text))).toEqual({
      text: '',
      files: [{ name: 'Jän.ps', mode: '644', body: program, complete: true }],
    });
  });

  it('may have a name that ends with any letter', () => {
    expect(find(Buffer.from('begin 644 voilà \r\n`\r\nend\r\n')).files[0]?.name).toBe('voilà');
  });

  it('may be empty', () => {
    expect(find('begin 600 a\n`\nend\n').files).toEqual([
      { name: 'a', mode: '600', body: '', complete: true },
    ]);
  });
});

/** Each writes the file that comes on standard input. */
const encoders: [what: string, command: string, args: string[]][] = [
  ['Python, zero as a blank', 'python3', ['-c', pythonEncoder('False')]],
  ['Python, zero as a backquote', 'python3', ['-c', pythonEncoder('True')]],
  ['Perl', 'perl', ['-0777', '-ne', 'print "begin 644 a.bin\n", pack("u", $_), "end\n"']],
  [
    'Perl, with lines of another length',
    'perl',
    ['-0777', '-ne', 'print "begin 644 a.bin\n", pack("u30", $_), "end\n"'],
  ],
];

function pythonEncoder(backtick: string): string {
  return [
    'import binascii, sys',
    'data, out = sys.stdin.buffer.read(), sys.stdout.buffer',
    'out.write(b"begin 644 a.bin\\n")',
    'for at in list(range(0, len(data), 45)) + [len(data)]:',
    `    out.write(binascii.b2a_uu(data[at:at + 45], backtick=${backtick}))`,
    'out.write(b"end\\n")',
  ].join('\n');
}

describe.each(encoders)('files of %s', (_what, command, args) => {
  const expectFiles = (encoded: string | Buffer, content: Buffer) => {
    const file = { name: 'a.bin', mode: '644', body: content.toString('latin1'), complete: true };
    expect(find('Dear printer,\n', encoded, 'Bye\n')).toEqual({
      text: 'Dear printer,\nBye\n',
      files: [file],
    });
  };

  it.skipIf(missing(command)).each([1, 2, 45, 46, 50_000])('give back %i bytes', (size) => {
    const zeros = Buffer.alloc(size);
    expectFiles(execFileSync(command, args, { input: zeros }), zeros);
    const content = randomBytes(size);
    content[size - 1] = 1;
    const encoded = execFileSync(command, args, { input: content });
    expectFiles(encoded, content);
    // As a mail program may pass it on: with other line ends, and without the blanks in front of them.
    expectFiles(encoded.toString('latin1').replaceAll(/ *\n/g, '\r\n'), content);
  });
});

describe('what is not quite right', () => {
  const full = `M0F5F;W)E(&%N>2!O9B!I="!W87,@<')I;G1E9"P@:70@:&%D('1O(&)E+B\`@\n`;
  const begin = 'begin 644 a\n';

  it.each([
    [
      'a checksum character on each line',
      `${begin}${full.replace('\n', 'x\n')}${line}z\n\`\nend\n`,
      true,
      '',
    ],
    ['no line without data', `${begin}${full}end\nBye\n`, true, 'Bye\n'],
    ['no end, but the line without data', `${begin}${full}${line}\n\`\nBye\n`, true, 'Bye\n'],
    ['neither', `${begin}${full}${line}\nBye\n`, false, 'Bye\n'],
    [
      'neither, and a signature that could be data',
      `${begin}${full}${line}\n\n-- \nBOB\n`,
      false,
      '-- \nBOB\n',
    ],
    ['another file instead of the end', `${begin}${full}${line}\nbegin of it\n`, false, 'begin of it\n'],
    ['a line that is too long', `${begin}${full}${line}\n${'M'.repeat(5000)}`, false, 'M'.repeat(5000)],
    ['an empty line in its middle', `${begin}${full}\n${full}\nend`, true, ''],
  ])('%s', (_what, encoded, complete, text) => {
    const found = find(encoded);
    expect(found).toMatchObject({ text, files: [{ name: 'a', complete }] });
    expect(found.files[0]?.body).toMatch(/^Before any/);
  });

  it('finds the next file behind one that has no end', () => {
    const found = find(`${begin}${full}${full}begin 644 b\n${full}${line}\nend\n`);
    expect(found.files.map(({ name, complete }) => [name, complete])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });
});

describe('a text that only looks like it', () => {
  it.each([
    'begin 666 devils came\nand sat down.\n',
    'begin 666 X\nI AM THE BEAST\nend\n',
    'begin 666 X\n#ABCD\nand so on\n',
    'begin 666 X\n \n \nand so on\n',
    'begin 666 X\n\nend\n',
    'begin 644 a\n',
    'begin 644 a',
    `begin 644 a\n${line}\n`,
    'begin-base64 644 a\nHello\nWorld\n',
    'begin 9 a\nend\n',
    ' begin 644 a\n`\nend\n',
    `begin 644 ${'a'.repeat(1000)}\n\`\nend\n`,
    `begin 644 a\n${'M\n'.repeat(3000)}`,
    'begin\nbegin \nbeginning\nbegi',
  ])('stays text: %j', (text) => expect(find(text)).toEqual({ text, files: [] }));
});

describe('any bytes', () => {
  const anyLine = fc.constantFrom(
    'begin 644 a',
    'begin-base64 644 b',
    'end',
    '`',
    '====',
    ' ',
    '',
    'M',
    line,
    'QUJD',
    'Hi.',
  );
  const anyText = fc
    .array(
      fc.tuple(fc.oneof(anyLine, fc.string({ unit: 'binary-ascii' })), fc.constantFrom('\n', '\r\n', '')),
    )
    .map((lines) => Buffer.from(lines.flat().join(''), 'latin1'));

  it('are read in the same way, however they are cut, and grow no longer', () => {
    fc.assert(
      fc.property(anyText, anyCuts, (text, cuts) => {
        const whole = find(text);
        expect(find(...cutAt(text, cuts))).toEqual(whole);
        expect(find(...singleBytes(text))).toEqual(whole);
        if (whole.files.length === 0) expect(whole.text).toBe(text.toString('latin1'));
        const bodies = whole.files.reduce((sum, { body }) => sum + body.length, 0);
        expect(whole.text.length + bodies).toBeLessThanOrEqual(text.length + 45 * whole.files.length);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['begin 644 a\n', `begin 644 a\n${line}\n`, 'begin', 'M\n', `${line}\n`])(
    'cost what they are long: %j',
    (unit) => {
      assertLinear(20_000 / unit.length, (count) => {
        const text = Buffer.from(`begin 644 a\n${unit.repeat(count)}`);
        for (let at = 0; at < text.length; at += 50) new UuencodeFinder().push(text.subarray(at, at + 50));
        find(text);
      });
    },
  );
});

/** Mails of others, not ours to keep in the repository. */
const corpus = fileURLToPath(new URL('../../../../shared/corpus/mail/', import.meta.url));
const uuencoded = existsSync(corpus)
  ? readdirSync(corpus, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.eml'))
      .map((name) => [name, readFileSync(join(corpus, name))] as const)
      .filter(([, mail]) => /^begin [0-7]{3} /m.test(mail.toString('latin1')))
  : [];
if (uuencoded.length === 0) process.stderr.write(`skipped: the uuencoded mails of ${corpus} are not here\n`);

const pythonDecoder = String.raw`
import binascii, hashlib, re, sys
mail = sys.stdin.buffer.read()
for file in re.finditer(rb'^begin [0-7]{3} [^\r\n]*\r?\n(.*?)^end\r?$', mail, re.S | re.M):
    lines = [line.rstrip(b'\r') for line in file.group(1).split(b'\n')]
    data = [binascii.a2b_uu(line[:1 + ((line[0] - 32 & 63) + 2) // 3 * 4]) for line in lines if line]
    print(hashlib.sha256(b''.join(data)).hexdigest())
`;

describe.skipIf(uuencoded.length === 0 || missing('python3'))('the mail corpus', () => {
  it.each(uuencoded)('%s has the files that Python decodes', (_name, mail) => {
    const { files } = find(mail);
    const digests = files.map(({ body }) => createHash('sha256').update(body, 'latin1').digest('hex'));
    const expected = execFileSync('python3', ['-c', pythonDecoder], { input: mail, encoding: 'utf8' });
    expect(digests).toEqual(expected.trim().split('\n'));
    expect(files.map(({ complete }) => complete)).not.toContain(false);
  });
});
