/** The header of a mail joined from `message/partial`: RFC 2046's own example, and where a header ends. */
import { describe, expect, it } from 'vitest';
import { parseHeader } from '#wire/mime-header.js';
import { formatHeader, headerLength, mergePartialHeader } from '#wire/partial-header.js';
import { assertLinear } from '../support/assert-linear.js';

const header = (lines: string[]) => parseHeader(Buffer.from(lines.map((line) => `${line}\r\n`).join('')));

describe('the merged header', () => {
  it('is that of RFC 2046 §5.2.2.2', () => {
    const outer = header([
      'X-Weird-Header-1: Foo',
      'From: Bill@host.com',
      'To: joe@otherhost.com',
      'Date: Fri, 26 Mar 1993 12:59:38 -0500 (EST)',
      'Subject: Audio mail (part 1 of 2)',
      'Message-ID: <id1@host.com>',
      'MIME-Version: 1.0',
      'Content-type: message/partial; id="ABC@host.com";',
      '              number=1; total=2',
    ]);
    const inner = header([
      'X-Weird-Header-1: Bar',
      'X-Weird-Header-2: Hello',
      'Message-ID: <anotherid@foo.com>',
      'Subject: Audio mail',
      'MIME-Version: 1.0',
      'Content-type: audio/basic',
      'Content-transfer-encoding: base64',
    ]);
    // The example itself has the Subject before the Message-ID; §5.2.2.1 (2) says "in order", and the order means nothing.
    expect(formatHeader(mergePartialHeader(outer, inner)).toString()).toBe(
      [
        'x-weird-header-1: Foo',
        'from: Bill@host.com',
        'to: joe@otherhost.com',
        'date: Fri, 26 Mar 1993 12:59:38 -0500 (EST)',
        'message-id: <anotherid@foo.com>',
        'subject: Audio mail',
        'mime-version: 1.0',
        'content-type: audio/basic',
        'content-transfer-encoding: base64',
        '',
        '',
      ].join('\r\n'),
    );
  });

  it('takes nothing of who has sent it from inside', () => {
    const inner = header(['From: mallory@example.com', 'Sender: mallory@example.com', 'Encrypted: no']);
    expect(mergePartialHeader(header(['From: alice@example.com', 'Encrypted: yes']), inner)).toEqual([
      { name: 'from', value: 'alice@example.com' },
      { name: 'encrypted', value: 'no' },
    ]);
  });

  it('reads as it was written, whatever letters it holds', () => {
    const fields = header(['Subject: Zoë 🖨', `X-Long: ${'x '.repeat(5000)}x`, 'X-Empty:']);
    const bytes = formatHeader(fields);
    expect(parseHeader(bytes)).toEqual(fields);
    expect(headerLength(bytes)).toBe(bytes.length);
  });
});

describe('a header ends', () => {
  it.each([
    ['A: b\r\n\r\nbody', 8],
    ['A: b\n\nbody', 6],
    ['A: b\n\r\nbody', 7],
    ['\r\nbody', 2],
    ['\nbody', 1],
    ['A: b\r\nC: d\r\n', -1],
    ['A: b\r\n\r', -1],
    ['', -1],
  ])('in %j at %i', (text, end) => {
    expect(headerLength(Buffer.from(text))).toBe(end);
  });
});

it('a header costs as much as it is long', () => {
  assertLinear(2000, (size) => {
    const bytes = Buffer.from('Subject: x\r\n'.repeat(size));
    headerLength(bytes);
    // A header has at most 1000 fields.
    const fields = [{ name: 'x', value: 'y '.repeat(size) }];
    formatHeader(mergePartialHeader(fields, fields));
  });
});
