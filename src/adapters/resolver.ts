import { Resolver } from 'node:dns/promises';
import { LRUCache } from 'lru-cache';
import type { MxAnswer, MxHost, ResolveMx } from '../app/providers/ports.ts';

/** MX look-ups with a memory: RFC 5321 5.1 (implicit MX), RFC 7505 (null MX). */

export type ResolverOptions = {
  /** Addresses of name servers, with `:port` if it is not 53; the system's when left out. */
  readonly servers?: readonly string[] | undefined;
  /** Instead of DNS; rejects with the error codes of node:dns. */
  readonly resolveMx?: (domain: string) => Promise<readonly MxHost[]>;
  /** Milliseconds; must not go backwards. */
  readonly now?: () => number;
  /** Domains remembered at once. */
  readonly most?: number;
};

const HOUR = 3_600_000;
/** node:dns tells no TTL of an MX, so an answer is asked for again after a time that few of them are shorter than. */
const FRESH_MS = 5 * 60_000;
const FRESH_NEGATIVE_MS = 5 * 60_000;
/** A domain whose hosts do not serve is not asked for more often than this. */
const DOUBTED_MS = 10_000;
// A name server in trouble must not stop mail to hosts that have been known for days.
const STALE_MS = 7 * 24 * HOUR;

type Known = {
  readonly answer: MxAnswer;
  readonly askedAt: number;
  readonly freshUntil: number;
  readonly staleUntil: number;
};

export function makeResolver(options: ResolverOptions = {}): ResolveMx {
  const { servers, resolveMx = dnsOf(servers), now = () => performance.now(), most = 100_000 } = options;
  const known = new LRUCache<string, Known>({ max: most });
  const underWay = new Map<string, Promise<MxAnswer>>();

  return (domain, isDoubted = false) => {
    const name = domain.toLowerCase();
    const before = known.get(name);
    const freshUntil = before && (isDoubted ? before.askedAt + DOUBTED_MS : before.freshUntil);
    if (before && now() < freshUntil!) return Promise.resolve(before.answer);
    const shared = underWay.get(name) ?? lookUp(name, before);
    underWay.set(name, shared);
    return shared;
  };

  async function lookUp(name: string, before: Known | undefined): Promise<MxAnswer> {
    try {
      const answer = await ask(resolveMx, name);
      const at = now();
      const remembered = answer.kind === 'failed' && before && at < before.staleUntil ? before : null;
      known.set(name, remembered ? renewed(remembered, at) : learnt(answer, at));
      return remembered?.answer ?? answer;
    } finally {
      underWay.delete(name);
    }
  }
}

/** A server that does not answer is asked twice more, longer each time: about 20 s in all. */
function dnsOf(servers: readonly string[] | undefined) {
  const resolver = new Resolver({ timeout: 3_000, tries: 3 });
  if (servers) resolver.setServers(servers);
  return (domain: string) => resolver.resolveMx(domain);
}

function learnt(answer: MxAnswer, at: number): Known {
  const positive = answer.kind === 'hosts';
  const freshUntil = at + (positive ? FRESH_MS : FRESH_NEGATIVE_MS);
  return { answer, askedAt: at, freshUntil, staleUntil: positive ? at + STALE_MS : freshUntil };
}

/** Used once more, and asked for again after five minutes; its age still counts from when it was learnt. */
const renewed = (known: Known, at: number): Known => ({
  ...known,
  askedAt: at,
  freshUntil: at + FRESH_NEGATIVE_MS,
});

async function ask(resolveMx: NonNullable<ResolverOptions['resolveMx']>, name: string): Promise<MxAnswer> {
  try {
    return read(name, await resolveMx(name));
  } catch (error) {
    const { code = 'EUNKNOWN' } = error as { code?: string };
    if (code === 'ENODATA') return implicit(name);
    if (code === 'ENOTFOUND') return { kind: 'noDomain' };
    return { kind: 'failed', detail: code };
  }
}

const implicit = (name: string): MxAnswer => ({ kind: 'hosts', hosts: [{ exchange: name, priority: 0 }] });

function read(name: string, records: readonly MxHost[]): MxAnswer {
  // RFC 7505 3: the root as exchange says so; beside real hosts it means nothing.
  const hosts = records.filter(({ exchange }) => exchange !== '' && exchange !== '.');
  if (hosts.length > 0) return { kind: 'hosts', hosts: [...hosts].sort((a, b) => a.priority - b.priority) };
  return records.length > 0 ? { kind: 'nullMx' } : implicit(name);
}
