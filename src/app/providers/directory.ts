import { type LifeCycle, makeLifeCycle, orUntil, type Timers } from '../../core/life-cycle.ts';
import { makeMemory } from '../../core/memory.ts';
import {
  MX_AGAIN_MS,
  MX_FRESH_MS,
  MX_GONE_MS,
  MX_STALE_MS,
  providerOfHosts,
  siteOfMx,
} from '../../core/providers/mx.ts';
import { OTHER_PROVIDER, providerOfDomain } from '../../core/providers/provider.ts';
import type { Log } from '../ports.ts';
import { sleep } from '../sleep.ts';
import type { KnownMx, MxAnswer, MxStore, ResolveMx } from './ports.ts';

/** Who runs the mailboxes of a domain, by its name or else by its MX. Letters still go through the domain's own MX. */

/** A stop waits for nobody but the writes under way: what is not kept is looked up again. */
export type MxDirectory = LifeCycle & {
  /** Never waits: by the table of names, else by the last MX known, else `other`. */
  providerOf(domain: string): string;
  /** The exact MX set, as a key; null while unknown. */
  siteOf(domain: string): string | null;
  /** Brings to mind what the database knows of these domains; asks no name server. */
  recall(domains: readonly string[]): Promise<void>;
  /** Looks up what is neither in the table nor fresh; returns when all is known or the time is over, and never rejects. */
  ready(domains: readonly string[], withinMs: number): Promise<void>;
  /** Rises when an answer changes somebody's provider. */
  version(): number;
  /** For delivery: the same answers, and while DNS fails the last one of the past week, from before a restart too. */
  resolve: ResolveMx;
};

type Deps = {
  readonly resolveMx: ResolveMx;
  readonly store: MxStore;
  readonly clock: Timers;
  readonly log: Log;
  /** Domains kept in memory, some hundred bytes each. */
  readonly most?: number;
};

/** Times in ms since the epoch. */
type Entry = {
  readonly provider: string | null;
  readonly site: string | null;
  readonly freshUntil: number;
  readonly staleUntil: number;
  /** What delivery gets while DNS fails. */
  readonly instead?: MxAnswer;
};

/** Look-ups at once, over all callers. */
const AT_ONCE = 50;
/** Domains read or written at once. */
const BATCH = 500;

export function makeMxDirectory({ resolveMx, store, clock, log, most = 200_000 }: Deps): MxDirectory {
  const memory = makeMemory<Entry>(most);
  const keeper = makeMxKeeper(store, log);
  /** Answers written down already: the resolver gives the same object again until it hears another. */
  const writtenDown = new WeakSet<MxAnswer>();
  const turns: (() => void)[] = [];
  let underWay = 0;
  let version = 0;
  let stopping = stoppedAlready();

  const isStopped = () => stopping.signal.aborted;

  const providerOf = (domain: string): string => {
    const named = providerOfDomain(domain);
    return named === OTHER_PROVIDER ? (memory.get(domain)?.provider ?? OTHER_PROVIDER) : named;
  };

  const isFresh = (domain: string) => (memory.get(domain)?.freshUntil ?? 0) > clock.now();
  const needsAnswer = (domain: string) => providerOfDomain(domain) === OTHER_PROVIDER && !isFresh(domain);

  function remember(domain: string, entry: Entry): void {
    const before = providerOf(domain);
    memory.set(domain, entry);
    if (providerOf(domain) !== before) version += 1;
  }

  function learn(domain: string, answer: KnownMx['answer']): void {
    const now = clock.now();
    // An answer heard before is perhaps given again because DNS fails: no proof of anything new.
    if (writtenDown.has(answer)) {
      if (!isFresh(domain))
        remember(domain, later(memory.get(domain) ?? entryOf({ domain, answer, resolvedAt: new Date(now) })));
      return;
    }
    writtenDown.add(answer);
    const known = { domain, answer, resolvedAt: new Date(now) };
    remember(domain, entryOf(known));
    keeper.keep(known);
  }

  const later = (entry: Entry): Entry => ({ ...entry, freshUntil: clock.now() + MX_AGAIN_MS });

  async function recallAll(domains: readonly string[]): Promise<readonly KnownMx[]> {
    const found = (await keeper.read(domains)).filter((known) => entryOf(known).staleUntil > clock.now());
    for (const known of found) {
      const entry = entryOf(known);
      if (entry.staleUntil > (memory.get(known.domain)?.staleUntil ?? 0)) remember(known.domain, entry);
    }
    return found;
  }

  async function resolve(domain: string, isDoubted = false): Promise<MxAnswer> {
    if (isStopped()) return { kind: 'failed', detail: 'stopped' };
    const answer = await resolveMx(domain, isDoubted);
    if (answer.kind !== 'failed') {
      learn(domain, answer);
      return answer;
    }
    const before = memory.get(domain);
    if (before?.instead && isFresh(domain)) return before.instead;
    const [last] = await recallAll([domain]);
    const entry = memory.get(domain);
    const instead = last?.answer ?? answer;
    remember(domain, { ...later(entry && entry.staleUntil > clock.now() ? entry : UNKNOWN), instead });
    return instead;
  }

  async function inTurn(work: () => Promise<unknown>): Promise<void> {
    if (underWay < AT_ONCE) underWay += 1;
    else await new Promise<void>((resolve) => void turns.push(resolve));
    try {
      await work();
    } finally {
      const next = turns.shift();
      if (next) next();
      else underWay -= 1;
    }
  }

  async function lookUp(domains: readonly string[], isOver: () => boolean): Promise<void> {
    await recallAll([...new Set(domains)]);
    const unknown = [...new Set(domains)].filter(needsAnswer);
    await Promise.all(unknown.map((domain) => inTurn(async () => isOver() || resolve(domain))));
  }

  async function ready(domains: readonly string[], withinMs: number): Promise<void> {
    const unknown = domains.filter(needsAnswer);
    if (unknown.length === 0 || isStopped()) return;
    const over = new AbortController();
    const until = sleep(clock, withinMs, over.signal, stopping.signal);
    await Promise.race([lookUp(unknown, () => over.signal.aborted || isStopped()), until]);
    over.abort();
  }

  const cycle = makeLifeCycle(clock, {
    begin() {
      stopping = new AbortController();
    },
    async end(over) {
      stopping.abort();
      await orUntil(over, keeper.idle());
    },
  });

  return {
    ...cycle,
    providerOf,
    siteOf: (domain) => memory.get(domain)?.site ?? null,
    async recall(domains) {
      if (!isStopped()) await recallAll(domains.filter(needsAnswer));
    },
    ready,
    version: () => version,
    resolve,
  };
}

/** Before the first start it is as after a stop. */
function stoppedAlready(): AbortController {
  const controller = new AbortController();
  controller.abort();
  return controller;
}

const UNKNOWN: Entry = { provider: null, site: null, freshUntil: 0, staleUntil: 0 };

function entryOf({ answer, resolvedAt }: KnownMx): Entry {
  const at = resolvedAt.getTime();
  const staleUntil = at + MX_STALE_MS;
  if (answer.kind !== 'hosts') return { provider: null, site: null, freshUntil: at + MX_GONE_MS, staleUntil };
  const { hosts } = answer;
  return { provider: providerOfHosts(hosts), site: siteOfMx(hosts), freshUntil: at + MX_FRESH_MS, staleUntil };
}

/** The MX collection as a memory that may fail: no letter waits for its writes, and its loss costs look-ups only. */
type MxKeeper = {
  /** Never rejects: what can not be read is not known. */
  read(domains: readonly string[]): Promise<readonly KnownMx[]>;
  /** Written soon, together with what else comes meanwhile. */
  keep(known: KnownMx): void;
  /** Resolves once nothing is being written. */
  idle(): Promise<void>;
};

function makeMxKeeper(store: MxStore, log: Log): MxKeeper {
  const unwritten = new Map<string, KnownMx>();
  let writing: Promise<void> | null = null;

  async function write(): Promise<void> {
    try {
      while (unwritten.size > 0) {
        const some = [...unwritten.values()].slice(0, BATCH);
        for (const { domain } of some) unwritten.delete(domain);
        await store.write(some);
      }
    } catch (error) {
      unwritten.clear();
      log.warn('mx not kept', { reason: String(error) });
    } finally {
      writing = null;
    }
  }

  return {
    async read(domains) {
      const found: KnownMx[] = [];
      try {
        for (let from = 0; from < domains.length; from += BATCH) {
          found.push(...(await store.read(domains.slice(from, from + BATCH))));
        }
      } catch (error) {
        log.warn('mx not recalled', { reason: String(error) });
      }
      return found;
    },
    keep(known) {
      unwritten.set(known.domain, known);
      writing ??= write();
    },
    idle: async () => writing ?? undefined,
  };
}
