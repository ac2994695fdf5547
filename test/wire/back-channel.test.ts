/** The printer's messages are found in whatever else comes along, however the stream is split. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BackChannelReader,
  formatBackChannelMessage,
  maxBackChannelMessageBytes,
} from '#wire/back-channel.js';

function readWhole(text: string): string[] {
  return new BackChannelReader().push(Buffer.from(text, 'latin1')).map((message) => message.text);
}

describe('messages on the back-channel', () => {
  it('splits a message into its fields, keys in lower case', () => {
    const [message] = new BackChannelReader().push(
      Buffer.from('%%[ Error: undefined; OffendingCommand: foo ]%%\n'),
    );
    expect(message?.fields).toEqual({ error: 'undefined', offendingcommand: 'foo' });
    expect(message?.text).toBe('Error: undefined; OffendingCommand: foo');
  });

  it('reads what is formatted here', () => {
    const fields = { status: 'PrinterError: a cover is open', source: 'AppSocket' };
    expect(new BackChannelReader().push(formatBackChannelMessage(fields))[0]?.fields).toEqual(fields);
  });

  it('keeps a value that holds a colon whole', () => {
    const [message] = new BackChannelReader().push(Buffer.from('%%[ status: busy; source: %%Raw: 9100 ]%%'));
    expect(message?.fields.source).toBe('%%Raw: 9100');
  });

  it('finds the same messages wherever the stream is cut', () => {
    const text = 'hello %%[ a: 1 ]%% %% ]%% %%[ never closed %%[ b: 2; c: 3 ]%%%%[ d: ä ]%% tail %%[';
    const whole = readWhole(text);
    expect(whole).toEqual(['a: 1', 'b: 2; c: 3', 'd: ä']);
    const bytes = Buffer.from(text, 'latin1');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new BackChannelReader();
      const parts = [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))];
      expect(parts.map((message) => message.text)).toEqual(whole);
    }
    const reader = new BackChannelReader();
    const single = [...bytes].flatMap((byte) => reader.push(Uint8Array.of(byte)));
    expect(single.map((message) => message.text)).toEqual(whole);
  });

  it('is not hidden by an opening that a document printed and never closed', () => {
    expect(readWhole('%%[ %%[ forged %%[ PhaserLink: end; Nonce: 1 ]%%')).toEqual([
      'PhaserLink: end; Nonce: 1',
    ]);
  });

  it('passes a message over that is longer than any printer writes, and reads the next one', () => {
    const long = 'x'.repeat(maxBackChannelMessageBytes + 1);
    expect(readWhole(`%%[ ${long} ]%% %%[ a: 1 ]%%`)).toEqual(['a: 1']);
    const reader = new BackChannelReader();
    reader.push(Buffer.from(`%%[ ${long}`));
    expect(reader.push(Buffer.from(' ]%% %%[ a: 1 ]%%')).map(({ text }) => text)).toEqual(['a: 1']);
  });

  it('never throws, whatever the printer sends', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
        const reader = new BackChannelReader();
        for (const chunk of chunks) reader.push(chunk);
      }),
    );
  });
});
