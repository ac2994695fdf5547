/** A document's own bytes within its content, without what stood around it in the mail. */
import type { ContentStore, PrintReadyDocument } from '#vocab/line.js';

export async function* documentBytes(
  { content, from, to }: PrintReadyDocument,
  store: ContentStore,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for await (const chunk of store.read(content)) {
    const program = chunk.subarray(Math.max(0, from - offset), Math.max(0, to - offset));
    offset += chunk.length;
    if (program.length > 0) yield program;
  }
}
