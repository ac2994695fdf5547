/** A printer that does what a test tells it to: answers our questions as a PostScript printer would, or does not. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FakePrinterScript {
  /** What it says when somebody asks for the page counter; the counter that it has when left out. */
  answer?: (pageCount: number) => string;
  /** What it says while it prints a document. */
  whilePrinting?: string[];
  /** In the middle of the first document, with so many pages in the tray, it hangs up. */
  hangsUpAfter?: number;
  /** Likewise it stops, and says no more on this connection. */
  stopsAfter?: number;
  /** Instead of all this, it says these bytes as soon as somebody is there, and no more. */
  insteadOfAll?: Buffer;
}

export interface FakePrinter {
  port: number;
  /** Documents that came to their end. */
  documents(): number;
  /** These documents, with what stands around them. */
  programs(): readonly string[];
  /** Resolves when bytes of a client have come. */
  spokenTo: Promise<void>;
}

/** Each document is one page. Ends with the running test. */
export async function startFakePrinter(script: FakePrinterScript = {}): Promise<FakePrinter> {
  const { answer = String, whilePrinting = [], hangsUpAfter, stopsAfter, insteadOfAll } = script;
  const sockets = new Set<Socket>();
  let pageCount = 100;
  let documents = 0;
  const programs: string[] = [];
  let noteSpokenTo = () => {};
  const spokenTo = new Promise<void>((resolve) => {
    noteSpokenTo = resolve;
  });
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    if (insteadOfAll) socket.write(insteadOfAll);
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      noteSpokenTo();
      if (insteadOfAll) return;
      heard += chunk.toString('latin1');
      const jobs = heard.split('\x04');
      heard = jobs.pop() ?? '';
      for (const job of jobs) {
        const [, kind, nonce] = /PhaserLink: (\w+); Nonce: (\w+)/.exec(job) ?? [];
        const half = hangsUpAfter ?? stopsAfter;
        if (kind === 'document' && documents++ === 0 && half !== undefined) {
          pageCount += half;
          if (stopsAfter === undefined) socket.destroy();
          else socket.removeAllListeners('data').resume();
          return;
        }
        if (kind === 'document') {
          programs.push(job);
          pageCount++;
          for (const words of whilePrinting) socket.write(words);
          socket.write(`%%[ PhaserLink: document; Nonce: ${nonce}; End: finished ]%%\n`);
        } else {
          socket.write(
            `%%[ PhaserLink: ${kind}; Nonce: ${nonce}; PageCount: ${answer(pageCount)}; Product: fake ]%%\n`,
          );
        }
      }
    });
    socket.on('end', () => {
      if (!insteadOfAll) socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return {
    port: (server.address() as AddressInfo).port,
    documents: () => programs.length,
    programs: () => programs,
    spokenTo,
  };
}
