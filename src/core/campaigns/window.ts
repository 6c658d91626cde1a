import type { Schedule, SendWindow, Weekday } from './schedule.ts';

/**
 * Which instants a campaign may use. A window opens when a clock in its zone first reads `from` or later on one of its
 * days, and closes when that clock first reads `until` or later. So a start that a clock change skips moves to the end of
 * the gap, a window that lies in the gap does not open that day, and a doubled hour counts once, from its first reading.
 * All instants are milliseconds since the epoch.
 */

export type LocalDate = { readonly year: number; readonly month: number; readonly day: number };
export type LocalTime = LocalDate & { readonly weekday: Weekday; readonly minute: number };

export type Zones = {
  /** The canonical name of an IANA zone, or null when there is none of that name. */
  known(zone: string): string | null;
  /** Temporal's `compatible` rule: a skipped local time moves forward by the gap, a doubled one takes the first. */
  instantOf(date: LocalDate, minute: number, zone: string): number;
  localOf(at: number, zone: string): LocalTime;
};

/** A stretch of open time; `closesAt: null` when no end is in sight. */
export type Opening = { readonly opensAt: number; readonly closesAt: number | null };

export type WindowFault = {
  readonly pointer: string;
  readonly code: 'window.time' | 'window.zone' | 'window.days' | 'window.empty';
  readonly detail: string;
};

const WEEKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const MINUTE = 60_000;
const DAY = 86_400_000;
const DAY_MINUTES = 1_440;
/** No clock is further ahead of UTC. */
const MOST_AHEAD = 14 * 60 * MINUTE;
/** Days, a year of clock changes: open time as long as that counts as endless, closed time as for good. */
const HORIZON = 370;
/** Days to look back for the start of an opening: a week, and another where a clock change swallowed its only gap. */
const LOOK_BACK = 16;

type Span = { readonly opensAt: number; readonly closesAt: number };

export function isOpen(windows: readonly SendWindow[], now: number, zones: Zones): boolean {
  if (windows.length === 0) return true;
  const today = Math.floor(now / DAY);
  // The local date may differ by one from that of UTC, and a window over midnight began the day before.
  for (let day = today - 2; day <= today + 1; day++) {
    if (spansOf(windows, day, zones).some((span) => span.opensAt <= now && now < span.closesAt)) return true;
  }
  return false;
}

/** `now` while open; null when the windows never open. */
export function nextOpening(windows: readonly SendWindow[], now: number, zones: Zones): number | null {
  const [next] = openings(windows, now, 1, zones);
  return next ? Math.max(now, next.opensAt) : null;
}

/** The end of the open time around `now`, adjoining windows taken as one; `now` while closed, null when always open. */
export function closesAt(windows: readonly SendWindow[], now: number, zones: Zones): number | null {
  const [next] = openings(windows, now, 1, zones);
  return next && next.opensAt <= now ? next.closesAt : now;
}

/** The next `count` openings, overlapping and adjoining windows merged; one that is open at `from` has its true start. */
export function openings(windows: readonly SendWindow[], from: number, count: number, zones: Zones): Opening[] {
  if (count < 1) return [];
  if (coverTheWeek(windows)) return [{ opensAt: from, closesAt: null }];
  const today = Math.floor(from / DAY);
  const near = openingsSince(windows, today - LOOK_BACK, from, count, zones);
  // Windows of several zones may leave no gap for months: then its start lies further back.
  const isCut = near[0] && near[0].opensAt < (today - LOOK_BACK + 2) * DAY;
  return isCut ? openingsSince(windows, today - HORIZON, from, count, zones) : near;
}

function openingsSince(windows: readonly SendWindow[], day: number, from: number, count: number, zones: Zones) {
  const found: Opening[] = [];
  for (const opening of merged(windows, day, zones)) {
    if (opening.closesAt !== null && opening.closesAt <= from) continue;
    if (found.push(opening) === count) break;
  }
  return found;
}

export type GateAnswer = { readonly open: boolean; readonly until: number | null };

/** For every letter: whether it may go, and until when that answer holds (null: for good). Remembers the stretch it is in. */
export function makeGate(windows: readonly SendWindow[], zones: Zones): (now: number) => GateAnswer {
  let holds = { from: 0, to: 0 };
  let answer: GateAnswer = { open: false, until: null };
  return (now) => {
    if (now < holds.from || now >= holds.to) {
      const [next] = openings(windows, now, 1, zones);
      const open = next !== undefined && next.opensAt <= now;
      answer = { open, until: (open ? next.closesAt : next?.opensAt) ?? null };
      holds = { from: now, to: answer.until ?? now + 7 * DAY };
    }
    return answer;
  };
}

/** Faults of one window; pointers are relative to it. */
export function validateWindow(window: SendWindow, zones: Pick<Zones, 'known'>): WindowFault[] {
  const { days } = window;
  const from = minuteOf(window.from);
  const until = window.until === '24:00' ? DAY_MINUTES : minuteOf(window.until);
  const faults: (WindowFault | false)[] = [
    (days.length === 0 || new Set(days).size < days.length || days.some((day) => !WEEKDAYS.includes(day))) && {
      pointer: '/days',
      code: 'window.days',
      detail: `Name at least one day, each once, out of ${WEEKDAYS.join(', ')}.`,
    },
    from === null && { pointer: '/from', code: 'window.time', detail: 'A time of day is HH:MM from 00:00 to 23:59.' },
    until === null && { pointer: '/until', code: 'window.time', detail: 'A time of day is HH:MM from 00:00 to 24:00.' },
    from !== null &&
      from === until && {
        pointer: '/until',
        code: 'window.empty',
        detail: 'The window ends as it begins. For a whole day say 00:00 until 24:00.',
      },
    zones.known(window.zone) === null && {
      pointer: '/zone',
      code: 'window.zone',
      detail: 'Not a time zone of the IANA list, such as Europe/Paris or UTC. Offsets such as +02:00 are not taken.',
    },
  ];
  return faults.filter((fault) => fault !== false);
}

export type Start =
  /** Opens at `at`: `now` at once, `startAt` as asked, `window` when the windows next allow it. */
  | {
      readonly kind: 'opens';
      readonly at: number;
      readonly why: 'now' | 'startAt' | 'window';
      readonly missed: boolean;
    }
  /** Missed, and a person must resume it; `openedAt` is when it would have opened. */
  | { readonly kind: 'hold'; readonly openedAt: number }
  /** The windows never open. */
  | { readonly kind: 'never' };

/**
 * When a scheduled campaign opens. `isLate`: `startAt` passed while nobody ran. A late start is missed once the opening
 * that it would have used is over; without windows every late start is. Nothing ever opens outside the windows.
 */
export function scheduleStart(
  schedule: Pick<Schedule, 'startAt' | 'windows' | 'missedStart'>,
  now: number,
  isLate: boolean,
  zones: Zones,
): Start {
  const { windows, missedStart } = schedule;
  const startAt = schedule.startAt?.getTime() ?? now;
  const openedAt = nextOpening(windows, startAt, zones);
  if (openedAt === null) return { kind: 'never' };

  const usableUntil = windows.length === 0 ? startAt : closesAt(windows, openedAt, zones);
  const missed = isLate && startAt < now && usableUntil !== null && usableUntil <= now;
  if (missed && missedStart === 'hold') return { kind: 'hold', openedAt };

  const earliest = Math.max(startAt, now);
  const at =
    missed && missedStart === 'nextWindow' ? nextBeginning(windows, now, zones) : nextOpening(windows, earliest, zones);
  if (at === null) return { kind: 'never' };
  return { kind: 'opens', at, why: at === now ? 'now' : at === startAt ? 'startAt' : 'window', missed };
}

/** The next opening that begins at `now` or later, not one under way; `now` where there is no such thing. */
function nextBeginning(windows: readonly SendWindow[], now: number, zones: Zones): number | null {
  const next = openings(windows, now, 2, zones).find((opening) => opening.opensAt >= now);
  return next?.opensAt ?? nextOpening(windows, now, zones);
}

/** Merged stretches from a day on, in order. A day is a calendar date counted from 1970-01-01, whatever the zone. */
function* merged(windows: readonly SendWindow[], firstDay: number, zones: Zones): Generator<Opening> {
  let pending: Span[] = [];
  let begun = firstDay;
  for (let day = firstDay; ; day++) {
    pending = merge([...pending, ...spansOf(windows, day, zones)]);
    // What a later day brings opens after this, so that nothing before it can still grow.
    const settled = (day + 1) * DAY - MOST_AHEAD;
    while (pending[0] && pending[0].closesAt < settled) {
      yield pending.shift()!;
      begun = day;
    }
    if (day - begun > HORIZON) {
      if (pending[0]) yield { opensAt: pending[0].opensAt, closesAt: null };
      return;
    }
  }
}

function merge(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.opensAt - b.opensAt)) {
    const last = result.at(-1);
    if (!last || span.opensAt > last.closesAt) result.push(span);
    else result[result.length - 1] = { ...last, closesAt: Math.max(last.closesAt, span.closesAt) };
  }
  return result;
}

/** The stretches that begin on a date, unmerged. */
function spansOf(windows: readonly SendWindow[], day: number, zones: Zones): Span[] {
  const weekday = WEEKDAYS[(((day + 3) % 7) + 7) % 7]!;
  return windows
    .filter((window) => window.days.includes(weekday))
    .map((window) => {
      const { from, until } = minutesOf(window);
      return { opensAt: reaching(day, from, window.zone, zones), closesAt: reaching(day, until, window.zone, zones) };
    })
    .filter((span) => span.opensAt < span.closesAt);
}

/** The first instant at which a clock in the zone reads this date and minute or later. */
function reaching(day: number, minute: number, zone: string, zones: Zones): number {
  const wanted = day * DAY_MINUTES + minute;
  const reading = (at: number) => {
    const local = zones.localOf(at, zone);
    return Date.UTC(local.year, local.month - 1, local.day) / MINUTE + local.minute;
  };
  const date = new Date(Math.floor(wanted / DAY_MINUTES) * DAY);
  const at = zones.instantOf(
    { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
    minute % DAY_MINUTES,
    zone,
  );
  const gap = reading(at) - wanted;
  if (gap === 0) return at;
  // The time was skipped, and `at` lies behind the gap by as much as it lay inside: find the end of the gap.
  let [before, after] = [at - gap * MINUTE, at];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (reading(middle) < wanted) before = middle;
    else after = middle;
  }
  return after;
}

/** Minutes from the start of the day on which the window begins. */
function minutesOf(window: SendWindow): { readonly from: number; readonly until: number } {
  const from = minuteOf(window.from) ?? Number.NaN;
  const until = window.until === '24:00' ? DAY_MINUTES : (minuteOf(window.until) ?? Number.NaN);
  return { from, until: until <= from ? until + DAY_MINUTES : until };
}

function minuteOf(text: string): number | null {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}

/** Whether the windows of one zone leave no minute of the week out. */
function coverTheWeek(windows: readonly SendWindow[]): boolean {
  if (windows.length === 0) return true;
  return [...new Set(windows.map((window) => window.zone))].some((zone) => {
    const week = 7 * DAY_MINUTES;
    const spans = windows
      .filter((window) => window.zone === zone)
      .flatMap((window) =>
        window.days.flatMap((day) => {
          const { from, until } = minutesOf(window);
          const start = WEEKDAYS.indexOf(day) * DAY_MINUTES;
          // Once more a week earlier, for what runs from Sunday into Monday.
          return [start, start - week].map((at) => ({ opensAt: at + from, closesAt: at + until }));
        }),
      );
    return merge(spans).some((span) => span.opensAt <= 0 && span.closesAt >= week);
  });
}
