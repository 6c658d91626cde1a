import type { Content } from '../../core/campaigns/campaign.ts';
import type { Zones } from '../../core/campaigns/window.ts';
import type { Result } from '../../core/result.ts';
import type { LaneDesk, LaneHistory, LaneReader, ProviderBook } from '../lanes/ports.ts';
import type {
  CampaignStore,
  Clock,
  Import,
  ImportStore,
  LetterPress,
  Log,
  NewId,
  RecipientReader,
  RouteStore,
  SuppressionStore,
} from '../ports.ts';
import type { ReplyBooks } from '../replies/ports.ts';

/** What only the API needs of the world, on top of ports.ts. */

export type ApiKey = { readonly id: string; readonly name: string };

export type ApiKeyStore = {
  /** Whose key this is; null when it is nobody's. */
  owner(key: string): Promise<ApiKey | null>;
  /** Makes a key and answers it: the only time that it is shown. */
  issue(name: string): Promise<ApiKey & { readonly key: string }>;
  /** Lets a key in that was chosen elsewhere, say in the environment; again without effect. */
  admit(key: string, name: string): Promise<void>;
  revoke(id: string): Promise<boolean>;
  list(): Promise<readonly ApiKey[]>;
};

export type StoredAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type IdempotencyStore = {
  /** Reserves the key for this request; a reservation older than `staleMs` was left by a process that died. */
  begin(
    id: string,
    requestDigest: string,
    now: Date,
    staleMs: number,
  ): Promise<
    | { readonly kind: 'new' }
    | { readonly kind: 'inWork' }
    | { readonly kind: 'answered'; readonly requestDigest: string; readonly answer: StoredAnswer }
  >;
  /** `requestDigest` again, because that of an upload is known only at its end. */
  finish(id: string, requestDigest: string, answer: StoredAnswer): Promise<void>;
  /** Gives the key back: the request had no effect. */
  drop(id: string): Promise<void>;
};

/** Seals a secret for the database; `about` is bound to the sealed text, so that none can be swapped for another. */
export type Seal = { seal(plain: string, about: string): string; open(sealed: string, about: string): string };

export type RouteRegistry = RouteStore & { remove(name: string): Promise<boolean> };

export type Suppression = { readonly address: string; readonly reason: string; readonly at: Date };
export type SuppressionBook = SuppressionStore & { get(address: string): Promise<Suppression | null> };

export type ApiRecipients = RecipientReader & {
  /** Domains of the slices in which somebody still waits. */
  waitingDomains(campaignId: string): Promise<readonly string[]>;
};

export type ImportInput = {
  readonly campaignId: string;
  readonly fileName: string | null;
  readonly body: AsyncIterable<Uint8Array>;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
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

export type ImportRefusal = {
  readonly code: 'campaign.notFound' | 'campaign.notEditable' | 'import.open' | 'import.tooLarge' | 'import.failed';
  readonly import?: Import | undefined;
};

export type ImportRecipients = (input: ImportInput) => Promise<Result<Import, ImportRefusal>>;

export type ApiDeps = ReplyBooks & {
  readonly campaigns: CampaignStore;
  readonly recipients: ApiRecipients;
  readonly imports: ImportStore;
  readonly importRecipients: ImportRecipients;
  readonly routes: RouteRegistry;
  readonly lanes: LaneReader;
  readonly laneDesk: LaneDesk;
  readonly laneHistory: LaneHistory;
  readonly providers: ProviderBook;
  readonly suppressions: SuppressionBook;
  readonly apiKeys: ApiKeyStore;
  readonly idempotency: IdempotencyStore;
  readonly press: LetterPress;
  readonly templates: Templates;
  readonly zones: Zones;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
};

/** A field that is null is taken away, one that is absent stays (RFC 7396). */
export type ContentPatch = { readonly [K in keyof Content]?: Nullable<Content[K]> | null | undefined };
type Nullable<T> = T extends string ? T : { readonly [K in keyof T]?: T[K] | null | undefined };
