/** Cuts bytes into pieces, for readers that must say the same however their input is split. */
import fc from 'fast-check';

/** Positions anywhere, for `cutAt`. */
export const anyCuts = fc.array(fc.nat(10_000), { maxLength: 8 });

/** `cuts` are positions in any order; those beyond the end wrap around. */
export function cutAt(bytes: Uint8Array, cuts: readonly number[]): Buffer[] {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const positions = cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b);
  return [...positions, whole.length].map((end, index) => whole.subarray(positions[index - 1] ?? 0, end));
}

/** As a caller that uses the memory of a chunk again as soon as the reader has returned. */
export function lend(chunks: Iterable<Uint8Array>, push: (chunk: Buffer) => void): void {
  for (const chunk of chunks) {
    const lent = Buffer.from(chunk);
    push(lent);
    lent.fill('X');
  }
}

export function singleBytes(bytes: Uint8Array): Buffer[] {
  return cutAt(
    bytes,
    Array.from(bytes, (_, index) => index),
  );
}
