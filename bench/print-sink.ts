/** A raw printer that swallows: says its port, and when all marks have come, or none for long, what it has seen and when. */
import { createServer, type Socket } from 'node:net';

/** What has come, each connection with bytes being a job; times in epoch milliseconds. */
export interface SinkReport {
  jobs: number;
  bytes: number;
  lost: number;
  doubled: number;
  firstAt: number;
  lastAt: number;
}

/** How many different marks are to come; the port is the next argument, or chosen. */
const expected = Number(process.argv[2]);
const silenceMs = 60_000;
const markForm = /mark-\d{6}/g;
/** A mark can be cut in two. */
const longestMark = 'mark-000000'.length;

const marks = new Map<string, number>();
let [jobs, bytes, live, firstAt, lastAt] = [0, 0, 0, 0, 0];
let silence = setTimeout(finish, silenceMs);

const server = createServer({ allowHalfOpen: true }, take).listen(
  Number(process.argv[3] ?? 0),
  '127.0.0.1',
  () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
  },
);

function take(socket: Socket): void {
  const seen = new Set<string>();
  let [total, before] = [0, ''];
  live++;
  socket.on('data', (chunk: Buffer) => {
    firstAt ||= Date.now();
    total += chunk.length;
    const text = before + chunk.toString('latin1');
    for (const [mark] of text.matchAll(markForm)) seen.add(mark);
    before = text.slice(-longestMark);
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => undefined);
  socket.on('close', () => {
    live--;
    if (total === 0) return;
    lastAt = Date.now();
    jobs++;
    bytes += total;
    for (const mark of seen) marks.set(mark, (marks.get(mark) ?? 0) + 1);
    clearTimeout(silence);
    silence = setTimeout(finish, marks.size >= expected && live === 0 ? 500 : silenceMs);
  });
}

function finish(): void {
  const doubled = [...marks.values()].filter((times) => times > 1).length;
  const report: SinkReport = { jobs, bytes, lost: expected - marks.size, doubled, firstAt, lastAt };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exit();
}
