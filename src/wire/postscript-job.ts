/**
 * What we write around a document for a PostScript printer, and how we read the answer: a question for the page counter,
 * a guard that tells how the interpreter left the document, and the end-of-job marker. Each carries a nonce.
 */
import type { BackChannelMessage, DocumentEnd } from '#vocab/line.js';

/** Leaves the life page counter on the stack, or -1 where the printer has none (PostScript Language Reference, `statusdict`). */
const pageCounter =
  '/statusdict where {pop statusdict /pagecount known {statusdict begin pagecount end} {-1} ifelse} {-1} ifelse';

/** `object print-it`: prints any object in at most 200 characters, whatever state the memory is in. */
const printObject = '{200 string cvs} stopped {pop pop (?)} if print';

/** A job of its own that tells the printer's page counter and product; prints no page. `kind` says where in the stream it stands. */
export function formatCounterJob(kind: 'ready' | 'end', nonce: string): string {
  return [
    '%!PS',
    `(\\n%%[ PhaserLink: ${kind}; Nonce: ${nonce}; PageCount: ) print`,
    `${pageCounter} 20 string cvs print`,
    '(; Product: ) print /product where {pop product} {()} ifelse print',
    '( ]%%\\n) print flush',
    '',
  ].join('\n');
}

/** A string keeps what happened: `restore` leaves the bytes of strings alone (PLRM 3.7.3). */
const noteShowpage =
  '/phaserlinkshown (-) def /showpage { //phaserlinkshown 0 43 put //systemdict /showpage get exec } bind def';
const encapsulatedProgram =
  '{ currentfile cvx exec //phaserlinkshown 0 get 45 eq { //systemdict /showpage get exec } if }';

/**
 * The line that goes in front of a document, in the document's own job. It runs the rest of the job to its end and then tells
 * how it ended; an error goes on to the printer's own handler. The nonce is safe from the document: the scanner has passed it
 * when the document begins, and the procedure that holds it can be executed but not read.
 * An encapsulated document that ends without a page gets the `showpage` that it leaves to others (EPSF 3.0, section 2).
 */
export function formatDocumentGuard(nonce: string, encapsulated: boolean): string {
  const error =
    `(error; Error: ) print //$error /errorname get ${printObject} ` +
    `(; OffendingCommand: ) print //$error /command get ${printObject}`;
  return [
    '%!PS-Adobe-3.0',
    ...(encapsulated ? [noteShowpage] : []),
    `{ ${encapsulated ? encapsulatedProgram : 'currentfile cvx'} stopped {clear true} {clear false} ifelse (\\n%%[ PhaserLink: document; Nonce: ${nonce}; End: ) print ` +
      `dup { //$error /newerror get {${error}} {(stopped) print} ifelse } {(finished) print} ifelse ` +
      '( ]%%\\n) print flush {stop} if } bind executeonly exec',
    '',
  ].join('\n');
}

/**
 * Goes in front of a document whose first pages are not to be printed. EndPage decides of each page whether it comes out
 * (PLRM 6.2.6), whatever the document means by `showpage`; a page that does not must be erased, or the next one would be
 * laid over it. How many are left to swallow stands in the bytes of a string, which `restore` leaves alone (PLRM 3.7.3).
 */
export function formatPageSkipper(pages: number): string {
  const left = pages.toString(16).padStart(4, '0');
  return [
    '%!PS',
    `<< /EndPage { exch pop 2 eq { false } { <${left}> dup 0 get 256 mul 1 index 1 get add dup 0 eq { pop pop true }`,
    '{ 1 sub dup 256 idiv 2 index 0 3 -1 roll put 256 mod 1 exch put erasepage false } ifelse } ifelse } >> setpagedevice',
    '',
  ].join('\n');
}

export interface CounterAnswer {
  /** Pages in the printer's life, or null where it does not count. */
  pageCounter: number | null;
  product: string;
}

/** The answer to `formatCounterJob` with this nonce, or null when the message is another one. */
export function parseCounterAnswer(
  message: BackChannelMessage,
  kind: 'ready' | 'end',
  nonce: string,
): CounterAnswer | null {
  const { phaserlink, nonce: heard, pagecount, product } = message.fields;
  if (phaserlink !== kind || heard !== nonce) return null;
  const count = /^\d{1,10}$/.test(pagecount ?? '') ? Number(pagecount) : null;
  return { pageCounter: count, product: product ?? '' };
}

/** How the document with this nonce ended, or null when the message is another one. */
export function parseDocumentEnd(message: BackChannelMessage, nonce: string): DocumentEnd | null {
  const { phaserlink, nonce: heard, end } = message.fields;
  if (phaserlink !== 'document' || heard !== nonce) return null;
  if (end === 'finished' || end === 'stopped') return { end, error: null };
  return { end: 'error', error: parseInterpreterError(message) };
}

/** PostScript's own `%%[ Error: name; OffendingCommand: command ]%%`, or null when the message is none. */
export function parseInterpreterError(message: BackChannelMessage): DocumentEnd['error'] {
  const { error, offendingcommand } = message.fields;
  return error === undefined ? null : { name: error, command: offendingcommand ?? '' };
}
