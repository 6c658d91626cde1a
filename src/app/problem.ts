import type { CampaignState, Command } from '../core/campaigns/campaign.ts';
import { fail, type Result } from '../core/result.ts';

/** Why a request was refused. Codes are stable: programs read them. */

export type Fault = { readonly pointer: string; readonly code: string; readonly detail: string };

export type AppCode =
  | 'campaign.notFound'
  | 'campaign.illegalMove'
  | 'campaign.notEditable'
  | 'campaign.notDeletable'
  | 'campaign.noRecipients'
  | 'campaign.deadlineOver'
  | 'campaign.changedMeanwhile'
  | 'campaign.versionMismatch'
  | 'content.invalid'
  | 'schedule.invalid'
  | 'template.unknown'
  | 'import.notFound'
  | 'import.open'
  | 'import.tooLarge'
  | 'import.failed'
  | 'recipient.notFound'
  | 'lane.notFound'
  | 'reply.notFound'
  | 'reply.temporary'
  | 'reply.aboutPace'
  | 'replyRule.notFound'
  | 'replyRule.tooMany'
  | 'lane.invalid'
  | 'provider.invalid'
  | 'provider.changedMeanwhile'
  | 'route.notFound'
  | 'route.invalid'
  | 'route.inUse'
  | 'routing.missing'
  | 'routing.invalid'
  | 'suppression.notFound'
  | 'suppression.badAddress';

export type Problem<Code extends string = AppCode> = {
  readonly code: Code;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  readonly state?: CampaignState;
  readonly allowedActions?: readonly Command[];
  /** People who would get no letter any more. */
  readonly wouldExpire?: number;
};

export type Outcome<T> = Result<T, Problem>;

export const refuse = (code: AppCode, detail: string, more: Omit<Problem, 'code' | 'detail'> = {}) =>
  fail<Problem>({ code, detail, ...more });

type Thing = 'campaign' | 'import' | 'recipient' | 'lane' | 'reply' | 'route' | 'suppression';

export const noSuch = (what: Thing) => refuse(`${what}.notFound`, `There is no such ${what}.`);
