/** The process in which the WASM Ghostscript runs: the same arguments and streams as the native program. */
import { readSync, writeSync } from 'node:fs';
import { systemErrorCode } from '#base/errors.js';

/** What we use of the package (its own types need Emscripten's, which are not installed). */
interface WasmGhostscript {
  callMain(args: string[]): number;
  FS: {
    streams: unknown[];
    read: FileOperation;
    write: FileOperation;
  };
}
type FileOperation = (
  stream: unknown,
  bytes: Uint8Array,
  offset: number,
  length: number,
  ...rest: unknown[]
) => number;

/** Some kernels give a pipe back as "try again"; this is how long to wait for it. */
const retryMilliseconds = 5;

// Not by its own types: they ask for Emscripten's.
const { default: createModule } = (await import('@okathira/ghostpdl-wasm' as string)) as {
  default: (options: { noInitialRun: boolean }) => Promise<WasmGhostscript>;
};
const ghostscript = await createModule({ noInitialRun: true });
connectStreams(ghostscript.FS);
process.exitCode = ghostscript.callMain(process.argv.slice(2));

/** Emscripten's own standard streams read to the end first and write whole lines; a printer's must flow. */
function connectStreams(files: WasmGhostscript['FS']): void {
  const [stdin, stdout, stderr] = files.streams;
  const { read, write } = files;
  files.read = (stream, bytes, offset, length, ...rest) =>
    stream === stdin
      ? patiently(() => readSync(0, bytes, offset, length, null))
      : read.call(files, stream, bytes, offset, length, ...rest);
  files.write = (stream, bytes, offset, length, ...rest) => {
    if (stream === stdout) return patiently(() => writeSync(1, bytes, offset, length));
    if (stream === stderr) return patiently(() => writeSync(2, bytes, offset, length));
    return write.call(files, stream, bytes, offset, length, ...rest);
  };
}

function patiently(transfer: () => number): number {
  for (;;) {
    try {
      return transfer();
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMilliseconds);
    }
  }
}
