/** Several things at once, of which none is left running. */

type Values<P> = { -readonly [K in keyof P]: Awaited<P[K]> };

/** Their values, once all have ended; throws what the first of them has thrown, in the order given. */
export async function together<const P extends readonly unknown[]>(promises: P): Promise<Values<P>> {
  const settled = await Promise.allSettled(promises);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  }) as Values<P>;
}
