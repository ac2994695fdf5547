/** The line printer daemon protocol: both directions, bytes of other clients, any cut of the stream, what is not believed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatLpdCommand,
  formatLpdSubcommand,
  type LpdCommand,
  type LpdEvent,
  LpdReader,
  type LpdSubcommand,
} from '#wire/lpd.js';
import { formatLpdControlFile, parseLpdControlFile } from '#wire/lpd-control-file.js';
import { assertLinear } from '../support/assert-linear.js';

/** Events with content joined, as it does not matter how it is cut. */
function eventsOf(chunks: readonly Uint8Array[]): unknown[] {
  const reader = new LpdReader();
  const events: unknown[] = [];
  let content: Buffer | null = null;
  const take = (some: Iterable<LpdEvent>) => {
    for (const event of some) {
      if ('content' in event) {
        content = Buffer.concat([content ?? Buffer.alloc(0), event.content]);
        continue;
      }
      if (content !== null) events.push(content.toString('latin1'));
      content = null;
      events.push(event);
    }
  };
  for (const chunk of chunks) take(reader.push(chunk));
  take(reader.end());
  return events;
}

const cut = (bytes: Buffer, at: number) => [bytes.subarray(0, at), bytes.subarray(at)];
const receive = { command: 'receive-job', queue: 'lp' } as const;
const fileEnd = { fileEnd: true };
const control = (bytes: number) => ({ subcommand: 'control-file', bytes, name: 'cfA007vm' }) as const;
const data = (bytes: number | null) => ({ subcommand: 'data-file', bytes, name: 'dfA007vm' }) as const;

describe('the LPD reader', () => {
  it.each<[string, string, unknown[]]>([
    [
      'a job with its control file first',
      '\x02lp\n\x025 cfA007vm\nPann\n\0\x033 dfA007vm\n%!P\0',
      [receive, control(5), 'Pann\n', fileEnd, data(3), '%!P', fileEnd],
    ],
    [
      'a job with its control file last',
      '\x02lp\n\x033 dfA007vm\n%!P\0\x025 cfA007vm\nPann\n\0',
      [receive, data(3), '%!P', fileEnd, control(5), 'Pann\n', fileEnd],
    ],
    [
      'a file that ends with the connection',
      '\x02lp\n\x030 dfA007vm\n%!P\0 x',
      [receive, data(null), '%!P\0 x', fileEnd],
    ],
    [
      // Windows without "LPR byte counting".
      'a count that no file can have',
      '\x02lp\n\x03125899906843000 dfA007vm\n%!P',
      [receive, data(null), '%!P', fileEnd],
    ],
    [
      'a file that is really empty',
      '\x02lp\n\x030 dfA007vm\n\0\x033 dfA007vm\n%!P\0',
      [receive, data(null), fileEnd, data(3), '%!P', fileEnd],
    ],
    [
      'a counted file whose zero octet is left out at the end',
      '\x02lp\n\x033 dfA007vm\n%!P',
      [receive, data(3), '%!P', fileEnd],
    ],
    ['an abort', '\x02lp\n\x01\n', [receive, { subcommand: 'abort' }]],
    [
      'a question about some users and jobs',
      '\x04lp ann 17\r\n',
      [{ command: 'queue-state', long: true, queue: 'lp', list: ['ann', '17'] }],
    ],
    [
      'what rlprm sends, and nothing behind it',
      '\x05lp  root 3\nrest',
      [{ command: 'remove-jobs', queue: 'lp', agent: 'root', list: ['3'] }],
    ],
  ])('takes %s, however it is cut', (_, text, expected) => {
    const bytes = Buffer.from(text, 'latin1');
    expect(eventsOf([bytes])).toEqual(expected);
    for (let at = 0; at <= bytes.length; at++) expect(eventsOf(cut(bytes, at))).toEqual(expected);
    expect(eventsOf([...bytes].map((byte) => Buffer.of(byte)))).toEqual(expected);
  });

  it.each([
    ['another protocol', 'GET / HTTP/1.0\r\n', /there is no command 71/],
    ['a command without a queue', '\x02\n', /names no queue/],
    ['another sub-command', '\x02lp\n\x09\n', /no sub-command 9/],
    ['a count that is none', '\x02lp\n\x03-1 dfA\n', /count of bytes and a name/],
    ['a file without a name', '\x02lp\n\x0312\n', /count of bytes and a name/],
    ['more than was counted', '\x02lp\n\x031 dfA007vm\nab', /zero octet/],
    ['less than was counted', '\x02lp\n\x033 dfA007vm\nab', /ends in the middle/],
    ['a command that is cut off', '\x02lp\n\x033 dfA', /ends in the middle/],
    ['an endless line', `\x02${'q'.repeat(2000)}`, /an LPD command line exceeds the limit of 1024 octets/],
    ['a huge control file', '\x02lp\n\x0299999 cfA007vm\n', /an LPD control file exceeds the limit of 65536/],
  ])('refuses %s', (_, text, message) => {
    expect(() => eventsOf([Buffer.from(text, 'latin1')])).toThrow(message);
  });

  it('reads what is formatted here', () => {
    const word = fc.stringMatching(/^[!-~]{1,20}$/);
    const command: fc.Arbitrary<LpdCommand> = fc.oneof(
      fc.record({ command: fc.constantFrom('print-waiting' as const, 'receive-job' as const), queue: word }),
      fc.record({
        command: fc.constant('queue-state' as const),
        long: fc.boolean(),
        queue: word,
        list: fc.array(word, { maxLength: 5 }),
      }),
      fc.record({
        command: fc.constant('remove-jobs' as const),
        queue: word,
        agent: word,
        list: fc.array(word, { maxLength: 5 }),
      }),
    );
    fc.assert(
      fc.property(command, (some) => {
        expect(eventsOf([formatLpdCommand(some)])).toEqual([some]);
      }),
    );
    const subcommand: LpdSubcommand = data(3);
    const job = [formatLpdCommand(receive), formatLpdSubcommand(subcommand), Buffer.from('%!P\0')];
    expect(eventsOf(job)).toEqual([receive, subcommand, '%!P', fileEnd]);
    expect(() => formatLpdCommand({ command: 'receive-job', queue: 'a b\n' })).toThrow(/cannot be a word/);
  });

  it('costs as much as there is', () => {
    const steps = (size: number) => Buffer.from(`\x02lp\n${'\x01\n'.repeat(size)}`);
    const inputs = new Map([1000, 4000].map((size) => [size, steps(size)]));
    assertLinear(1000, (size) => eventsOf([inputs.get(size) ?? Buffer.alloc(0)]));
  });
});

describe('the control file', () => {
  // As rlpr 2.05 and the lpd back end of CUPS 2.4.2 have sent them.
  it.each([
    [
      'of rlpr',
      'Hvm\nProot\nJa.ps\nCvm\nLroot\nfdfA011vm\nUdfA011vm\nNa.ps\n',
      { user: 'root', jobName: 'a.ps', bannerUser: 'root' },
      [{ dataFile: 'dfA011vm', format: 'f', copies: 1, sourceName: 'a.ps' }],
    ],
    [
      'of CUPS',
      'Hvm\nPuser\nJmy title\nldfA249vm\nUdfA249vm\nNmy title\n',
      { user: 'user', jobName: 'my title', bannerUser: '' },
      [{ dataFile: 'dfA249vm', format: 'l', copies: 1, sourceName: 'my title' }],
    ],
    [
      'with two files, names in front and copies',
      'Hvm\nPuser\nNone\nodfA1vm\nodfA1vm\nNtwo\nldfB1vm\n',
      { user: 'user', jobName: '' },
      [
        { dataFile: 'dfA1vm', format: 'o', copies: 2, sourceName: 'one' },
        { dataFile: 'dfB1vm', format: 'l', copies: 1, sourceName: 'two' },
      ],
    ],
  ])('%s', (_, text, facts, files) => {
    const parsed = parseLpdControlFile(Buffer.from(text));
    expect(parsed).toMatchObject({ host: 'vm', ...facts, files });
    expect(parseLpdControlFile(formatLpdControlFile(parsed))).toEqual(parsed);
  });

  it('takes names in UTF-8 and in Latin 1', () => {
    expect(parseLpdControlFile(Buffer.from('Jgrün\n')).jobName).toBe('grün');
    expect(parseLpdControlFile(Buffer.from('Jgrün\n', 'latin1')).jobName).toBe('grün');
  });

  it('is written within the lengths of RFC 1179, and in lines of its own', () => {
    const parsed = parseLpdControlFile(Buffer.from(`Hh\nP${'u'.repeat(40)}\nJone\n`));
    const text = formatLpdControlFile({ ...parsed, jobName: 'a\nU/etc/passwd' }).toString();
    expect(text).toBe(`Hh\nP${'u'.repeat(31)}\nJa U/etc/passwd\n`);
  });

  it('costs as much as there is', () => {
    const fields = new Map(
      [500, 2000].map((lines) => [lines, Buffer.from('Nfile\nfdfA1h\n'.repeat(lines / 4))]),
    );
    assertLinear(500, (lines) => {
      parseLpdControlFile(fields.get(lines) ?? Buffer.alloc(0));
    });
  });

  it('limits copies', () => {
    expect(() => parseLpdControlFile(Buffer.from('fdfA1h\n'.repeat(1001)))).toThrow(/limit of 1000 copies/);
  });
});
