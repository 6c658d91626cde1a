import type { StopKind } from '../../core/attribution/stop.ts';
import type { Decision, LaneOrders } from '../../core/lanes/lane.ts';
import type { Route, RouteTarget, RoutingRule } from '../../core/lanes/routing.ts';
import type { Holder } from '../../core/lanes/share.ts';
import type { LifeCycle } from '../../core/life-cycle.ts';
import type { Reply, Stage } from '../../core/replies/reply.ts';
import type { ReplyEvidence, Verdict } from '../../core/replies/verdict.ts';
import type { Page } from '../ports.ts';

/** What lanes need of the world: mail servers, permits, and a database that says who owns what and keeps what was learned. */

export type LaneReader = {
  list(): Promise<LaneView[]>;
  get(id: string): Promise<LaneView | null>;
  decisions(id: string, query: { limit: number; cursor: string | null }): Promise<Page<Decision>>;
  /** Decisions of these kinds from `from` until before `until`, the oldest first; the latest `limit` of them. */
  turns(id: string, from: Date, until: Date, actions: readonly string[], limit: number): Promise<readonly Decision[]>;
};

/** What an operator ordered for a lane; its owner sees it within about a second. */
export type LaneOrderStore = {
  /** Null: there is no such lane. */
  orders(id: string): Promise<LaneOrders | null>;
  order(id: string, patch: Partial<LaneOrders>): Promise<LaneOrders | null>;
  /** Writes the view of a lane that no worker has opened yet; one that is there already stays as it is. */
  prepare(view: LaneView): Promise<void>;
};

/** One second of a lane. */
export type LaneSample = {
  /** Its beginning. */
  readonly at: Date;
  /** Letters per second allowed at its end; 0 while stopped. */
  readonly allowed: number;
  /** Answers in it: 2xx and final refusals of a recipient; refusals for pace; all others. */
  readonly accepted: number;
  readonly throttled: number;
  readonly other: number;
  readonly sessions: number;
};

export type LaneHistory = {
  /** Samples of whole seconds, in order; adding the same second twice keeps the last. */
  add(lane: string, samples: readonly LaneSample[]): Promise<void>;
  /** From `from` until before `until`. */
  read(lane: string, from: Date, until: Date): Promise<readonly LaneSample[]>;
  /** Beginning of the last second that is known; null: none is. */
  last(lane: string): Promise<Date | null>;
};

/** Who works; leases are judged by the server's clock. */
export type WorkerRegistry = {
  /** Says that we are here for `leaseMs`; answers who is, ourselves too, and who holds which lane. */
  renew(
    worker: string,
    leaseMs: number,
  ): Promise<{ readonly workers: readonly string[]; readonly owners: ReadonlyMap<string, string> }>;
  release(worker: string): Promise<void>;
};

/** How workers divide what a route allows. */
export type RouteShares = {
  /**
   * Writes what `decide` makes of the others who are alive, unless one of them wrote at the same time: then null, and
   * nothing is changed.
   */
  claim(
    route: string,
    worker: string,
    decide: (others: readonly Holder[]) => Holder,
    leaseMs: number,
  ): Promise<{ readonly mine: Holder; readonly others: readonly Holder[] } | null>;
  release(route: string, worker: string): Promise<void>;
};

export type AttemptRecord = {
  readonly campaignId: string;
  readonly recipientId: string;
  readonly lane: string;
  readonly at: Date;
  readonly tookMs: number;
  /** accepted, refused, unreached (nothing was sent), unknown (RFC 1047), withdrawn (our own gate closed). */
  readonly outcome: 'accepted' | 'refused' | 'unreached' | 'unknown' | 'withdrawn';
  readonly stage: Stage;
  /** Whether the session had carried a letter before. */
  readonly reused: boolean;
  readonly reply: Reply | null;
  readonly verdict: Pick<Verdict, 'meaning' | 'reaction' | 'cause' | 'rule'> | null;
  /** Whether it used up one of the recipient's retries. */
  readonly counted: boolean;
};

export type RouteStore = {
  put(route: Route): Promise<void>;
  get(name: string): Promise<Route | null>;
  all(): Promise<Route[]>;
  remove(name: string): Promise<boolean>;
  routing(): Promise<readonly RoutingRule[]>;
  putRouting(rules: readonly RoutingRule[]): Promise<void>;
  /** Rises with every change of a route, the routing, a provider or an order, before the change is acknowledged. */
  revision(): Promise<number>;
};

export type StopView = {
  readonly kind: StopKind;
  readonly since: Date;
  /** Letters that tried in vain. */
  readonly tries: number;
  /** When the next letter tries; null: not before a person asks for it. */
  readonly nextTryAt: Date | null;
  readonly reason: ReplyEvidence;
};

export type SiteStopView = StopView & { readonly site: string };

/** What a worker last wrote of a lane, for the API; also what a restart continues from. */
export type LaneView = {
  readonly id: string;
  readonly route: string;
  readonly provider: string;
  readonly state: string;
  readonly ratePerSecond: number;
  /** Letters accepted and refused per second over the last seconds, and the share of refusals for pace. */
  readonly realPerSecond: number;
  readonly throttledShare: number;
  readonly waiting: number;
  /** Recipients that wait, by campaign; absent in what an earlier version wrote. */
  readonly campaigns?: Readonly<Record<string, number>>;
  readonly connections: { readonly open: number; readonly limit: number };
  readonly pausedUntil: Date | null;
  /** Why it stands still whatever its rate; absent, like the next two, in what an earlier version wrote. */
  readonly stop?: StopView | null;
  /** Whether first tries are put off here as a rule. */
  readonly isGreylisting?: boolean;
  /** Of a lane of many small hosts, those that stand still: how many, and the first of them. */
  readonly stoppedSites?: { readonly count: number; readonly examples: readonly SiteStopView[] };
  readonly lastDecision: Decision | null;
  readonly orders: LaneOrders;
  readonly owner: string | null;
  readonly updatedAt: Date;
};

export type Letter = {
  readonly envelopeFrom: string;
  readonly to: string;
  readonly domain: string;
  /** The whole message, CRLF line ends, not dot-stuffed. */
  readonly raw: Buffer;
};

/** The last gate before the body: true once `sending` is durable, false when the letter must not go. */
export type Mark = () => Promise<boolean>;

export type SendResult = {
  readonly outcome: AttemptRecord['outcome'];
  readonly stage: Stage;
  readonly reused: boolean;
  readonly reply: Reply | null;
  /** Our own words where the server had none: a timeout, a refused TCP connection. */
  readonly detail: string | null;
  readonly startedAt: number;
  readonly tookMs: number;
  /** Letters this session had carried before this one. */
  readonly carried: number;
};

export type SessionLimits = {
  readonly connections: number;
  readonly messagesPerConnection: number;
  /** Most sessions to one site; as many as there are when left out. */
  readonly perSite?: number;
};

/** The SMTP sessions of one lane. A stop lets attempts under way finish and cuts them when its grace is over. */
export type SessionPool = LifeCycle & {
  /** Waits for a session within the limits, then makes one attempt; never throws for what a server does. */
  send(letter: Letter, mark: Mark): Promise<SendResult>;
  setLimits(limits: SessionLimits): void;
  /** Sessions established now. */
  open(): number;
};

export type Mailer = {
  pool(target: RouteTarget, limits: SessionLimits, tls?: 'opportunistic' | 'required'): SessionPool;
};

/** A permit dispenser: one call, one turn. */
export type Dispenser = LifeCycle & {
  /** Resolves when it is this caller's turn with the number of letters it may start now (1, or a few above 300/s); 0 once stopped. */
  dispense(): Promise<number>;
  /** Messages per second; in force for calls already waiting. 0 pauses. */
  setRate(perSecond: number): void;
};

export type MakeDispenser = (perSecond: number) => Dispenser;

/** What was learned, as the core left it; `standing` is absent in what an earlier version wrote. */
export type StoredControl = { readonly rate: object; readonly connections: object; readonly standing?: object };

export type LaneStore = {
  /** Takes the lane for `leaseMs`, under a fence of its own each time; null while another worker holds it. */
  acquire(
    lane: { readonly id: string; readonly route: string; readonly provider: string },
    owner: string,
    leaseMs: number,
  ): Promise<{ readonly fence: number; readonly control: StoredControl | null; readonly orders: LaneOrders } | null>;
  /** Keeps it for `leaseMs` from now and answers its orders; null when it is not ours under this fence any more. */
  renew(id: string, owner: string, fence: number, leaseMs: number): Promise<LaneOrders | null>;
  /** What was learned, without taking it. */
  learned(id: string): Promise<StoredControl | null>;
  /** Writes view and control while we hold it; false when we do not. */
  save(view: LaneView, control: StoredControl, fence: number): Promise<boolean>;
  release(id: string, fence: number): Promise<void>;
  decide(decision: Decision): Promise<void>;
};
