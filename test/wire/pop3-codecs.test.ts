/** The POP3 codecs: lines, dot-stuffing, replies and listings, however the bytes are cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LimitError } from '#base/errors.js';
import { DotStuffer, DotUnstuffer } from '#wire/dot-stuffing.js';
import { LineSplitter } from '#wire/lines.js';
import { formatCommand, parseListLine, parseReply, parseStat, parseUidlLine } from '#wire/pop3.js';
import { TopCutter } from '#wire/top-lines.js';
import { assertLinear } from '../support/assert-linear.js';

/** Bytes in which the interesting ones are frequent. */
const roughBytes = fc
  .array(fc.oneof(fc.constantFrom(13, 10, 46), fc.integer({ min: 0, max: 255 })), { maxLength: 60 })
  .map((octets) => Buffer.from(octets));

describe('lines', () => {
  const cut = (stream: Buffer, size: number) => {
    const splitter = new LineSplitter('a line', 20);
    const lines: string[] = [];
    for (let at = 0; at < stream.length; at += size) {
      splitter.push(stream.subarray(at, at + size));
      for (let line = splitter.next(); line !== null; line = splitter.next())
        lines.push(line.toString('latin1'));
    }
    return { lines, rest: splitter.takeRest().toString('latin1') };
  };

  it('are the same wherever the stream is cut', () => {
    const stream = Buffer.from('+OK\r\nbare\nempty:\r\n\r\ncr\rinside\r\nbegun\r');
    for (let size = 1; size <= stream.length; size++) {
      expect(cut(stream, size)).toEqual({
        lines: ['+OK', 'bare', 'empty:', '', 'cr\rinside'],
        rest: 'begun\r',
      });
    }
  });

  it('may be as long as the limit and no longer, with or without their end', () => {
    for (const size of [1, 7, 64]) {
      expect(cut(Buffer.from(`${'x'.repeat(20)}\r\n`), size).lines).toEqual(['x'.repeat(20)]);
      for (const long of ['x'.repeat(21), 'x'.repeat(1000)]) {
        expect(() => cut(Buffer.from(`${long}\r\n`), size)).toThrow(LimitError);
        expect(() => cut(Buffer.from(`${long}\n`), size)).toThrow('a line exceeds the limit of 20 octets');
      }
      expect(() => cut(Buffer.from('x'.repeat(22)), size)).toThrow(LimitError);
    }
  });

  it('lose what is above the limit when they are to be shortened, and nothing else', () => {
    const stream = Buffer.from(
      `first\r\n${'x'.repeat(20)}\r\n${'y'.repeat(500)}\r\n${'z'.repeat(21)}\nlast\r\n`,
    );
    for (const size of [1, 7, 64, 1000]) {
      const splitter = new LineSplitter('a line', 20, 'shorten');
      const lines: string[] = [];
      for (let at = 0; at < stream.length; at += size) {
        splitter.push(stream.subarray(at, at + size));
        for (let line = splitter.next(); line !== null; line = splitter.next()) {
          lines.push(`${line}${splitter.lastEndWasBare ? ' (bare)' : ''}`);
        }
      }
      const [x, y, z] = ['x', 'y', 'z'].map((letter) => letter.repeat(20));
      expect(lines).toEqual(['first', x, y, `${z} (bare)`, 'last']);
    }
    assertLinear(100_000, (octets) => {
      const splitter = new LineSplitter('a line', 20, 'shorten');
      const chunk = Buffer.from('x');
      for (let left = octets; left > 0; left--) {
        splitter.push(chunk);
        splitter.next();
      }
    });
  });

  it('leave the bytes behind them for another reader', () => {
    const splitter = new LineSplitter('a line', 20);
    splitter.push(Buffer.from('+OK\r\nbody'));
    splitter.next();
    splitter.push(Buffer.from(' goes on'));
    expect(splitter.takeRest().toString()).toBe('body goes on');
  });
});

describe('dot-stuffing', () => {
  it('comes off at every cut, and what follows the lone dot is kept', () => {
    const wire = Buffer.from('..\r\n.a\r\nb.\r\n...\r\n\n.\r\r\n..\0\xff\r\n\r\n.\r\n+OK next', 'latin1');
    const message = '.\r\na\r\nb.\r\n..\r\n\n.\r\r\n.\0\xff\r\n\r\n';
    for (let first = 0; first <= wire.length; first++) {
      for (let second = first; second <= wire.length; second++) {
        const pieces = [wire.subarray(0, first), wire.subarray(first, second), wire.subarray(second)];
        expect(unstuff(pieces)).toEqual({ message, rest: '+OK next' });
      }
    }
  });

  it('knows the empty message, ours and the empty line that Dovecot sends', () => {
    expect(unstuff([Buffer.from('.\r\n')])).toEqual({ message: '', rest: '' });
    expect(unstuff([Buffer.from('\r\n.\r\n')])).toEqual({ message: '\r\n', rest: '' });
  });

  it('takes only CRLF for a line end', () => {
    for (const message of ['a\n.\r\nb\r\n', 'a\r.\r\nb\r\n', 'a\n.\n\r\n', '.\r.\r\n'.slice(1)]) {
      expect(unstuff([stuff([Buffer.from(message)])])).toEqual({ message, rest: '' });
    }
    expect(unstuff([Buffer.from('a\n.\r\n')])).toBeNull();
  });

  it('takes a bare LF for a line end, too, from a server that does', () => {
    const answer = Buffer.from('a\n..b\r\n\r.\n..\n.\r.\n.\n+OK next');
    for (let size = 1; size <= answer.length; size++) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < answer.length; at += size) pieces.push(answer.subarray(at, at + size));
      expect(unstuff(pieces, 'LF')).toEqual({ message: 'a\n.b\r\n\r.\n.\n\r.\n', rest: '+OK next' });
    }
    expect(unstuff([Buffer.from('x\r\n.\r\nnext')], 'LF')).toEqual({ message: 'x\r\n', rest: 'next' });
  });

  it('gives back what went in, for any bytes and any cuts', () => {
    fc.assert(
      fc.property(fc.array(roughBytes, { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (pieces, size) => {
        const message = Buffer.concat(pieces);
        const wire = stuff(pieces);
        const cuts: Buffer[] = [];
        for (let at = 0; at < wire.length; at += size) cuts.push(wire.subarray(at, at + size));
        // The wire cannot say that a message has no last line end.
        const complete = message.length === 0 || message.toString('latin1').endsWith('\r\n');
        expect(unstuff(cuts)).toEqual({
          message: `${message.toString('latin1')}${complete ? '' : '\r\n'}`,
          rest: '',
        });
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['x', '\r', '.', '\r\n', '..\r\n', '\r\n.x'])('costs no more than the bytes: %j', (unit) => {
    const chunk = Buffer.from(unit.repeat(65_536 / unit.length));
    assertLinear(10, (chunks) => {
      const [encoder, decoder] = [new DotStuffer(), new DotUnstuffer()];
      for (let left = chunks; left > 0; left--) decoder.decode(encoder.encode(chunk));
    });
  });
});

describe('TOP', () => {
  const top = (message: string, lines: number, size: number) => {
    const cutter = new TopCutter(lines);
    let shown = '';
    for (let at = 0; at < message.length; at += size) {
      const { data, end } = cutter.cut(Buffer.from(message.slice(at, at + size)));
      shown += data.toString();
      if (end) return shown;
    }
    return shown;
  };

  it('shows the header, the empty line and so many lines, wherever the message is cut', () => {
    const message = 'A: b\r\nC: d\r\n\r\none\r\n\r\nthree\r\n';
    for (let size = 1; size <= message.length; size++) {
      expect(top(message, 0, size)).toBe('A: b\r\nC: d\r\n\r\n');
      expect(top(message, 2, size)).toBe('A: b\r\nC: d\r\n\r\none\r\n\r\n');
      expect(top(message, 99, size)).toBe(message);
    }
  });
});

describe('replies and listings', () => {
  it('are read with their response codes', () => {
    expect(parseReply('+OK')).toEqual({ ok: true, code: null, text: '' });
    expect(parseReply('+OK 2 320')).toEqual({ ok: true, code: null, text: '2 320' });
    expect(parseReply('-ERR [in-use] busy [now]')).toEqual({ ok: false, code: 'IN-USE', text: 'busy [now]' });
    expect(parseReply('-ERR [SYS/TEMP]')).toEqual({ ok: false, code: 'SYS/TEMP', text: '' });
    for (const nonsense of ['', '+OKAY', '-ERROR', 'HTTP/1.1 400 Bad Request', ' +OK', '220 mail ESMTP']) {
      expect(parseReply(nonsense)).toBeNull();
    }
  });

  it('say so when a line makes no sense', () => {
    expect(parseListLine('12 3456 more')).toEqual({ number: 12, octets: 3456 });
    expect(parseUidlLine('7 000002a65f2e')).toEqual({ number: 7, uniqueId: '000002a65f2e' });
    expect(parseStat('2 320')).toEqual({ messages: 2, octets: 320 });
    for (const nonsense of [
      '',
      'x',
      '0 1',
      '1',
      '1 x',
      '-1 5',
      '1.5 5',
      '99999999999 1',
      '1 9999999999999999',
    ]) {
      expect(parseListLine(nonsense)).toBeNull();
    }
    for (const nonsense of ['1', '1 ', '1 a b', '1 \xe9', `1 ${'x'.repeat(256)}`, '0 a']) {
      expect(parseUidlLine(nonsense)).toBeNull();
    }
  });

  it('cannot be joined by an argument that ends the line', () => {
    expect(formatCommand('PASS', 'two words').toString()).toBe('PASS two words\r\n');
    for (const secret of ['hidden\r\nDELE 1', 'hidden\n', 'hidden\0']) {
      expect(() => formatCommand('PASS', secret)).toThrow(/^((?!hidden).)*line break((?!hidden).)*$/);
    }
    expect(() => formatCommand('PASS', 'x'.repeat(600))).toThrow(LimitError);
  });
});

function stuff(pieces: Buffer[]): Buffer {
  const encoder = new DotStuffer();
  return Buffer.concat([...pieces.map((piece) => encoder.encode(piece)), encoder.finish()]);
}

/** Null when the lone dot did not come. */
function unstuff(pieces: Buffer[], lineEnd?: 'LF'): { message: string; rest: string } | null {
  const decoder = new DotUnstuffer(lineEnd);
  let message = '';
  for (const [index, piece] of pieces.entries()) {
    const { data, end, rest } = decoder.decode(piece);
    message += data.toString('latin1');
    if (!end) continue;
    return { message, rest: Buffer.concat([rest, ...pieces.slice(index + 1)]).toString('latin1') };
  }
  return null;
}
