/** The PostScript channel: jobs ended by Ctrl-D, binary data quoted by TBCP, however the bytes are cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createChannelDecoder,
  endOfJob,
  enterTbcp,
  isChannelControl,
  quoteTbcp,
} from '#wire/postscript-channel.js';

/** The jobs that come out of `chunks`; the last one is what has no end yet. */
function jobsOf(chunks: Iterable<Uint8Array>): Buffer[] {
  const decoder = createChannelDecoder();
  const jobs: Buffer[][] = [[]];
  for (const chunk of chunks) {
    for (const event of decoder.push(chunk)) {
      if ('endOfJob' in event) jobs.push([]);
      else if ('data' in event) jobs.at(-1)?.push(Buffer.from(event.data));
    }
  }
  return jobs.map((parts) => Buffer.concat(parts));
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('the PostScript channel', () => {
  it.each([
    ['ends a job at each Ctrl-D', '2521 04 61 04', ['2521', '61', '']],
    [
      'passes other control bytes outside of TBCP',
      '03 14 05 1b 11 0141',
      ['03140 51b110141'.replace(' ', '')],
    ],
    ['keeps a tag before Ctrl-D', '61 01 04', ['6101', '']],
    ['keeps two tags', '01 01 62', ['010162']],
    [
      'undoes TBCP quoting',
      '014d 61 0141 0144 0145 0151 0153 0154 015c 015b 0143',
      ['61010405111314 1c1b03'.replace(' ', '')],
    ],
    ['ends a job in TBCP and leaves TBCP', '014d 0144 04 0144', ['04', '0144']],
  ])('%s', (_, input, expected) => {
    const bytes = hex(input);
    expect(jobsOf([bytes]).map((job) => job.toString('hex'))).toEqual(expected);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const jobs = jobsOf([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(jobs.map((job) => job.toString('hex'))).toEqual(expected);
    }
    expect(jobsOf([...bytes].map((byte) => Buffer.of(byte))).map((job) => job.toString('hex'))).toEqual(
      expected,
    );
  });

  it.each([
    ['before a job', '14 2521', 'status 2521'],
    ['between jobs', '2521 04 14 14 2522', '2521 end status status 2522'],
    ['not in a job, where it may be binary data', '2521 14 04', '252114 end'],
    ['in TBCP wherever it is not quoted', '014d 2521 14 0154 04 14', '2521 status 14 end status'],
  ])('asks for the status with Ctrl-T %s', (_, input, expected) => {
    const told = (chunks: Uint8Array[]) => {
      const decoder = createChannelDecoder();
      const words = chunks
        .flatMap((chunk) => decoder.push(chunk))
        .map((event) =>
          'endOfJob' in event
            ? ' end '
            : 'data' in event
              ? Buffer.from(event.data).toString('hex')
              : ' status ',
        );
      return words.join('').trim().split(/ +/).join(' ');
    };
    const bytes = hex(input);
    expect(told([bytes])).toBe(expected);
    expect(told([...bytes].map((byte) => Buffer.of(byte)))).toBe(expected);
  });

  it('passes a PDF or a JPEG untouched to the end of the connection, and only at the beginning of a job', () => {
    for (const start of ['255044462d', 'ffd8ffe0']) {
      const document = hex(`${start} 04 01 4d 14 04`);
      expect(jobsOf([hex('61 04'), document, document])).toEqual([
        hex('61'),
        Buffer.concat([document, document]),
      ]);
      expect(jobsOf([hex('61'), document])).toHaveLength(3);
    }
  });

  it('copies nothing when there is nothing to decode', () => {
    const chunk = Buffer.from('%!PS showpage');
    expect(createChannelDecoder().push(chunk)).toEqual([{ data: chunk }]);
    const [event] = createChannelDecoder().push(chunk);
    expect(event && 'data' in event && event.data).toBe(chunk);
    expect(quoteTbcp(chunk)).toBe(chunk);
  });

  it('knows the bytes that need quoting', () => {
    const needing = Array.from({ length: 256 }, (_, byte) => byte).filter(isChannelControl);
    expect(needing).toEqual([0x01, 0x03, 0x04, 0x05, 0x11, 0x13, 0x14, 0x1b, 0x1c]);
  });

  it('brings any bytes through TBCP unchanged, cut anywhere', () => {
    const documents = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 });
    fc.assert(
      fc.property(documents, fc.integer({ min: 1, max: 7 }), (jobs, step) => {
        const sent = Buffer.concat(jobs.flatMap((job) => [enterTbcp, quoteTbcp(job), endOfJob]));
        const chunks = [];
        for (let at = 0; at < sent.length; at += step) chunks.push(sent.subarray(at, at + step));
        expect(jobsOf(chunks)).toEqual([...jobs.map((job) => Buffer.from(job)), Buffer.alloc(0)]);
        for (const job of jobs)
          expect(
            quoteTbcp(job)
              .filter((byte) => byte !== 0x01)
              .some(isChannelControl),
          ).toBe(false);
      }),
    );
  });
});
