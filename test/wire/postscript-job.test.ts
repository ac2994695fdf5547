/** The lines around a document do what they promise in a real interpreter, and the document cannot turn them against us. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { DocumentEnd } from '#vocab/line.js';
import { BackChannelReader } from '#wire/back-channel.js';
import {
  formatCounterJob,
  formatDocumentGuard,
  parseCounterAnswer,
  parseDocumentEnd,
  parseInterpreterError,
} from '#wire/postscript-job.js';
import { missing } from '../support/peers.js';

const nonce = '0123456789abcdef';
const gsArguments = ['-q', '-dSAFER', '-dNOPAUSE', '-dBATCH', '-K100000', '-sDEVICE=nullpage', '-'];

/** `afterwards` runs when the program has been read to its end. */
function interpret(program: string, afterwards = '') {
  const { stdout } = spawnSync('gs', [...gsArguments, '-c', afterwards], {
    input: Buffer.from(program, 'latin1'),
    timeout: 20_000,
  });
  return { output: stdout.toString('latin1'), messages: new BackChannelReader().push(stdout) };
}

/** What the guard says at last about this document. */
function endOf(document: string): DocumentEnd | undefined {
  const { messages } = interpret(formatDocumentGuard(nonce, false) + document);
  return messages.map((message) => parseDocumentEnd(message, nonce)).findLast((end) => end !== null);
}

describe.skipIf(missing('gs'))('the guard around a document, in Ghostscript', () => {
  it.each([
    ['ends', 'showpage\n'],
    ['has no end of line', 'showpage'],
    ['swallows the rest of its own file', 'showpage currentfile flushfile garbage'],
    ['closes its own file', 'showpage currentfile closefile'],
    ['leaves its stacks full', '1 1 100 {} for 10 dict begin 20 dict begin'],
  ])('says "finished" of a document that %s', (_what, document) => {
    expect(endOf(document)).toEqual({ end: 'finished', error: null });
  });

  it.each([
    ['showpage foo bar', 'undefined', 'foo'],
    ['(abc) (def) add', 'typecheck', 'add'],
    ['1 0 div', 'undefinedresult', 'div'],
    ['{1} loop', 'stackoverflow', '--1--'],
    ['/f {f 1} def f', 'execstackoverflow', 'f'],
    ['(%pipe%id) (r) file', 'invalidfileaccess', 'file'],
  ])('tells the error of "%s" in the interpreter’s words', (document, name, command) => {
    const end = endOf(document);
    expect(end?.end).toBe('error');
    expect(end?.error?.name).toBe(name);
    expect(end?.error?.command).toContain(command);
  });

  it.each(['showpage stop showpage', '/quit {stop} def quit'])('says "stopped" of "%s"', (document) => {
    expect(endOf(document)).toEqual({ end: 'stopped', error: null });
  });

  it('passes the error on, so that the printer says it, too', () => {
    const { output } = interpret(`${formatDocumentGuard(nonce, false)}foo`);
    expect(output).toMatch(/undefined in foo/);
  });

  it('keeps its nonce from a document that prints everything it can find', () => {
    const snoop = [
      'countexecstack array execstack { dup xcheck {dup type /arraytype eq {dup rcheck {==} {pop (no access) =} ifelse} {==} ifelse} {==} ifelse } forall',
      'currentdict {== ==} forall userdict {== ==} forall $error {== ==} forall',
      'currentfile 2000 string readstring pop ==',
    ].join('\n');
    const { output } = interpret(`${formatDocumentGuard(nonce, false)}${snoop}`);
    expect(output).toContain('no access');
    expect(output.split(nonce)).toHaveLength(2);
  });

  it('has the last word when the document runs the guard’s own procedure before an error', () => {
    const replay =
      'false countexecstack array execstack { dup type /arraytype eq {dup rcheck not {exec} {pop} ifelse} {pop} ifelse } forall foo';
    expect(endOf(replay)?.end).toBe('error');
  });

  it('is not deceived by a document that prints markers and errors of its own', () => {
    const forged = `(%%[ PhaserLink: document; Nonce: 00; End: error; Error: x; OffendingCommand: y ]%%) = (%%[ Error: fake ]%%) = (%%[ ) = showpage`;
    expect(endOf(forged)).toEqual({ end: 'finished', error: null });
  });
});

describe.skipIf(missing('gs'))('the guard around an encapsulated document, in Ghostscript', () => {
  const countPages = '(%%[ Pages: ) print currentpagedevice /PageCount get =only ( ]%%) = flush';
  const pagesOf = (document: string) =>
    interpret(formatDocumentGuard(nonce, true) + document, countPages).messages.at(-1)?.fields.pages;

  it.each(['10 10 moveto', '10 dict begin 1 2 3', 'save', '/showpage {} def', ''])(
    'puts out the page that "%s" leaves to others',
    (document) => expect(pagesOf(document)).toBe('1'),
  );

  it.each(['showpage', 'save showpage restore', 'userdict begin showpage', '/p /showpage load def p'])(
    'adds no page to "%s"',
    (document) => expect(pagesOf(document)).toBe('1'),
  );
});

describe.skipIf(missing('gs'))('the question for the page counter, in Ghostscript', () => {
  it.each(['ready', 'end'] as const)('is answered with counter and product (%s)', (kind) => {
    const { messages } = interpret(formatCounterJob(kind, nonce));
    const [answer] = messages.map((message) => parseCounterAnswer(message, kind, nonce));
    expect(answer).toEqual({ pageCounter: expect.any(Number), product: 'GPL Ghostscript' });
  });

  it('gets null from a printer without a counter', () => {
    const { messages } = interpret(`statusdict /pagecount undef\n${formatCounterJob('ready', nonce)}`);
    const [answer] = messages.map((message) => parseCounterAnswer(message, 'ready', nonce));
    expect(answer?.pageCounter).toBeNull();
  });

  it('takes no answer with another nonce or of another kind', () => {
    const [message] = new BackChannelReader().push(
      Buffer.from('%%[ PhaserLink: end; Nonce: 00; PageCount: 7 ]%%'),
    );
    if (message === undefined) throw new Error('no message');
    expect(parseCounterAnswer(message, 'end', nonce)).toBeNull();
    expect(parseCounterAnswer(message, 'ready', '00')).toBeNull();
    expect(parseCounterAnswer(message, 'end', '00')).toEqual({ pageCounter: 7, product: '' });
  });
});

it('reads PostScript’s own error message', () => {
  const [message] = new BackChannelReader().push(
    Buffer.from('%%[ Error: timeout; OffendingCommand: timeout ]%%'),
  );
  expect(message && parseInterpreterError(message)).toEqual({ name: 'timeout', command: 'timeout' });
});
