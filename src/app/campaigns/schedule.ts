import { type Campaign, type CampaignState, move } from '../../core/campaigns/campaign.ts';
import type { MissedStart, Schedule, SendWindow } from '../../core/campaigns/schedule.ts';
import { isOpen, openings, validateWindow, type Zones } from '../../core/campaigns/window.ts';
import { fail, ok } from '../../core/result.ts';
import type { RouteStore } from '../lanes/ports.ts';
import type { Clock } from '../ports.ts';
import { type Fault, noSuch, type Outcome, refuse } from '../problem.ts';
import { checkLetter } from './content.ts';
import { toProblem } from './control.ts';
import type { CampaignStore, LetterPress, RecipientReader } from './ports.ts';
import { checkReady } from './ready.ts';
import { isCurrent, mismatch, type Versions } from './version.ts';

export type SchedulePlan = {
  readonly startAt?: Date | undefined;
  readonly windows?: readonly SendWindow[] | undefined;
  readonly deadline?: Date | undefined;
  readonly missedStart?: MissedStart | undefined;
};

export type Scheduled = {
  readonly campaign: Campaign;
  readonly schedule: Schedule;
  readonly state: CampaignState;
  readonly nextOpenings: readonly LocalOpening[];
};

type Deps = {
  readonly campaigns: Pick<CampaignStore, 'get' | 'update'>;
  readonly recipients: Pick<RecipientReader, 'list'>;
  readonly routes: Pick<RouteStore, 'routing'>;
  readonly press: LetterPress;
  readonly zones: Zones;
  readonly clock: Clock;
};

/** Clocks differ a little, and a request takes its time. */
const GRACE_MS = 60_000;
const HORIZON_MS = 2 * 366 * 86_400_000;
const OPENINGS = 5;
const ROUNDS = 5;

export function makeScheduleCampaign({ campaigns, recipients, routes, press, zones, clock }: Deps) {
  /** A dry run judges the plan and the letter, though the list or the routing be missing yet, and changes nothing. */
  return async function scheduleCampaign(
    id: string,
    plan: SchedulePlan,
    dryRun: boolean,
    versions: Versions = null,
  ): Promise<Outcome<Scheduled>> {
    const now = clock.now();
    for (let round = 0; round < ROUNDS; round++) {
      const campaign = await campaigns.get(id);
      if (!campaign) return noSuch('campaign');
      if (!isCurrent(versions, campaign)) return mismatch();
      const next = move(campaign, 'schedule');
      if (!next.ok) return fail(toProblem(next.error));

      const faults = faultsOf(plan, now, zones);
      if (faults.length > 0) return refuse('schedule.invalid', 'The schedule can not be kept.', { errors: faults });
      const schedule = toSchedule(plan, zones);
      const openings = nextOpenings(schedule, now, OPENINGS, zones);
      if (openings.length === 0) return refuse('schedule.invalid', NEVER.detail, { errors: [NEVER] });
      if (dryRun) {
        const letter = checkLetter(press, campaign);
        return letter.ok ? ok({ campaign, schedule, state: campaign.state, nextOpenings: openings }) : letter;
      }

      const ready = await checkReady({ routes, press, recipients }, campaign);
      if (!ready.ok) return ready;
      const patch = { schedule, state: next.value.state, updatedAt: new Date(now) };
      const updated = await campaigns.update(id, campaign.version, patch);
      if (updated) return ok({ campaign: updated, schedule, state: updated.state, nextOpenings: openings });
    }
    return refuse('campaign.changedMeanwhile', 'The campaign keeps changing; try again.');
  };
}

const NEVER: Fault = {
  pointer: '/windows',
  code: 'schedule.never',
  detail: 'No window opens between the start and the deadline.',
};

function toSchedule(plan: SchedulePlan, zones: Zones): Schedule {
  return {
    startAt: plan.startAt ?? null,
    windows: (plan.windows ?? []).map((window) => ({ ...window, zone: zones.known(window.zone) ?? window.zone })),
    deadline: plan.deadline ?? null,
    missedStart: plan.missedStart ?? 'nextWindow',
  };
}

function faultsOf({ startAt, windows = [], deadline }: SchedulePlan, now: number, zones: Zones): Fault[] {
  const start = startAt?.getTime() ?? now;
  const end = deadline?.getTime();
  const isTooFar = (at: number) => at > now + HORIZON_MS;
  const faults: (Fault | false)[] = [
    start < now - GRACE_MS && {
      pointer: '/startAt',
      code: 'schedule.past',
      detail: 'The start is in the past; leave it out to start as soon as the windows allow.',
    },
    isTooFar(start) && {
      pointer: '/startAt',
      code: 'schedule.tooFar',
      detail: 'The start is more than two years away.',
    },
    end !== undefined &&
      end <= Math.max(start, now) && {
        pointer: '/deadline',
        code: 'schedule.deadlineBeforeStart',
        detail: 'The deadline is not after the start.',
      },
    end !== undefined &&
      isTooFar(end) && {
        pointer: '/deadline',
        code: 'schedule.tooFar',
        detail: 'The deadline is more than two years away.',
      },
  ];
  const ofWindows = windows.flatMap((window, at) =>
    validateWindow(window, zones).map((fault) => ({ ...fault, pointer: `/windows/${at}${fault.pointer}` })),
  );
  return [...faults.filter((fault) => fault !== false), ...ofWindows];
}

/** An opening of a schedule, in UTC and on the clock of its window. */
export type LocalOpening = {
  readonly opensAt: Date;
  readonly closesAt: Date | null;
  /** RFC 9557, such as 2026-11-24T22:00:00+01:00[Europe/Berlin]. */
  readonly local: string;
  readonly localClosesAt: string | null;
};

const MINUTE = 60_000;
const two = (value: number) => String(value).padStart(2, '0');

export function localText(at: number, zone: string, zones: Zones): string {
  const { year, month, day, minute } = zones.localOf(at, zone);
  const seconds = Math.floor((at % MINUTE) / 1_000);
  const reading = Date.UTC(year, month - 1, day) + minute * MINUTE;
  const offset = Math.round((reading - Math.floor(at / MINUTE) * MINUTE) / MINUTE);
  const sign = offset < 0 ? '-' : '+';
  const shift = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const time = `${two(Math.floor(minute / 60))}:${two(minute % 60)}:${two(seconds)}`;
  return `${year}-${two(month)}-${two(day)}T${time}${shift}[${zone}]`;
}

/** Openings from `now` or the start on, cut at the deadline; the first may be under way. */
export function nextOpenings(schedule: Schedule, now: number, count: number, zones: Zones): LocalOpening[] {
  const { windows } = schedule;
  const from = Math.max(now, schedule.startAt?.getTime() ?? now);
  const end = schedule.deadline?.getTime() ?? Number.POSITIVE_INFINITY;
  return openings(windows, from, count, zones)
    .map((opening) => ({ opensAt: Math.max(from, opening.opensAt), closesAt: Math.min(opening.closesAt ?? end, end) }))
    .filter(({ opensAt }) => opensAt < end)
    .map(({ opensAt, closesAt }) => {
      const zone = windows.find((window) => isOpen([window], opensAt, zones))?.zone ?? 'UTC';
      const ends = Number.isFinite(closesAt);
      return {
        opensAt: new Date(opensAt),
        closesAt: ends ? new Date(closesAt) : null,
        local: localText(opensAt, zone, zones),
        localClosesAt: ends ? localText(closesAt, zone, zones) : null,
      };
    });
}
