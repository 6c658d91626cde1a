import { fail, ok, type Result } from '../result.ts';
import type { Schedule } from './schedule.ts';

/** A campaign: what is sent, when, and where it stands. DESIGN: States. */

export type CampaignState = 'draft' | 'scheduled' | 'running' | 'paused' | 'blocked' | 'finished' | 'cancelled';
export type Phase = 'sending' | 'waitingForWindow' | 'throttled' | 'retrying';
/** What a person may ask for. */
export type Command = 'schedule' | 'unschedule' | 'start' | 'pause' | 'resume' | 'cancel';
/** What Offpeak itself does. */
export type Event = 'open' | 'block' | 'finish';

const MOVES: Record<CampaignState, Partial<Record<Command | Event, CampaignState>>> = {
  draft: { schedule: 'scheduled', start: 'running', cancel: 'cancelled' },
  scheduled: {
    schedule: 'scheduled',
    unschedule: 'draft',
    start: 'running',
    open: 'running',
    pause: 'paused',
    cancel: 'cancelled',
  },
  running: {
    schedule: 'running',
    unschedule: 'running',
    pause: 'paused',
    cancel: 'cancelled',
    block: 'blocked',
    finish: 'finished',
  },
  paused: { schedule: 'paused', unschedule: 'paused', resume: 'running', cancel: 'cancelled' },
  blocked: { schedule: 'blocked', unschedule: 'blocked', resume: 'running', cancel: 'cancelled' },
  finished: {},
  cancelled: {},
};

/** The state that already holds after a command, so that repeating it is 200 without effect. */
const HOLDS: Partial<Record<Command | Event, CampaignState>> = {
  unschedule: 'draft',
  start: 'running',
  pause: 'paused',
  resume: 'running',
  cancel: 'cancelled',
};

export type IllegalMove = {
  readonly code: 'campaign.illegalMove';
  readonly state: CampaignState;
  readonly command: Command | Event;
  readonly allowedActions: readonly Command[];
};

/** Where a command leads; `changed: false` when its end state already holds. */
export function move(
  { state, openImport }: Pick<Campaign, 'state' | 'openImport'>,
  command: Command | Event,
): Result<{ readonly state: CampaignState; readonly changed: boolean }, IllegalMove> {
  const to = MOVES[state][command];
  if (to) return ok({ state: to, changed: true });
  if (HOLDS[command] === state) return ok({ state, changed: false });
  return fail({ code: 'campaign.illegalMove', state, command, allowedActions: allowedActions({ state, openImport }) });
}

/** Resumed before it ever began, it waits for its start again. */
export const stateAfterResume = ({ state, startedAt, schedule }: Pick<Campaign, 'state' | 'startedAt' | 'schedule'>) =>
  state === 'paused' && startedAt === null && schedule !== null ? 'scheduled' : 'running';

const COMMANDS: readonly Command[] = ['schedule', 'unschedule', 'start', 'pause', 'resume', 'cancel'];

/** What begins to send, or plans it, waits until a list has been read to its end. */
const NEEDS_WHOLE_LIST: ReadonlySet<Command> = new Set(['schedule', 'start', 'resume']);

export function allowedActions({ state, openImport }: Pick<Campaign, 'state' | 'openImport'>): readonly Command[] {
  return COMMANDS.filter((command) => MOVES[state][command] && !(openImport && NEEDS_WHOLE_LIST.has(command)));
}

/** The letter before any recipient is merged in. */
export type Content = {
  readonly subject: string;
  readonly from: { readonly address: string; readonly name?: string | undefined };
  readonly replyTo?: string | undefined;
  readonly html: string;
  /** Without it the text part is derived from the HTML once per campaign. */
  readonly text?: string | undefined;
  readonly listUnsubscribe?: { readonly url?: string | undefined; readonly mailto?: string | undefined } | undefined;
};

/** What happens to a recipient whose letter may or may not have been accepted (RFC 1047). */
export type OnUncertain = 'hold' | 'resend';

/** Sums of the import reports of a campaign; `accepted` is the number of its ledger rows. */
export type ImportTotals = {
  readonly accepted: number;
  readonly duplicate: number;
  readonly suppressed: number;
  readonly rejected: number;
};

export type Campaign = {
  readonly id: string;
  readonly name: string;
  readonly state: CampaignState;
  readonly version: number;
  readonly content: Content;
  readonly onUncertain: OnUncertain;
  /** How long after its first attempt a recipient that was not accepted ends as `expired`, ms. */
  readonly giveUpAfterMs: number;
  readonly schedule: Schedule | null;
  /** Why a person is needed; set exactly while `blocked`. */
  readonly blockedBecause: string | null;
  /** Columns that every import of this campaign brought; merge fields are checked against them. */
  readonly columns: readonly string[];
  /** Recipients of slices numbered below this are visible; an import under way writes at or above it. */
  readonly sliceCount: number;
  readonly totals: ImportTotals;
  /** The import under way, if any: only one at a time, and none may be open at the start. */
  readonly openImport: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  /** When its first letter could start: the Date of every letter, whatever the attempt. */
  readonly openedAt?: Date | null;
  /** Set by whoever resumes it after a block for letters that can't be rendered, without mending them. */
  readonly skipsUnrenderable?: boolean;
  readonly finishedAt: Date | null;
};
