import type { Schedule } from '../../core/campaigns/schedule.ts';
import { isOpen, openings, type Zones } from '../../core/campaigns/window.ts';

/** The next openings of a schedule, in UTC and on the clock of their window. */

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
