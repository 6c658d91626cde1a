import type { Collection, Db } from 'mongodb';
import type { Recipient } from '../../app/campaigns/ports.ts';
import type { Import, Reject } from '../../app/import/ports.ts';
import type { AttemptRecord, LaneView, StoredControl } from '../../app/lanes/ports.ts';
import type { KnownMx } from '../../app/providers/ports.ts';
import type { ReplyRule, UnknownReply } from '../../app/replies/ports.ts';
import type { Campaign } from '../../core/campaigns/campaign.ts';
import type { Decision, LaneOrders } from '../../core/lanes/lane.ts';
import type { RoutingRule } from '../../core/lanes/routing.ts';
import type { Holder, Wish } from '../../core/lanes/share.ts';
import type { ProfilePatch } from '../../core/providers/table.ts';
import type { Counts, RecipientState } from '../../core/recipients/recipient.ts';
import type { Tally } from '../../core/replies/tally.ts';

/** The collections and the shape of their documents. Ids are strings that sort by age (ObjectId, hex). */

type Stored<T extends { readonly id: string }> = Omit<T, 'id'> & { readonly _id: string };

/** `hiddenAt`: when its removal began; `removedTo`: the first slice whose rows are still there. */
export type CampaignDoc = Omit<Stored<Campaign>, 'giveUpAfterMs'> & {
  readonly giveUpAfterMs?: number;
  readonly hiddenAt?: Date;
  readonly removedTo?: number;
};
export type ImportDoc = Stored<Import>;
export type RejectDoc = Reject & { readonly _id: string; readonly importId: string };

/** Who may settle a row: `by` is unique to one claim, so a late writer of an earlier claim matches nothing. */
export type Claim = { readonly by: string; readonly until: Date };

/** Fields that hold nothing yet are absent, which keeps five million rows small. */
export type RecipientDoc = Pick<Recipient, 'campaignId' | 'slice' | 'address' | 'domain' | 'fields' | 'line'> & {
  readonly _id: string;
  /** Address in lower case: one row per campaign and key. */
  readonly key: string;
  readonly state: RecipientState;
  readonly dueAt: Date | null;
  readonly attempts?: number;
  readonly failures?: number;
  /** Rises with every claim. */
  readonly fence?: number;
  readonly claim?: Claim;
  readonly lastReply?: Recipient['lastReply'];
  /** When a letter of it was first put to a server and not accepted. */
  readonly firstTriedAt?: Date;
  readonly settledAt?: Date;
};

export type SliceDoc = {
  /** `campaignId:slice`. */
  readonly _id: string;
  readonly campaignId: string;
  readonly slice: number;
  readonly domains: readonly string[];
  readonly size: number;
  /** Cache, rewritten from the rows. */
  readonly counts: Counts;
  /** When its earliest waiting row is due; null when nothing waits. */
  readonly dueAt: Date | null;
  /** Of the rows that wait, the earliest first try; null or absent when none of them was tried. */
  readonly firstTriedAt?: Date | null;
  /** Who works on it. Rows claimed under a lease that is over go back. */
  readonly lease?: Claim;
  /** Letters that a dead worker had under way, and that may be sent again after `until`; `by`: their claims. */
  readonly doubtful?: { readonly by: readonly string[]; readonly until: Date; readonly letters: number };
};

export type AttemptDoc = AttemptRecord & { readonly _id: string };

export type LaneDoc = Omit<Stored<LaneView>, 'orders'> & {
  /** A restart continues from it. */
  readonly control?: StoredControl;
  readonly leaseUntil?: Date;
  readonly fence?: number;
  /** Written by the API only. */
  readonly orders?: Partial<LaneOrders>;
};

/** Allowed rate, and answers: accepted, refused for pace, all others; and sessions. */
export type SecondDoc = readonly [
  allowed: number,
  accepted: number,
  throttled: number,
  other: number,
  sessions: number,
];

/** A minute of a lane. Names are short because there is one for every minute of a week. */
export type LaneMinuteDoc = {
  /** `lane|minute`, the minute as ms since the epoch: a span of time is a range of ids. */
  readonly _id: string;
  readonly m: Date;
  /** By second, 0 to 59. */
  readonly s: Readonly<Record<string, SecondDoc>>;
};

export type ProviderDoc = { readonly _id: string; readonly patch: ProfilePatch };

export type MxDoc = Omit<KnownMx, 'domain'> & {
  /** The domain, lower case, A-labels. */
  readonly _id: string;
};

export type WorkerDoc = { readonly _id: string; readonly until: Date };

type Until = { readonly until: Date };

export type RouteShareDoc = {
  /** The route's name. */
  readonly _id: string;
  readonly version: number;
  readonly holders: readonly (Until & Pick<Holder, 'worker' | 'weight' | 'rate' | 'sessions'> & Partial<Wish>)[];
};

/** A tally of one worker; the key is campaign, lane, slot, rule and worker. */
export type RefusalDoc = Omit<Tally, 'slot' | 'firstAt' | 'lastAt'> & {
  readonly _id: string;
  readonly slot: Date;
  readonly firstAt: Date;
  readonly lastAt: Date;
};

export type UnknownReplyDoc = Stored<UnknownReply> & { readonly dismissed: boolean };
export type ReplyRuleDoc = Stored<ReplyRule>;

export type DecisionDoc = Decision & { readonly _id: string };

export type RouteDoc = {
  readonly _id: string;
  /** The target as JSON, encrypted: it may hold a password. */
  readonly sealedTarget: string;
  readonly connections: number;
  readonly ratePerSecond: number | null;
};

/** Two documents: `_id: 'routing'` holds the rules, `_id: 'revision'` counts the changes of all configuration. */
export type RoutingDoc = { readonly _id: string; readonly rules?: readonly RoutingRule[]; readonly revision?: number };

export type SuppressionDoc = {
  /** Address in lower case. */
  readonly _id: string;
  readonly reason: string;
  readonly campaignId: string | null;
  readonly at: Date;
};

export type ApiKeyDoc = {
  readonly _id: string;
  /** SHA-256 of the key, hex; the key itself is shown once and kept nowhere. */
  readonly digest: string;
  readonly name: string;
  readonly createdAt: Date;
};

export type IdempotencyDoc = {
  /** Key and caller and route. */
  readonly _id: string;
  readonly requestDigest: string;
  /** Absent while the first request is in work. */
  readonly answer?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly at: Date;
};

export type Collections = {
  readonly campaigns: Collection<CampaignDoc>;
  readonly recipients: Collection<RecipientDoc>;
  readonly slices: Collection<SliceDoc>;
  readonly attempts: Collection<AttemptDoc>;
  readonly imports: Collection<ImportDoc>;
  readonly rejects: Collection<RejectDoc>;
  readonly lanes: Collection<LaneDoc>;
  readonly decisions: Collection<DecisionDoc>;
  readonly refusals: Collection<RefusalDoc>;
  readonly unknownReplies: Collection<UnknownReplyDoc>;
  readonly replyRules: Collection<ReplyRuleDoc>;
  readonly laneSamples: Collection<LaneMinuteDoc>;
  readonly providers: Collection<ProviderDoc>;
  readonly mx: Collection<MxDoc>;
  readonly workers: Collection<WorkerDoc>;
  readonly routeShares: Collection<RouteShareDoc>;
  readonly routes: Collection<RouteDoc>;
  readonly routing: Collection<RoutingDoc>;
  readonly suppressions: Collection<SuppressionDoc>;
  readonly apiKeys: Collection<ApiKeyDoc>;
  readonly idempotency: Collection<IdempotencyDoc>;
};

export function collectionsOf(db: Db): Collections {
  return {
    campaigns: db.collection('campaigns'),
    recipients: db.collection('recipients'),
    slices: db.collection('slices'),
    attempts: db.collection('attempts'),
    imports: db.collection('imports'),
    rejects: db.collection('rejects'),
    lanes: db.collection('lanes'),
    decisions: db.collection('decisions'),
    refusals: db.collection('refusals'),
    unknownReplies: db.collection('unknownReplies'),
    replyRules: db.collection('replyRules'),
    laneSamples: db.collection('laneSamples'),
    providers: db.collection('providers'),
    mx: db.collection('mx'),
    workers: db.collection('workers'),
    routeShares: db.collection('routeShares'),
    routes: db.collection('routes'),
    routing: db.collection('routing'),
    suppressions: db.collection('suppressions'),
    apiKeys: db.collection('apiKeys'),
    idempotency: db.collection('idempotency'),
  };
}
