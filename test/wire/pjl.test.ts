/** PJL's answers, as HP's reference and real printers' manuals print them, are found in whatever else comes along. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatPjl,
  formatPjlAnswer,
  jobEndOf,
  maxPjlAnswerBytes,
  type PjlAnswer,
  PjlAnswerReader,
  pageCountOf,
  productOf,
  statusOf,
} from '#wire/pjl.js';
import { stoppingCondition } from '#wire/pjl-status.js';
import { assertLinear } from '../support/assert-linear.js';
import { anyCuts, cutAt } from '../support/pieces.js';

function read(text: string): PjlAnswer[] {
  return new PjlAnswerReader().push(Buffer.from(text, 'latin1'));
}

/** HP's reference writes line ends out. */
function hp(text: string): string {
  return text.replaceAll('<CR><LF>', '\r\n').replaceAll('<FF>', '\f');
}

/** Printer Job Language Technical Reference Manual (5021-0380), 5-14 and 5-16, 7-35, 7-45; D-1. */
const start = hp('@PJL USTATUS JOB<CR><LF>START<CR><LF>NAME="job name"<CR><LF>ID=346<CR><LF><FF>');
const end = hp(
  '@PJL USTATUS JOB<CR><LF>END<CR><LF>NAME="job name"<CR><LF>PAGES=123<CR><LF>ID=346<CR><LF>RESULT=OK<CR><LF><FF>',
);
const canceled = hp(
  '@PJL USTATUS JOB<CR><LF>CANCELED<CR><LF>NAME="job name"<CR><LF>ID=346<CR><LF>RESULT=USER_CANCELED<CR><LF><FF>',
);
const recovered = hp('@PJL USTATUS JOB<CR><LF>END<CR><LF>NAME="End of Recovery"<CR><LF>PAGES=75<CR><LF><FF>');
const page = hp('@PJL USTATUS PAGE<CR><LF>100<CR><LF><FF>');
const open = hp(
  '@PJL USTATUS DEVICE<CR><LF>CODE=40021<CR><LF>DISPLAY="12 PRINTER OPEN"<CR><LF>ONLINE=FALSE<CR><LF><FF>',
);
const low = hp(
  '@PJL USTATUS DEVICE<CR><LF>CODE=10006<CR><LF>DISPLAY="16 TONER LOW"<CR><LF>ONLINE=TRUE<CR><LF><FF>',
);
const echo = hp('@PJL ECHO 08:10:09.1 08-22-92<CR><LF><FF>');
const all = [start, page, open, low, echo, canceled, end, recovered];

describe("a printer's PJL answers", () => {
  it('are read as HP prints them', () => {
    expect(read(start)).toEqual([
      { subject: 'USTATUS JOB', words: ['START'], values: { NAME: 'job name', ID: '346' } },
    ]);
    expect(read(echo)[0]?.subject).toBe('ECHO 08:10:09.1 08-22-92');
    expect(read(page)[0]).toMatchObject({ subject: 'USTATUS PAGE', words: ['100'] });
    const [ended] = read(end);
    expect(ended && jobEndOf(ended, 'job name')).toEqual({ pages: 123, result: 'OK' });
    const [older] = read(recovered);
    expect(older && jobEndOf(older, 'End of Recovery')).toEqual({ pages: 75, result: '' });
    const [door] = read(open);
    expect(door && statusOf(door)).toEqual({ code: 40021, display: '12 PRINTER OPEN', online: false });
  });

  it.each([
    ['the end of another job', end, 'another name'],
    ['a start', start, 'job name'],
    ['a cancellation, which its document could have written', canceled, 'job name'],
  ])('of %s are not the end of the job', (_, text, name) => {
    expect(read(text).map((answer) => jobEndOf(answer, name))).toEqual([null]);
  });

  // A LaserJet 4's way, a Brother HL-2030's, and that of one that does not count.
  it.each([
    ['@PJL INFO PAGECOUNT\r\n183933\r\n\f', 183_933],
    ['@PJL INFO PAGECOUNT \r\nPAGECOUNT=3616\r\n\f', 3616],
    ['@PJL INFO PAGECOUNT\r\n"?"\r\n\f', null],
    ['@PJL INFO STATUS\r\nCODE=10001\r\nPAGECOUNT=9\r\n\f', null],
  ])('tell the page count: %j', (text, count) => {
    expect(read(text).map(pageCountOf)).toEqual([count]);
  });

  it('tell what the printer is', () => {
    expect(read('@PJL INFO ID\r\n"HP LASERJET 4"\r\n\f').map(productOf)).toEqual(['HP LASERJET 4']);
  });

  it.each([
    [40021, false, 'cover-open'],
    [41102, false, 'media-empty'],
    [42203, false, 'jam'],
    [44115, false, 'jam'],
    [50001, false, 'other'],
    [15011, false, 'output-full'],
    [15011, true, null],
    [11102, true, null],
    [10006, true, null],
    [10001, false, 'offline'],
    [10003, false, null],
    [30119, true, null],
    [30119, false, 'other'],
  ])('mean a condition that stops it, or none: %d, online %s: %s', (code, online, condition) => {
    expect(stoppingCondition({ code, online, display: '' })).toBe(condition);
  });

  it('are found wherever the stream is cut, between what a document prints', () => {
    const noise = ['hello\f', '@PJL USTATUS JOB\r\nEND\r\nNAME="x', '%%[ a: 1 ]%%\r\n', '\f\f@PJL', '@P', ''];
    const text = all.map((answer, n) => `${noise[n % noise.length]}${answer}`).join('');
    const whole = read(text);
    expect(whole).toHaveLength(all.length);
    fc.assert(
      fc.property(anyCuts, (cuts) => {
        const reader = new PjlAnswerReader();
        const found = cutAt(Buffer.from(text, 'latin1'), cuts).flatMap((chunk) => reader.push(chunk));
        expect(found).toEqual(whole);
      }),
    );
  });

  it('are passed over when they are longer than any, and cost what they are long', () => {
    const long = `@PJL INFO VARIABLES\r\n${'x'.repeat(maxPjlAnswerBytes)}\r\n\f`;
    expect(read(`${long}${echo}`).map(({ subject }) => subject)).toEqual(['ECHO 08:10:09.1 08-22-92']);
    for (const unit of ['@PJL ', '\f', 'x', '@PJL \f', 'A=\n', end])
      assertLinear(2000, (size) => {
        const reader = new PjlAnswerReader();
        const bytes = Buffer.from(unit.repeat(size), 'latin1');
        for (let at = 0; at < bytes.length; at += 1000) reader.push(bytes.subarray(at, at + 1000));
      });
  });

  it('are written as they are read', () => {
    expect(formatPjlAnswer('USTATUS PAGE', '100').toString('latin1')).toBe(page);
    expect(formatPjl('ECHO a', 'USTATUS JOB=ON').toString('latin1')).toBe(
      '\x1b%-12345X@PJL\r\n@PJL ECHO a\r\n@PJL USTATUS JOB=ON\r\n',
    );
  });
});
