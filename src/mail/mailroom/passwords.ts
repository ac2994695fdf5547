/** The mailboxes' passwords, compared in a time that tells nothing about them. */
import { createHash, timingSafeEqual } from 'node:crypto';

export class Passwords {
  readonly #digests: ReadonlyMap<string, Buffer>;

  constructor(mailboxes: readonly { name: string; password: string }[]) {
    this.#digests = new Map(mailboxes.map(({ name, password }) => [name, digest(password)]));
  }

  /** Takes as long for a name that does not exist. */
  match(name: string, password: string): boolean {
    const expected = this.#digests.get(name);
    const equal = timingSafeEqual(digest(password), expected ?? digest(''));
    return equal && expected !== undefined;
  }
}

/** Equal lengths are what timingSafeEqual needs; the digests are never stored. */
function digest(password: string): Buffer {
  return createHash('sha256').update(password).digest();
}
