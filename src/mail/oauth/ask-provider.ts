/** Asks an OAuth provider by HTTP: one form out, one small JSON answer back, in time, and never by way of another server. */
import type { Clock } from '#base/clock.js';
import { LimitError, PhaserLinkError } from '#base/errors.js';
import { isSecureUrl } from '#base/internet-names.js';
import { type Read, readErrorAnswer } from '#wire/oauth-answers.js';
import type { OAuthRequest } from '#wire/oauth-requests.js';
import { OAuthRefusal, oauthErrors } from './oauth-errors.js';

/** From the connection to the last byte. */
export const answerTimeoutMs = 30_000;
export const maxAnswerBytes = 128 * 1024;

/**
 * The provider's answer, as `read` takes it. Throws OAuthRefusal when it answers with an error of OAuth, the signal's
 * reason when aborted, and otherwise what stands in `oauthErrors`.
 */
export async function askProvider<T>(
  request: OAuthRequest,
  read: (json: unknown) => Read<T>,
  clock: Clock,
  signal?: AbortSignal,
): Promise<T> {
  if (!isSecureUrl(request.url)) throw oauthErrors.insecure(request.url);
  const { host: server } = new URL(request.url);
  const { status, text } = await post(request, server, clock, signal);
  if (status >= 300 && status < 400) throw oauthErrors.redirect(server, status);
  const json = parseJson(text);
  // Some answer an error with 200.
  const refusal = readErrorAnswer(json);
  if (refusal !== null) throw new OAuthRefusal(server, refusal, request.secrets);
  if (status === 429 || status >= 500) throw oauthErrors.unavailable(server, status);
  const answer = read(json);
  if (status >= 400 || 'fault' in answer) {
    throw oauthErrors.badAnswer(server, 'fault' in answer ? answer.fault : 'no error code', status);
  }
  return answer.value;
}

async function post(
  request: OAuthRequest,
  server: string,
  clock: Clock,
  signal?: AbortSignal,
): Promise<{ status: number; text: string }> {
  signal?.throwIfAborted();
  const cut = new AbortController();
  const abort = () => cut.abort(signal?.reason);
  const late = oauthErrors.silent(server, answerTimeoutMs / 1000);
  const cancel = clock.schedule(answerTimeoutMs, () => cut.abort(late));
  // Not `AbortSignal.any`: on Node 20 every one leaves something behind on a signal that lives long.
  signal?.addEventListener('abort', abort);
  try {
    const response = await fetch(request.url, {
      method: 'POST',
      body: request.form,
      headers: {
        accept: 'application/json',
        ...(request.authorization === null ? {} : { authorization: request.authorization }),
      },
      // A redirect would take the secrets along.
      redirect: 'manual',
      signal: cut.signal,
    });
    return { status: response.status, text: await limitedText(response) };
  } catch (error) {
    if (cut.signal.aborted) throw cut.signal.reason;
    if (error instanceof PhaserLinkError) throw error;
    // fetch says only that it failed; why is in its cause.
    throw oauthErrors.unreachable(server, error instanceof Error && error.cause ? error.cause : error);
  } finally {
    cancel();
    signal?.removeEventListener('abort', abort);
  }
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop by an error drops the connection.
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxAnswerBytes)
      throw new LimitError('the answer of a sign-in server', maxAnswerBytes, 'bytes');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
