import type { Campaign, CampaignState, ImportTotals } from '../core/campaigns/campaign.ts';
import type { Decision, LaneOrders } from '../core/lanes/lane.ts';
import type { Route, RouteTarget, RoutingRule } from '../core/lanes/routing.ts';
import type { Counts, RecipientState } from '../core/recipients/recipient.ts';
import type { Reply, Stage } from '../core/replies/reply.ts';
import type { Verdict } from '../core/replies/verdict.ts';
import type { Result } from '../core/result.ts';

/** What the use cases need of the world. No port mentions a library; the adapters fill them. */

export type Clock = { now(): number };
export type Random = () => number;
export type NewId = () => string;

export type Log = {
  info(event: string, fields?: object): void;
  warn(event: string, fields?: object): void;
  error(event: string, fields?: object): void;
  with(fields: object): Log;
};

export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null };

// --- campaigns -------------------------------------------------------------------------------------------------

export type CampaignPatch = Partial<Omit<Campaign, 'id' | 'version' | 'createdAt'>>;

export type CampaignStore = {
  insert(campaign: Campaign): Promise<void>;
  get(id: string): Promise<Campaign | null>;
  list(query: { state?: CampaignState | undefined; limit: number; cursor: string | null }): Promise<Page<Campaign>>;
  inStates(states: readonly CampaignState[]): Promise<Campaign[]>;
  /** Compare-and-set: changes the campaign only while it still has this version; null when it has not. */
  update(id: string, version: number, patch: CampaignPatch): Promise<Campaign | null>;
  /** Removes a campaign with its recipients, attempts, imports and rejects. */
  remove(id: string): Promise<void>;
};

// --- recipients and slices -------------------------------------------------------------------------------------

export type NewRecipient = {
  readonly id: string;
  readonly campaignId: string;
  readonly slice: number;
  /** As mailed: local part kept, domain as lower-case A-labels. */
  readonly address: string;
  readonly domain: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Line of the CSV on which the record begins. */
  readonly line: number;
};

export type Recipient = NewRecipient & {
  readonly state: RecipientState;
  readonly dueAt: Date | null;
  readonly attempts: number;
  /** Attempts that were the recipient's own fault; only these use up its retries. */
  readonly failures: number;
  readonly lastReply: Reply | null;
  readonly settledAt: Date | null;
};

/** A slice: up to a thousand recipients of one campaign and one provider or domain; the unit of a job. */
export type NewSlice = {
  readonly campaignId: string;
  readonly slice: number;
  readonly domains: readonly string[];
  readonly size: number;
};

/** The writing half of the ledger, used by an import. */
export type RecipientLoader = {
  /** Inserts what is new; answers the indexes of those whose address the campaign already has. */
  insertMany(recipients: readonly NewRecipient[]): Promise<readonly number[]>;
  insertSlices(slices: readonly NewSlice[]): Promise<void>;
  /** Removes every row and slice at or above this slice number: what a failed import leaves. */
  removeFrom(campaignId: string, slice: number): Promise<void>;
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

/** The reading half, for the API. */
export type RecipientReader = {
  list(
    campaignId: string,
    query: { state?: RecipientState | undefined; limit: number; cursor: string | null },
  ): Promise<Page<Recipient>>;
  get(campaignId: string, id: string): Promise<Recipient | null>;
  attempts(campaignId: string, recipientId: string): Promise<AttemptRecord[]>;
  counts(campaignId: string): Promise<Counts>;
};

// --- imports -----------------------------------------------------------------------------------------------------

export type RejectKind = 'rejected' | 'duplicate' | 'suppressed';
export type Reject = {
  readonly line: number;
  readonly kind: RejectKind;
  readonly code: string;
  readonly value: string;
};

export type ImportState = 'loading' | 'completed' | 'failed';
export type ImportFault = { readonly code: string; readonly detail: string; readonly line: number | null };

export type Import = ImportTotals & {
  readonly id: string;
  readonly campaignId: string;
  readonly state: ImportState;
  readonly fileName: string | null;
  /** SHA-256 of the body, hex; null until it has been read whole. */
  readonly digest: string | null;
  readonly bytes: number;
  /** Records read, header and blank lines left out: accepted + duplicate + suppressed + rejected. */
  readonly records: number;
  readonly blank: number;
  readonly fault: ImportFault | null;
  readonly firstSlice: number;
  /** Until when its loader is believed alive; renewed as it goes. */
  readonly leaseUntil: Date;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
};

export type ImportStore = {
  insert(value: Import): Promise<void>;
  get(id: string): Promise<Import | null>;
  update(id: string, patch: Partial<Omit<Import, 'id' | 'campaignId'>>): Promise<void>;
  addRejects(importId: string, rejects: readonly Reject[]): Promise<void>;
  rejects(importId: string, query: { limit: number; cursor: string | null }): Promise<Page<Reject>>;
  /** `loading` imports whose lease is over: their loader died. */
  abandoned(now: Date): Promise<Import[]>;
};

/** Bytes in, records out; line numbers count physical lines from 1. */
export type CsvEvent =
  | { readonly kind: 'header'; readonly columns: readonly string[]; readonly line: number }
  | { readonly kind: 'record'; readonly values: readonly string[]; readonly line: number }
  | { readonly kind: 'bad'; readonly code: string; readonly line: number; readonly value: string }
  | { readonly kind: 'blank'; readonly line: number };
/** Throws `CsvFault` on structural damage. */
export type ReadCsv = (body: AsyncIterable<Uint8Array>) => AsyncIterable<CsvEvent>;
export class CsvFault extends Error {
  readonly fault: ImportFault;
  constructor(fault: ImportFault) {
    super(fault.detail);
    this.name = 'CsvFault';
    this.fault = fault;
  }
}

export type SuppressionStore = {
  /** Those of the given addresses (any case) that are suppressed, as given. */
  suppressed(addresses: readonly string[]): Promise<ReadonlySet<string>>;
  add(address: string, reason: string, campaignId: string | null): Promise<void>;
  remove(address: string): Promise<boolean>;
  list(query: { limit: number; cursor: string | null }): Promise<Page<{ address: string; reason: string; at: Date }>>;
};

// --- routes and lanes --------------------------------------------------------------------------------------------

export type RouteStore = {
  put(route: Route): Promise<void>;
  get(name: string): Promise<Route | null>;
  all(): Promise<Route[]>;
  routing(): Promise<readonly RoutingRule[]>;
  putRouting(rules: readonly RoutingRule[]): Promise<void>;
};

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
  readonly connections: { readonly open: number; readonly limit: number };
  readonly pausedUntil: Date | null;
  readonly lastDecision: Decision | null;
  readonly orders: LaneOrders;
  readonly owner: string | null;
  readonly updatedAt: Date;
};

// --- letters and SMTP ----------------------------------------------------------------------------------------------

export type Letter = {
  readonly envelopeFrom: string;
  readonly to: string;
  readonly domain: string;
  /** The whole message, CRLF line ends, not dot-stuffed. */
  readonly raw: Buffer;
};

export type RenderFault = {
  readonly code: string;
  readonly detail: string;
  readonly pointer: string;
  readonly line: number | null;
};

export type CompiledLetter = {
  /** Merge fields the template uses, outermost names. */
  readonly fields: readonly string[];
  /** Renders for one recipient; a fault means this row alone is `invalid`. */
  render(to: {
    id: string;
    address: string;
    domain: string;
    fields: Readonly<Record<string, string>>;
  }): Result<Letter, RenderFault>;
};

export type LetterPress = {
  /** Parses and checks once per campaign. `campaignId` and `createdAt` make Message-ID and Date the same for every attempt. */
  compile(
    campaign: Pick<Campaign, 'id' | 'content' | 'createdAt' | 'columns'>,
  ): Result<CompiledLetter, readonly RenderFault[]>;
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

/** The SMTP sessions of one lane. */
export type SessionPool = {
  /** Waits for a session within the limits, then makes one attempt; never throws for what a server does. */
  send(letter: Letter, mark: Mark): Promise<SendResult>;
  setLimits(limits: SessionLimits): void;
  /** Sessions established now. */
  open(): number;
  /** Lets attempts under way finish until the deadline, then cuts them. */
  close(graceMs: number): Promise<void>;
};

export type Mailer = {
  pool(target: RouteTarget, limits: SessionLimits, tls?: 'opportunistic' | 'required'): SessionPool;
};

// --- pace and jobs ---------------------------------------------------------------------------------------------------

/** A permit dispenser: one call, one turn. */
export type Pace = {
  /** Resolves when it is this caller's turn with the number of letters it may start now (1, or a few above 300/s); 0 once stopped. */
  permit(): Promise<number>;
  /** Messages per second; in force for calls already waiting. 0 pauses. */
  setRate(perSecond: number): void;
  stop(): void;
};

export type MakePace = (perSecond: number) => Pace;

export type SliceJob = { readonly campaignId: string; readonly slice: number };

/** Wake-ups: Agenda. Running a job twice is harmless, losing one costs a sweep. */
export type Jobs = {
  requestSlice(job: SliceJob): Promise<void>;
  requestOpening(campaignId: string, at: Date): Promise<void>;
};
