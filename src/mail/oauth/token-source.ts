/** Hands out an account's access token: the one that is kept, or a renewed one when its end is near or a server refused it. */
import { type Clock, isoTime } from '#base/clock.js';
import { errorText, isTemporary } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { unlessAborted } from '#base/unless-aborted.js';
import type { SignInTimes } from '#vocab/oauth.js';
import { readTokenAnswer } from '#wire/oauth-answers.js';
import { askByClientCredentials, askByRefreshToken, type OAuthRequest } from '#wire/oauth-requests.js';
import { askProvider } from './ask-provider.js';
import { freshForMs, type Grant, grantOf } from './grant.js';
import { oauthErrors, signInAgain } from './oauth-errors.js';
import type { OAuthAccount, TokenStore } from './token-store.js';

/** A token that is refused sooner than this after it was issued is refused for another reason than its age. */
export const youngTokenMs = 60_000;
/** When the provider does not renew a token that is still good, it is asked again after this. */
export const renewalPauseMs = 60_000;
/** How long before a sign-in ends people are told. */
export const endingSoonMs = 14 * 86_400_000;
const warningPauseMs = 86_400_000;

/** What a login to a mail server needs. */
export interface AccessTokens {
  /**
   * A token that is good as far as anybody can know. With `refused`, the one that a server has just refused, it is another
   * one, unless that is very young: then it was refused for another reason. Throws in words when nobody has signed in or
   * the sign-in has ended; aborting ends the waiting, not the renewal.
   */
  accessToken(signal: AbortSignal, refused?: string): Promise<string>;
}

export class TokenSource implements AccessTokens {
  readonly #account: OAuthAccount;
  readonly #store: TokenStore;
  readonly #clock: Clock;
  readonly #log: Log;
  #renewal: Promise<Grant> | null = null;
  /** A grant that the disk has not taken; its refresh token may be the only one that still works. */
  #unsaved: Grant | null = null;
  #refused = '';
  /** The token last seen, and until when it is fresh by the clock that does not jump. */
  #seen = { token: '', obtainedAt: 0, freshUntil: 0 };
  #trouble: string | null = null;
  #nextRenewalAt = 0;
  #nextWarningAt = 0;

  constructor(account: OAuthAccount, store: TokenStore, clock: Clock, log: Log) {
    this.#account = account;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  async accessToken(signal: AbortSignal, refused?: string): Promise<string> {
    const { token, obtainedAt } = this.#seen;
    const age = this.#clock.now() - obtainedAt;
    if (refused === token && (age < 0 || age >= youngTokenMs)) this.#refused = token;
    return (await this.#grant(signal)).accessToken;
  }

  /** As `accessToken`, but tells the times instead of the token. */
  async times(signal: AbortSignal): Promise<SignInTimes> {
    const grant = await this.#grant(signal);
    const signInEndsAt = this.#signInEndsAt(grant);
    return {
      signedInAt: this.#asItself ? null : grant.signedInAt,
      accessTokenEndsAt: grant.accessTokenEndsAt,
      signInEndsAt,
      endsSoon: this.#endsSoon(grant),
      trouble: this.#trouble,
    };
  }

  async #grant(signal: AbortSignal): Promise<Grant> {
    signal.throwIfAborted();
    const grant = this.#store.load(this.#account);
    if (this.#unsaved === null && grant !== null && this.#isFresh(grant)) return grant;
    // One for all who ask meanwhile. It is brought to its end: half-way, a refresh token that changes would be lost.
    this.#renewal ??= this.#renewOrKeepOn(grant).finally(() => {
      this.#renewal = null;
    });
    return unlessAborted(this.#renewal, signal);
  }

  /** A token that is still good may be used while there is trouble with renewing it. */
  async #renewOrKeepOn(loaded: Grant | null): Promise<Grant> {
    try {
      const grant = await this.#store.exclusively(() => this.#renew());
      this.#trouble = null;
      return grant;
    } catch (error) {
      const grant = this.#unsaved ?? loaded;
      if (grant === null || !isTemporary(error) || !this.#isStillGood(grant)) throw error;
      const { user } = this.#account;
      this.#trouble = errorText(error);
      this.#nextRenewalAt = this.#clock.monotonic() + renewalPauseMs;
      this.#log.warn(
        { event: 'token-not-renewed', user },
        `the access token for ${user} is not renewed yet: ${this.#trouble}`,
      );
      return grant;
    }
  }

  async #renew(): Promise<Grant> {
    // Another process may have been faster, or somebody has signed in anew.
    const kept = this.#store.load(this.#account);
    const unsaved = this.#unsaved;
    const grant = unsaved !== null && unsaved.signedInAt >= (kept?.signedInAt ?? 0) ? unsaved : kept;
    this.#unsaved = null;
    if (grant !== null && grant === unsaved) await this.#keep(grant);
    if (grant !== null && this.#isFresh(grant)) return grant;
    const renewed = await this.#ask(grant);
    await this.#keep(renewed);
    this.#look(renewed);
    this.#tellRenewal(renewed);
    return renewed;
  }

  async #ask(grant: Grant | null): Promise<Grant> {
    const answer = await askProvider(this.#request(grant), readTokenAnswer, this.#clock);
    return grantOf(answer, this.#clock.now(), grant);
  }

  #request(grant: Grant | null): OAuthRequest {
    const { client, user } = this.#account;
    if (this.#asItself) return askByClientCredentials(client);
    if (grant === null) throw oauthErrors.notSignedIn(user);
    if (grant.refreshToken === null) throw oauthErrors.notRenewable(user);
    return askByRefreshToken(client, grant.refreshToken);
  }

  get #asItself(): boolean {
    return this.#account.client.flow === 'client-credentials';
  }

  async #keep(grant: Grant): Promise<void> {
    this.#unsaved = grant;
    await this.#store.save(this.#account, grant);
    this.#unsaved = null;
  }

  /** Good, and not yet due for renewal, by both clocks: the date's may have been turned back. */
  #isFresh(grant: Grant): boolean {
    if (grant.accessToken === this.#refused) return false;
    this.#look(grant);
    const now = this.#clock.monotonic();
    const fresh = freshForMs(grant, this.#clock.now()) > 0 && now < this.#seen.freshUntil;
    return fresh || (now < this.#nextRenewalAt && this.#isStillGood(grant));
  }

  #look(grant: Grant): void {
    const { accessToken: token, obtainedAt } = grant;
    if (this.#seen.token === token) return;
    const freshUntil = this.#clock.monotonic() + freshForMs(grant, this.#clock.now());
    this.#seen = { token, obtainedAt, freshUntil };
  }

  #isStillGood(grant: Grant): boolean {
    return grant.accessToken !== this.#refused && this.#clock.now() < grant.accessTokenEndsAt;
  }

  /** When a person has to sign in again; null when nobody can say. */
  #signInEndsAt({ refreshToken, refreshTokenEndsAt, accessTokenEndsAt }: Grant): number | null {
    if (this.#asItself) return null;
    return refreshToken === null ? accessTokenEndsAt : refreshTokenEndsAt;
  }

  #endsSoon(grant: Grant): boolean {
    const endsAt = this.#signInEndsAt(grant);
    return endsAt !== null && !grant.endMoves && endsAt - this.#clock.now() < endingSoonMs;
  }

  #tellRenewal(grant: Grant): void {
    const { user } = this.#account;
    this.#log.debug(
      { event: 'token-renewed', user },
      `renewed the access token for ${user}; it lasts until ${isoTime(grant.accessTokenEndsAt)}`,
    );
    const endsAt = this.#signInEndsAt(grant);
    if (endsAt === null || !this.#endsSoon(grant) || this.#clock.monotonic() < this.#nextWarningAt) return;
    this.#nextWarningAt = this.#clock.monotonic() + warningPauseMs;
    this.#log.warn(
      { event: 'sign-in-ends', user, endsAt: isoTime(endsAt) },
      `the sign-in for ${user} ends on ${isoTime(endsAt)}; before that, ${signInAgain}`,
    );
  }
}
