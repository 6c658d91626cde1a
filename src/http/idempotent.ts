import { createHash } from 'node:crypto';
import type { Api } from '../app/api/api.ts';
import { type HttpRefusal, type HttpReply, isRefusal, isReplay, refusal, renderAnswer } from './answer.ts';
import type { Call } from './endpoint.ts';

/** Whoever has not said for so long that it works was left by a process that died. */
const STALE_MS = 30_000;
const KEEP_MS = 10_000;

/** Idempotency-Key: the same request again gets the answer of the first one. Only answers that had an effect are kept. */

export type OnceRules = {
  /** The operation; a key of one is no key of another. */
  readonly name: string;
  /** The digest is known only after the body has passed. */
  readonly digestAtEnd: boolean;
};

export const digestOf = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

/** `digest` tells requests apart: it is asked for after the work, or instead of it. */
export async function once(
  api: Api,
  call: Call,
  rules: OnceRules,
  digest: () => Promise<string>,
  work: () => Promise<HttpReply>,
): Promise<HttpReply> {
  const key = call.req.headers['idempotency-key'];
  if (key === undefined) return work();
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    return refusal('header.invalid', 'An Idempotency-Key is 1 to 255 visible ASCII characters.');
  }
  const { pathname } = new URL(call.req.originalUrl, 'http://localhost');
  const id = digestOf(call.caller?.id ?? '', rules.name, pathname, key);
  const early = rules.digestAtEnd ? '' : await digest();
  const begun = await api.idempotency.begin(id, early, new Date(api.clock.now()), STALE_MS);
  if (begun.kind === 'inWork') return inWork();
  if (begun.kind === 'answered') {
    return begun.requestDigest === (await digest()) ? { replay: begun.answer } : otherBody();
  }
  const stopKeeping = keep(api, id);
  try {
    const reply = await firstTime(api, id, digest, work);
    return begun.isRetry ? withWord(reply) : reply;
  } finally {
    stopKeeping();
  }
}

/** Says again and again that the work goes on, however long it takes. */
function keep(api: Api, id: string): () => void {
  const timer = setInterval(() => {
    api.idempotency
      .keep(id, new Date(api.clock.now()))
      .catch((error: unknown) => api.log.warn('idempotency key not kept', { reason: String(error) }));
  }, KEEP_MS).unref();
  return () => clearInterval(timer);
}

/** What became of the first try: its process ended before it could answer, and whatever it had begun was taken back. */
function withWord(reply: HttpReply): HttpReply {
  if (isReplay(reply)) return reply;
  return { ...reply, headers: { ...reply.headers, 'idempotency-first-try': 'abandoned' } };
}

async function firstTime(
  api: Api,
  id: string,
  digest: () => Promise<string>,
  work: () => Promise<HttpReply>,
): Promise<HttpReply> {
  let reply: HttpReply;
  try {
    reply = await work();
  } catch (error) {
    // Left behind, the key would only be free again after a while.
    await api.idempotency.drop(id).catch((cause: unknown) => api.log.warn('idempotency key kept', { cause }));
    throw error;
  }
  if (isRefusal(reply) || isReplay(reply)) await api.idempotency.drop(id);
  else await api.idempotency.finish(id, await digest(), renderAnswer(reply));
  return reply;
}

const inWork = (): HttpRefusal =>
  refusal(
    'idempotency.inWork',
    'The first request with this Idempotency-Key is still in work; if its process has died, the key is free within half a minute.',
    {},
    { 'retry-after': '1' },
  );

const otherBody = (): HttpRefusal =>
  refusal('idempotency.otherBody', 'This Idempotency-Key was used before with another body.');
