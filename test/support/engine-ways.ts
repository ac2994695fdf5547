/** Every engine with a real counterpart of its kind, for the suite that all engines pass. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock } from '#base/clock.js';
import type { ContentStore } from '#vocab/line.js';
import { FileEngine } from '../../src/engine/file-engine.js';
import { IppEngine } from '../../src/engine/ipp-engine.js';
import { LpdEngine } from '../../src/engine/lpd-engine.js';
import { OneWayEngine } from '../../src/engine/one-way-engine.js';
import { PjlEngine } from '../../src/engine/pjl-engine.js';
import type { PrintEngine } from '../../src/engine/print-engine.js';
import { RawEngine } from '../../src/engine/raw-engine.js';
import { startIppEvePrinter } from './ippeveprinter.js';
import { startLpdSink } from './lpd-sink.js';
import { missing } from './peers.js';
import { startRawSink } from './raw-sink.js';
import { startTestPrinter } from './simulator.js';
import { temporaryFile, temporaryFolder } from './temporary-folder.js';

export interface Counterpart {
  port: number;
  /** The documents that it has got, byte for byte as latin1; `sent` is all that was said to it. */
  arrived(sent: string): string[];
}

export interface NetworkWay {
  name: string;
  /** What the tests of it need. */
  peer: string;
  /** What a whole delivery ends as. */
  end: 'confirmed' | 'accepted';
  /** It hears the printer before it sends anything of a job. */
  asksFirst: boolean;
  /** The counterpart takes one document a job. */
  oneDocument?: true;
  engine(port: number, content: ContentStore, clock: Clock): PrintEngine;
  /** Ends with the running test. */
  start(): Promise<Counterpart>;
}

const host = '127.0.0.1';

/** The simulated printer takes a document apart from what we put around it. */
async function simulator(): Promise<Counterpart> {
  const { port } = await startTestPrinter({ settings: { device: { pjl: true } } });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the end of a job, and of a language
  const guarded = /bind executeonly exec\n([\s\S]*?)(?:\x04|\x1b%-12345X)/g;
  return { port, arrived: (sent) => [...sent.matchAll(guarded)].map(([, document]) => document ?? '') };
}

export const networkWays: readonly NetworkWay[] = [
  {
    name: 'socket with PostScript',
    peer: 'gs',
    end: 'confirmed',
    asksFirst: true,
    engine: (port, content, clock) => new RawEngine({ host, port }, content, clock),
    start: simulator,
  },
  {
    name: 'socket with PJL',
    peer: 'gs',
    end: 'confirmed',
    asksFirst: true,
    engine: (port, content, clock) => new PjlEngine({ host, port }, content, clock),
    start: simulator,
  },
  {
    name: 'socket without answers',
    peer: 'node',
    end: 'accepted',
    asksFirst: false,
    engine: (port, content, clock) => new OneWayEngine({ host, port }, content, clock),
    async start() {
      const { port, documents } = await startRawSink();
      return { port, arrived: () => documents };
    },
  },
  {
    name: 'lpd',
    peer: 'node',
    end: 'accepted',
    asksFirst: true,
    engine: (port, content, clock) => new LpdEngine({ host, port, queue: 'ps' }, content, clock),
    async start() {
      const { port, jobs } = await startLpdSink();
      const isData = ([name]: readonly [string, string]) => name.startsWith('df');
      return {
        port,
        arrived: () => jobs.flatMap(({ files }) => files.filter(isData).map(([, content]) => content)),
      };
    },
  },
  {
    name: 'ipp',
    peer: 'ippeveprinter',
    oneDocument: true,
    end: 'confirmed',
    asksFirst: true,
    engine: (port, content, clock) =>
      new IppEngine({ host, port, path: '/ipp/print', tls: false }, content, clock),
    async start() {
      const printer = await startIppEvePrinter();
      onTestFinished(() => printer.stop());
      return {
        port: printer.port,
        // It makes a file for a document before there is one.
        arrived: () =>
          [...printer.spooled().values()]
            .map((bytes) => bytes.toString('latin1'))
            .filter((text) => text !== ''),
      };
    },
  },
];

export function isMissing({ peer }: NetworkWay): boolean {
  return peer !== 'node' && missing(peer);
}

/** An engine for a folder, and what lies in it. */
export function folderWay(content: ContentStore) {
  const folder = join(temporaryFolder(), 'printed');
  return {
    engine: new FileEngine(folder, content),
    /** Of one whose folder cannot be made. */
    away: new FileEngine(join(temporaryFile('no-folder', ''), 'printed'), content),
    folder,
    arrived: () =>
      readdirSync(folder)
        .sort()
        .map((name) => readFileSync(join(folder, name), 'latin1')),
    occupy: (name: string) => writeFileSync(join(folder, name), 'old'),
  };
}
