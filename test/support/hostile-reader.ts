/** A program in the place of ours that does to its process what the subject of a mail says; it reads any other mail as ours does. */
import { existsSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PhaserLinkError, systemErrorCode } from '#base/errors.js';
import { answerDescriptor } from '#runtime/worker-channel.js';
import type { ContentStore, RawMessage } from '#vocab/line.js';
import { bytesOf } from '../../src/intake/message-bytes.js';
import { readMessage } from '../../src/intake/read-message.js';
import { answerReadQuestions } from '../../src/reader-side.js';

const [, , dataDir = ''] = process.argv;

/** Written by a mail that stops here, so that a test knows that it has begun. */
const begunFile = join(dataDir, 'begun');
const crashedFile = join(dataDir, 'crashed');

function say(text: string): void {
  try {
    writeSync(answerDescriptor, text);
  } catch (error) {
    if (systemErrorCode(error) !== 'EAGAIN') throw error;
  }
}

const deeds: Record<string, () => unknown> = {
  hang() {
    writeFileSync(begunFile, String(process.pid));
    for (;;);
  },
  wait() {
    writeFileSync(begunFile, String(process.pid));
    return new Promise(() => undefined);
  },
  'swell in the heap'() {
    const kept: number[][] = [];
    for (;;) kept.push(new Array(2 ** 20).fill(kept.length));
  },
  'swell in Buffers'() {
    const kept: Buffer[] = [];
    for (;;) kept.push(Buffer.alloc(2 ** 24, 1));
  },
  exit: () => process.exit(3),
  crash: () => process.abort(),
  'crash once'() {
    if (existsSync(crashedFile)) return;
    writeFileSync(crashedFile, '');
    process.abort();
  },
  'talk nonsense': () => say('this is no JSON\n'),
  'talk JSON': () => say('{"submission":{"documents":[]}}\n'),
  'talk without end'() {
    for (;;) say('x'.repeat(65_536));
  },
  'answer twice': () => say('{"unreadable":"one","stack":null}\n{"unreadable":"two","stack":null}\n'),
  throw() {
    throw new TypeError('this reader has a mistake');
  },
  'fill the disk'() {
    const facts = { code: 'ENOSPC', syscall: 'write' };
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), facts);
  },
  'lose the spool'() {
    throw new PhaserLinkError({ code: 'content-missing', retry: 'permanent', text: 'it is gone' });
  },
};

async function subjectOf(message: RawMessage, spool: ContentStore): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytesOf(message, spool)) chunks.push(chunk);
  return /^Subject: (.*?)\r?$/im.exec(Buffer.concat(chunks).toString('latin1'))?.[1] ?? '';
}

await answerReadQuestions(dataDir, async (message, spool) => {
  await deeds[await subjectOf(message, spool)]?.();
  return readMessage(message, spool);
});
