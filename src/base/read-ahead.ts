/** Lets a source work on its next value while the present one is being used. */

/**
 * Gives the values of `source` in order; while the caller is busy with one, the next one is already asked for. An error of
 * the source comes after the values before it. Leaving early ends the source, once its running step has ended.
 */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const ask = () => {
    const asked = iterator.next();
    // It is awaited later; until then a failure must not count as unheard.
    asked.catch(() => undefined);
    return asked;
  };
  let next = ask();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = ask();
      yield value;
    }
  } finally {
    await next.catch(() => undefined);
    await iterator.return?.();
  }
}
