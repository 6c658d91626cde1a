import type { CampaignState, ImportTotals } from '../../core/campaigns/campaign.ts';
import type { Result } from '../../core/result.ts';
import type { NewRecipient } from '../campaigns/ports.ts';
import type { Page } from '../ports.ts';

/** What an import needs of the world. */

/** A slice: up to a thousand recipients of one campaign and one provider or domain; the unit of a job. */
export type NewSlice = {
  readonly campaignId: string;
  readonly slice: number;
  readonly domains: readonly string[];
  readonly size: number;
};

/** Numbers of slices, `to` not included. */
export type SliceRange = { readonly from: number; readonly to: number };

/** The writing half of the ledger, used by an import. */
export type RecipientLoader = {
  /**
   * Inserts what is new; answers the indexes of those whose address the campaign already has. Rows in `leftovers` have
   * been given up: they make room.
   */
  insertMany(recipients: readonly NewRecipient[], leftovers: readonly SliceRange[]): Promise<readonly number[]>;
  insertSlices(slices: readonly NewSlice[]): Promise<void>;
  /** Rows without their slice are out of sight. */
  removeSlices(campaignId: string, range: SliceRange): Promise<void>;
  /** With their slices, should one have come late. */
  removeRows(campaignId: string, range: SliceRange): Promise<void>;
};

export type RejectKind = 'rejected' | 'duplicate' | 'suppressed';

export type Reject = {
  readonly line: number;
  readonly kind: RejectKind;
  readonly code: string;
  readonly value: string;
  /** The line as it was, its cells quoted where they must be (RFC 4180). */
  readonly record: string;
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
  /** None of its slices has this number or a higher one; reserved ahead of any row. */
  readonly reservedTo: number;
  /** Slices whose rows are still to be removed, out of anybody's sight: it failed. */
  readonly leftover: SliceRange | null;
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
  /** All of them, by line, a few at a time. */
  allRejects(importId: string): AsyncIterable<Reject>;
  /** `loading` imports whose lease is over: their loader died. */
  abandoned(now: Date): Promise<Import[]>;
  /** Failed imports with a leftover, of one campaign or of all. */
  withLeftover(campaignId: string | null): Promise<readonly (Import & { readonly leftover: SliceRange })[]>;
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

export type ImportInput = {
  readonly campaignId: string;
  readonly fileName: string | null;
  readonly body: AsyncIterable<Uint8Array>;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
};

/** Why a list was not taken; once it has been opened its report says more. */
export type ImportProblem =
  | { readonly code: 'campaign.notFound' }
  | { readonly code: 'campaign.notEditable'; readonly state: CampaignState }
  | { readonly code: 'import.open'; readonly importId: string }
  | { readonly code: 'import.tooLarge' | 'import.failed'; readonly import: Import };

export type ImportRecipients = (input: ImportInput) => Promise<Result<Import, ImportProblem>>;
