/** What of a document goes to the printer: our prologue and its own bytes, without what stood around it in the mail. */
import type { ContentStore, PrintReadyDocument } from '#vocab/line.js';

export async function* documentBytes(
  { content, prologue, from, to }: PrintReadyDocument,
  store: ContentStore,
): AsyncGenerator<Uint8Array> {
  if (prologue !== '') yield Buffer.from(prologue, 'latin1');
  let offset = 0;
  for await (const chunk of store.read(content)) {
    const program = chunk.subarray(Math.max(0, from - offset), Math.max(0, to - offset));
    offset += chunk.length;
    if (program.length > 0) yield program;
  }
}

export function documentLength({ prologue, from, to }: PrintReadyDocument): number {
  return prologue.length + to - from;
}
