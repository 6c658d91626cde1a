import type { Campaign, CampaignState, Content } from '../../core/campaigns/campaign.ts';
import type { Counts, RecipientState } from '../../core/recipients/recipient.ts';
import type { Reply } from '../../core/replies/reply.ts';
import type { Result } from '../../core/result.ts';
import type { AttemptRecord, Letter } from '../lanes/ports.ts';
import type { Page } from '../ports.ts';

/** What campaigns need of the world: their store, the ledger for reading, and letters. */

export type CampaignPatch = Partial<Omit<Campaign, 'id' | 'version' | 'createdAt'>>;

export type CampaignStore = {
  insert(campaign: Campaign): Promise<void>;
  get(id: string): Promise<Campaign | null>;
  list(query: { state?: CampaignState | undefined; limit: number; cursor: string | null }): Promise<Page<Campaign>>;
  inStates(states: readonly CampaignState[]): Promise<Campaign[]>;
  /** Compare-and-set: changes the campaign only while it still has this version; null when it has not. */
  update(id: string, version: number, patch: CampaignPatch): Promise<Campaign | null>;
  /** Takes a campaign out of sight while it still has this version; false when it has not. From then on `remove` can only go forward. */
  hide(id: string, version: number): Promise<boolean>;
  /**
   * Removes a campaign with its recipients, attempts, imports and rejects; may be repeated, and be done by several at
   * once. Answers false when it stopped before the end because `isOver` said so.
   */
  remove(id: string, isOver: () => boolean): Promise<boolean>;
  /** Campaigns hidden before then and not removed yet: whoever removed them died. */
  hiddenBefore(then: Date): Promise<readonly string[]>;
};

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
  /** When a letter of it was first put to a server and not accepted; null: never. */
  readonly firstTriedAt: Date | null;
  readonly settledAt: Date | null;
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
  /** Letters under way in a worker that died, which may be sent again: how many, and when at the latest. */
  doubtful(campaignId: string): Promise<{ readonly letters: number; readonly until: Date } | null>;
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
  /** Parses and checks once per campaign. Message-ID and Date are the same for every attempt: the campaign's id and the moment when its sending began make them. */
  compile(
    campaign: Pick<Campaign, 'id' | 'content' | 'createdAt' | 'openedAt' | 'columns'>,
  ): Result<CompiledLetter, readonly RenderFault[]>;
};

/** A letter that ships with Offpeak; content fields of a campaign override it. */
export type ShippedTemplate = {
  readonly name: string;
  readonly description: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** Columns that the letter merges, besides `email`, and a value for each to preview with. */
  readonly columns: readonly string[];
  readonly example: Readonly<Record<string, string>>;
};

export type Templates = {
  list(): Promise<readonly ShippedTemplate[]>;
  read(name: string): Promise<ShippedTemplate | null>;
};

/** A field that is null is taken away, one that is absent stays (RFC 7396). */
export type ContentPatch = { readonly [K in keyof Content]?: Nullable<Content[K]> | null | undefined };

type Nullable<T> = T extends string ? T : { readonly [K in keyof T]?: T[K] | null | undefined };
