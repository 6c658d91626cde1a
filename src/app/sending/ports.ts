import type { CampaignState } from '../../core/campaigns/campaign.ts';
import type { Schedule } from '../../core/campaigns/schedule.ts';
import type { DueSlice } from '../../core/lanes/next-slice.ts';
import type { LifeCycle } from '../../core/life-cycle.ts';
import type { Counts } from '../../core/recipients/recipient.ts';
import type { Reply } from '../../core/replies/reply.ts';
import type { AttemptRecord } from '../lanes/ports.ts';

/** What the sending half needs of the database. Leases are judged by the server's clock, never by a worker's. */

/** A row in our hands: `by` is unique to this claim, and every write names it. */
export type Claimed = {
  readonly id: string;
  readonly campaignId: string;
  readonly address: string;
  readonly domain: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly failures: number;
  /** When a letter of it was first put to a server and not accepted; null: never. */
  readonly firstTriedAt: number | null;
  readonly by: string;
};

/** What becomes of a claimed row. `pending` is no attempt of the recipient's own. */
export type Settlement = {
  readonly id: string;
  readonly by: string;
  readonly to:
    | { readonly state: 'sent' | 'bounced' | 'expired' | 'invalid' | 'suppressed' | 'uncertain' }
    | { readonly state: 'pending'; readonly dueAt: number }
    | { readonly state: 'deferred'; readonly dueAt: number };
  readonly attempted: boolean;
  readonly failed: boolean;
  /** The words of this attempt; null leaves those of an earlier one. */
  readonly reply: Reply | null;
  readonly firstTriedAt: number | null;
};

export type ClaimRequest = {
  readonly campaignId: string;
  readonly slice: number;
  /** Only these domains; null: the whole slice. */
  readonly domains: readonly string[] | null;
  readonly limit: number;
  readonly now: number;
  /** Rows first tried then or before have had their time: they end as `expired` instead. */
  readonly triedTooLongAgo: number;
  readonly by: string;
};

export type Ledger = {
  /** pending | deferred and due -> claimed. Who failed before goes first, as half of the claim while there are others. */
  claim(request: ClaimRequest): Promise<Claimed[]>;
  /** claimed -> sending, majority-acknowledged; answers the ids that are. The body may start only for those. */
  mark(rows: readonly { readonly id: string; readonly by: string }[], until: number): Promise<ReadonlySet<string>>;
  /** Answers the ids that were no longer ours. */
  settle(settlements: readonly Settlement[]): Promise<ReadonlySet<string>>;
  /** Writing the same ids again changes nothing, so a write whose answer was lost may be repeated. */
  record(attempts: readonly (AttemptRecord & { readonly id: string })[]): Promise<void>;
};

export type SliceRef = { readonly campaignId: string; readonly slice: number };
export type SliceLease = SliceRef & { readonly by: string };

export type Slices = {
  /** Every visible slice of a campaign with its domains, one after another: together they may be many. */
  domains(
    campaignId: string,
    sliceCount: number,
  ): AsyncIterable<{ readonly slice: number; readonly domains: readonly string[] }>;
  domainsOf(ref: SliceRef): Promise<readonly string[]>;
  due(campaignId: string, now: number): Promise<readonly DueSlice[]>;
  /** Takes a slice for `leaseMs`; null when it is taken. */
  lease(ref: SliceRef, by: string, leaseMs: number): Promise<SliceLease | null>;
  /** Renews; answers the leases that were lost. */
  renew(leases: readonly SliceLease[], leaseMs: number): Promise<readonly SliceLease[]>;
  release(lease: SliceLease): Promise<void>;
  /** Rewrites counts and due time from the rows. */
  refresh(ref: SliceRef): Promise<void>;
  /** Slices whose lease is over: their worker died. */
  abandoned(): Promise<readonly SliceLease[]>;
  /** Gives the rows of a dead lease back and frees the slice; its `sending` ones become uncertain, or are noted to be sent again. */
  recover(
    lease: SliceLease,
    onUncertain: 'hold' | 'resend',
  ): Promise<{ readonly returned: number; readonly uncertain: number }>;
  /** Sends those again whose attempts must be over by now; answers how many. */
  resendDoubtful(): Promise<number>;
  /** Rows still waiting, by slice; slices in which nobody waits are left out. */
  waiting(campaignId: string): Promise<readonly { readonly slice: number; readonly waiting: number }[]>;
  /** Sums of all slices, and when the next waiting row is due. */
  sums(campaignId: string): Promise<{ readonly counts: Counts; readonly nextDueAt: number | null }>;
  /**
   * Ends as `expired` whoever waits and was first tried at this instant or before, in so many slices at most; answers
   * how many.
   */
  expireTried(campaignId: string, triedTooLongAgo: number, mostSlices: number): Promise<number>;
  /** Ends whoever waits (pending and deferred) as `to`; answers how many. */
  endWaiting(campaignId: string, to: 'expired' | 'cancelled'): Promise<number>;
};

/** A campaign as the worker sees it each second: all but its content. */
export type CampaignWork = {
  readonly id: string;
  readonly state: CampaignState;
  readonly version: number;
  readonly schedule: Schedule | null;
  readonly sliceCount: number;
  readonly onUncertain: 'hold' | 'resend';
  readonly accepted: number;
};

export type CampaignWatch = {
  /** Whatever may need a hand: scheduled, running, paused, blocked, and cancelled with rows still waiting. */
  atWork(): Promise<readonly CampaignWork[]>;
};

// --- DNS -----------------------------------------------------------------------------------------------------------

export type SliceJob = { readonly campaignId: string; readonly slice: number };

/** Wake-ups: Agenda. Running a job twice is harmless, losing one costs a rescue. */
export type Jobs = {
  requestSlice(job: SliceJob): Promise<void>;
  requestOpening(campaignId: string, at: Date): Promise<void>;
};

export type JobHandlers = {
  /** Works on a slice for a bounded time. */
  readonly slice: (job: SliceJob) => Promise<void>;
  /** Looks at the campaigns: a window opens. */
  readonly opening: (campaignId: string) => Promise<void>;
};

/** A stop takes no new job and waits for those that run. */
export type JobRunner = Jobs &
  LifeCycle & {
    /** Who does the work; said before the first start. */
    handle(handlers: JobHandlers): void;
    /** Drops what workers asked of themselves that are no longer alive. */
    forgetOthers(alive: readonly string[]): Promise<void>;
  };
