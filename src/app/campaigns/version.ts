import type { Campaign } from '../../core/campaigns/campaign.ts';
import { type Outcome, refuse } from '../problem.ts';

/** Optimistic locking: a caller may say which versions of a campaign it takes for current (If-Match, RFC 9110 13.1.1). */

/** Null: whichever it is. */
export type Versions = readonly number[] | null;

export const isCurrent = (versions: Versions, { version }: Pick<Campaign, 'version'>): boolean =>
  versions === null || versions.includes(version);

export const mismatch = (): Outcome<never> =>
  refuse(
    'campaign.versionMismatch',
    'The campaign has changed since it was read; read it again and repeat the change.',
  );
