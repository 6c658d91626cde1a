import { createHash } from 'node:crypto';
import type { Api } from '../app/api/api.ts';
import { type HttpRefusal, type HttpReply, isRefusal, isReplay, refusal, renderAnswer } from './answer.ts';
import type { Call } from './endpoint.ts';

/** Idempotency-Key: the same request again gets the answer of the first one. Only answers that had an effect are kept. */

export type OnceRules = {
  /** The operation; a key of one is no key of another. */
  readonly name: string;
  /** A request that is in work for longer was left by a process that died. */
  readonly staleMs: number;
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
  const begun = await api.idempotency.begin(id, early, new Date(api.clock.now()), rules.staleMs);
  if (begun.kind === 'inWork') return inWork();
  if (begun.kind === 'answered') {
    return begun.requestDigest === (await digest()) ? { replay: begun.answer } : otherBody();
  }
  return firstTime(api, id, digest, work);
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
    'The first request with this Idempotency-Key is still in work.',
    {},
    { 'retry-after': '1' },
  );

const otherBody = (): HttpRefusal =>
  refusal('idempotency.otherBody', 'This Idempotency-Key was used before with another body.');
