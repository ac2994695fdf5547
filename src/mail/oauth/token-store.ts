/** Keeps the grants of all accounts in one file of the data folder, whole or not at all and for nobody else to read. */
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '#base/clock.js';
import { makeFolderDurably, writeFileDurably } from '#base/durable-files.js';
import { PhaserLinkError, systemErrorCode } from '#base/errors.js';
import { withFileLock } from '#base/file-lock.js';
import { fileTrouble, readLimited } from '#base/settings-references.js';
import type { OAuthClient } from '#vocab/oauth.js';
import { answerTimeoutMs } from './ask-provider.js';
import type { Grant } from './grant.js';
import { oauthErrors } from './oauth-errors.js';

/** Room for some fifty grants of the longest tokens. */
export const maxStoreBytes = 2 * 2 ** 20;
/** A renewal takes at most the provider's time and that of a slow disk. */
export const staleLockMs = 2 * answerTimeoutMs;

/** Whom a grant belongs to: it is found again when all three are the same. */
export interface OAuthAccount {
  client: OAuthClient;
  /** The name that logs in to the mail server with the access token. */
  user: string;
}

const time = v.pipe(v.number(), v.integer());
const entry = v.object({
  tokenEndpoint: v.string(),
  clientId: v.string(),
  user: v.string(),
  accessToken: v.string(),
  obtainedAt: time,
  accessTokenEndsAt: time,
  refreshToken: v.nullable(v.string()),
  refreshTokenEndsAt: v.nullable(time),
  endMoves: v.boolean(),
  signedInAt: time,
});
const content = v.object({ version: v.literal(1), grants: v.array(entry) });
type Entry = v.InferOutput<typeof entry>;

export class TokenStore {
  readonly file: string;
  readonly #clock: Clock;

  constructor(dataDir: string, clock: Clock) {
    this.file = join(dataDir, 'oauth-tokens.json');
    this.#clock = clock;
  }

  /** As the file has it now, for another process may have changed it; null when there is none for this account. */
  load(account: OAuthAccount): Grant | null {
    const found = this.#read().find((candidate) => isOf(candidate, account));
    if (found === undefined) return null;
    const { tokenEndpoint, clientId, user, ...grant } = found;
    return grant;
  }

  /** In the place of the account's older grant; durable when it returns. Call it within `exclusively`. */
  async save(account: OAuthAccount, grant: Grant): Promise<void> {
    const { client, user } = account;
    const { tokenEndpoint, clientId } = client;
    const others = this.#readOrNothing().filter((candidate) => !isOf(candidate, account));
    const grants = [...others, { tokenEndpoint, clientId, user, ...grant }];
    try {
      await writeFileDurably(this.file, `${JSON.stringify({ version: 1, grants }, null, 2)}\n`, 0o600);
    } catch (error) {
      throw oauthErrors.storeUnwritable(this.file, error);
    }
  }

  /** Runs while no other process changes a grant. */
  async exclusively<T>(run: () => Promise<T>): Promise<T> {
    let running = false;
    const lock = { clock: this.#clock, staleAfterMs: staleLockMs };
    try {
      await makeFolderDurably(dirname(this.file));
      return await withFileLock(`${this.file}.lock`, lock, () => {
        running = true;
        return run();
      });
    } catch (error) {
      throw running ? error : oauthErrors.storeUnwritable(this.file, error);
    }
  }

  #read(): readonly Entry[] {
    let bytes: Buffer | null;
    try {
      bytes = readLimited(this.file, maxStoreBytes);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return [];
      throw oauthErrors.storeUnreadable(this.file, fileTrouble(error), error);
    }
    const parsed = v.safeParse(content, bytes === null ? null : parseJson(bytes.toString()));
    if (!parsed.success) throw oauthErrors.storeDamaged(this.file);
    return parsed.output.grants;
  }

  /** A damaged file is replaced by the next sign-in; nobody has to delete it by hand. */
  #readOrNothing(): readonly Entry[] {
    try {
      return this.#read();
    } catch (error) {
      if (error instanceof PhaserLinkError && error.code === 'oauth-store-damaged') return [];
      throw error;
    }
  }
}

function isOf(candidate: Entry, { client, user }: OAuthAccount): boolean {
  const { tokenEndpoint, clientId } = client;
  return (
    candidate.tokenEndpoint === tokenEndpoint && candidate.clientId === clientId && candidate.user === user
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
