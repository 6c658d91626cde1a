/** When a campaign may send. */

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** Off-peak hours in local time; `until` at or before `from` runs past midnight and belongs to the day it began. */
export type SendWindow = {
  readonly days: readonly Weekday[];
  /** Local time of day, HH:MM. */
  readonly from: string;
  readonly until: string;
  /** IANA zone name. */
  readonly zone: string;
};

export type MissedStart = 'nextWindow' | 'now' | 'hold';

export type Schedule = {
  readonly startAt: Date | null;
  /** Empty: every hour is open. */
  readonly windows: readonly SendWindow[];
  /** After this instant whoever is still waiting ends as `expired`. */
  readonly deadline: Date | null;
  readonly missedStart: MissedStart;
};
