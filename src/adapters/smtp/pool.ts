import type { Letter, Mark, SendResult, SessionLimits, SessionPool } from '../../app/lanes/ports.ts';
import type { Log } from '../../app/ports.ts';
import { makeLifeCycle, onAbort, type Timers } from '../../core/life-cycle.ts';
import type { Host } from './connection.ts';
import type { Deadlines, Ticker } from './deadlines.ts';
import { makeFailedHosts } from './failed-hosts.ts';
import { afterFailure, type Locate, type Located } from './locate.ts';
import type { AttemptOutcome } from './outcome.ts';
import { openSession, type Session } from './session.ts';
import { isStarving, makeSite, type Site, type Waiter } from './site.ts';

/** The SMTP sessions of one lane: letters wait for a session, sessions are few, one connect at a time for each site. */

export type PoolSetup = {
  readonly locate: Locate;
  readonly ehloName: string | null;
  readonly deadlines: Deadlines;
  readonly ticker: Ticker;
  readonly timers: Timers;
  readonly log: Log;
};

export function makePool(setup: PoolSetup, initial: SessionLimits): SessionPool {
  const { locate, ehloName, deadlines, ticker, timers, log } = setup;
  let limits = initial;
  let isUp = false;
  let emptied: (() => void) | null = null;
  const sites = new Map<string, Site>();
  const sessions = new Set<Session>();
  const leaving = new Set<Session>();
  const failedHosts = makeFailedHosts(ticker.now);

  const cycle = makeLifeCycle(timers, {
    begin() {
      isUp = true;
    },
    async end(over) {
      isUp = false;
      const done = new Promise<void>((resolve) => {
        emptied = resolve;
      });
      for (const site of [...sites.values()]) {
        for (const waiter of site.waiters.splice(0)) waiter.resolve(notSent(WITHDRAWN));
        for (let session = takeFree(site); session; session = takeFree(site)) dismiss(session);
        site.opening?.cut();
      }
      if (sessions.size === 0) return;
      onAbort(over, cutAll);
      await done;
    },
  });

  return { ...cycle, send, setLimits, open };

  function notSent(ending: AttemptOutcome): SendResult {
    return { ...ending, reused: false, startedAt: timers.now(), tookMs: 0, carried: 0 };
  }

  function cutAll(): void {
    for (const session of [...sessions]) session.cut();
  }

  function send(letter: Letter, mark: Mark): Promise<SendResult> {
    if (!isMailbox(letter.to) || !isReversePath(letter.envelopeFrom)) return Promise.resolve(notSent(BAD_ADDRESS));
    return new Promise((resolve) => {
      const waiter: Waiter = { letter, mark, resolve, since: ticker.now() };
      const located = locate(letter.domain);
      if (!('then' in located)) return join(waiter, located);
      located.then(
        (found) => join(waiter, found),
        (error: unknown) => resolve(notSent({ ...NO_DNS, detail: `dns: ${String(error)}` })),
      );
    });
  }

  function join(waiter: Waiter, located: Located): void {
    if (!isUp) {
      waiter.resolve(notSent(WITHDRAWN));
      return;
    }
    if ('ending' in located) {
      waiter.resolve(notSent(located.ending));
      return;
    }
    let site = sites.get(located.key);
    if (!site) {
      site = makeSite(located.key, located.hosts, located.onDead ?? (() => undefined));
      sites.set(site.key, site);
    }
    site.waiters.push(waiter);
    pump(site);
  }

  /** Gives free sessions to those who wait, then opens one more if the limits allow it. */
  function pump(site: Site): void {
    while (site.waiters.length > 0) {
      const session = takeFree(site);
      if (!session) break;
      start(session, site.waiters.shift()!);
    }
    if (!wants(site)) return;
    if (sessions.size < limits.connections) {
      openFor(site);
      return;
    }
    if (shortage() > 0) evictFor(site);
  }

  function wants(site: Site): boolean {
    // A refused connect is repeated neither for the next waiter nor soon, while the sessions we have still work.
    const held = site.established > 0 && ticker.now() < site.heldUntil;
    const full = site.established >= (limits.perSite ?? Number.POSITIVE_INFINITY);
    return site.waiters.length > 0 && !site.opening && !held && !full;
  }

  function takeFree(site: Site): Session | undefined {
    let session = site.free.pop();
    while (session && !session.usable()) session = site.free.pop(); // its end is under way and will be reported
    return session;
  }

  function start(session: Session, { letter, mark, resolve }: Waiter): void {
    session.send(letter, mark, resolve);
  }

  function openFor(site: Site): void {
    const waiter = site.waiters.shift()!;
    connect(site, waiter, failedHosts.inOrder(site.hosts()), { startedAt: timers.now(), spoke: null });
  }

  function connect(site: Site, waiter: Waiter, [host, ...rest]: readonly Host[], tried: Tried): void {
    if (!host) throw new Error('a site without hosts');
    // Where others wait to be tried, a silent host is given up sooner.
    const connectMs = rest.length > 0 ? deadlines.connectMs / 2 : deadlines.connectMs;
    const session = openSession(
      { host, ehloName, deadlines: { ...deadlines, connectMs }, ticker, now: timers.now },
      {
        ready() {
          failedHosts.served(host);
          site.opening = null;
          site.established += 1;
          start(session, waiter);
          pump(site);
        },
        failed(ending) {
          sessions.delete(session);
          site.opening = null;
          log.warn('smtp session failed', {
            host: host.host,
            stage: ending.stage,
            code: ending.reply?.code,
            detail: ending.detail,
          });
          const isServed = site.established > 0;
          if (!isServed) failedHosts.failed(host);
          const next = isUp ? afterFailure(host, rest, ending, isServed) : [];
          // Of several that did not serve, the first that said something speaks for all.
          const spoke = tried.spoke ?? (ending.outcome === 'refused' ? ending : null);
          const { startedAt } = tried;
          if (next.length > 0) {
            connect(site, waiter, next, { startedAt, spoke });
            return;
          }
          if (isServed) site.heldUntil = ticker.now() + deadlines.holdMs;
          else site.onDead();
          const told = isUp ? (spoke ?? ending) : WITHDRAWN;
          waiter.resolve({ ...notSent(told), startedAt, tookMs: timers.now() - startedAt });
          onLess(site);
        },
        free: () => onFree(site, session),
        closed() {
          sessions.delete(session);
          leaving.delete(session);
          site.established -= 1;
          site.free = site.free.filter((other) => other !== session);
          onLess(site);
        },
      },
    );
    sessions.add(session);
    site.opening = session;
  }

  function onFree(site: Site, session: Session): void {
    const worn = session.carried() >= limits.messagesPerConnection;
    if (!isUp || worn || sessions.size - leaving.size > limits.connections || mustYield(site)) {
      dismiss(session);
      return;
    }
    const waiter = site.waiters.shift();
    if (waiter) start(session, waiter);
    else site.free.push(session);
  }

  function dismiss(session: Session): void {
    leaving.add(session);
    session.quit();
  }

  /** A session is gone: its place goes to whoever waits. */
  function onLess(site: Site): void {
    if (site.established === 0 && !site.opening && site.waiters.length === 0) sites.delete(site.key);
    if (sessions.size === 0) emptied?.();
    if (isUp) pumpAll();
  }

  function pumpAll(): void {
    const waiting = [...sites.values()].filter((site) => site.waiters.length > 0);
    // Sites without any session come first, else one with a long queue would take every place that was made for them.
    waiting.sort((a, b) => Number(isStarving(b)) - Number(isStarving(a)) || a.waiters[0]!.since - b.waiters[0]!.since);
    for (const site of waiting) pump(site);
  }

  /** How many sites want a session for which there neither is a place nor will be one soon. */
  function shortage(): number {
    let wanting = 0;
    for (const site of sites.values()) if (wants(site)) wanting += 1;
    return wanting - (limits.connections - sessions.size + leaving.size);
  }

  function evictFor(site: Site): void {
    for (const other of sites.values()) {
      const session = other === site ? undefined : takeFree(other);
      if (session) {
        dismiss(session);
        return;
      }
    }
  }

  function mustYield(site: Site): boolean {
    if (sites.size < 2 || shortage() <= 0) return false;
    const since = site.waiters[0]?.since ?? Number.POSITIVE_INFINITY;
    return [...sites.values()].some((other) => isStarving(other) && other.waiters[0]!.since <= since);
  }

  function setLimits(next: SessionLimits): void {
    const raised = next.connections > limits.connections;
    limits = next;
    for (const site of sites.values()) {
      if (raised) site.heldUntil = 0;
      while (sessions.size - leaving.size > limits.connections) {
        const session = takeFree(site);
        if (!session) break;
        dismiss(session);
      }
    }
    if (isUp) pumpAll();
  }

  function open(): number {
    let established = 0;
    for (const site of sites.values()) established += site.established;
    return established;
  }
}

/** What was heard of a site's hosts before the present one. */
type Tried = { readonly startedAt: number; readonly spoke: AttemptOutcome | null };

/** Ours to refuse, so nobody's lesson; whoever made the letter has looked at its addresses before. */
const BAD_ADDRESS: AttemptOutcome = { outcome: 'withdrawn', stage: 'connect', reply: null, detail: 'address' };
const NO_DNS: AttemptOutcome = { outcome: 'unreached', stage: 'lookup', reply: null, detail: 'dns' };
const WITHDRAWN: AttemptOutcome = { outcome: 'withdrawn', stage: 'connect', reply: null, detail: 'closing' };

// The last look at an envelope: nodemailer repairs a hostile address into somebody else's, so it must see none. One bare
// ASCII address, then: no control character, space, list or display form can reach an SMTP command.
const MAILBOX = /^[!#-'*+\-./0-9:=?A-Z[\]^_`a-z{|}~$%&]{1,64}@[A-Za-z0-9.\-_]{1,255}$/;

const isMailbox = (address: string): boolean => MAILBOX.test(address);

/** A null reverse-path is legal, RFC 5321 4.5.5. */
const isReversePath = (address: string): boolean => address === '' || isMailbox(address);
