/** A header's fingerprint: the same however it comes, another for another mail. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaderFingerprint, maxFingerprintBytes } from '#wire/header-fingerprint.js';
import { assertLinear } from '../support/assert-linear.js';

function fingerprint(...chunks: (string | Uint8Array)[]): string {
  const found = new HeaderFingerprint();
  for (const chunk of chunks) found.push(Buffer.from(chunk as string));
  return found.digest();
}

const header = 'From: a@example.com\r\nSubject: one\r\n two\r\n';

describe('the fingerprint of a header', () => {
  it('is the same with and without body, and whatever the body is', () => {
    const alone = fingerprint(header);
    for (const end of ['', '\r\n', '\r\nbody', '\r\nX: y\r\n', '\r\n\r\n\r\n'])
      expect(fingerprint(header + end)).toBe(alone);
    expect(fingerprint(header.replaceAll('\r\n', '\n'))).toBe(alone);
  });

  it('is the same however the bytes are cut', () => {
    const bytes = Buffer.from(`${header}\r\nthe body\r\n\r\nand more`);
    for (let at = 0; at <= bytes.length; at++)
      expect(fingerprint(bytes.subarray(0, at), bytes.subarray(at))).toBe(fingerprint(header));
  });

  it('is another for another mail', () => {
    const others = [header.replace('one', 'six'), header.replace('two', 'ten'), `${header}X: y\r\n`, ''];
    expect(new Set([header, ...others].map((text) => fingerprint(text))).size).toBe(5);
  });

  it('passes over what mail servers write into a mail that lies there, folded lines and all', () => {
    const marked = `Status: RO\r\nX-UIDL: 17\r\n 18\r\n${header}X-Keywords:\r\nContent-Length: 12\r\n`;
    expect(fingerprint(marked)).toBe(fingerprint(header));
  });

  it('takes any bytes, cut anywhere', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
        expect(fingerprint(...chunks)).toBe(fingerprint(Buffer.concat(chunks)));
      }),
    );
  });

  it('looks at the beginning of a header without end only, in linear time', () => {
    const long = 'x'.repeat(maxFingerprintBytes);
    expect(fingerprint(long, 'y')).toBe(fingerprint(long, 'z'));
    assertLinear(2000, (size) => {
      const found = new HeaderFingerprint();
      for (let at = 0; at < size; at++) found.push(Buffer.from('x\r'));
      found.digest();
    });
  });
});
