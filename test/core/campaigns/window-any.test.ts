import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemZones } from '../../../src/adapters/zones.ts';
import type { SendWindow, Weekday } from '../../../src/core/campaigns/schedule.ts';
import { closesAt, isOpen, makeGate, nextOpening, openings } from '../../../src/core/campaigns/window.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const WEEK: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const zones = systemZones();
const at = (iso: string) => Date.parse(iso);

// --- an independent oracle: Intl's clock, read every few minutes, that waits instead of going back -----------------

const formats = new Map<string, Intl.DateTimeFormat>();
const OPTIONS = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
} as const;

/** What a clock in the zone reads, as minutes of a calendar without zones. */
function wallClock(ms: number, zone: string): number {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en-US', { ...OPTIONS, timeZone: zone });
  formats.set(zone, format);
  const found = /(\d+)\/(\d+)\/(\d+), (\d+):(\d+)/.exec(format.format(ms))!.slice(1).map(Number);
  const [month, day, year, hour, minute] = found as [number, number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute) / MINUTE;
}

function openByHand(windows: readonly SendWindow[], readings: ReadonlyMap<string, number>): boolean {
  return windows.some(({ days, from, until, zone }) => {
    const reading = readings.get(zone)!;
    const minute = ((reading % 1440) + 1440) % 1440;
    const today = WEEK[(new Date(reading * MINUTE).getUTCDay() + 6) % 7]!;
    const yesterday = WEEK[(WEEK.indexOf(today) + 6) % 7]!;
    const [begin, end] = [from, until].map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) as [
      number,
      number,
    ];
    if (begin < end) return days.includes(today) && begin <= minute && minute < end;
    return (days.includes(today) && begin <= minute) || (days.includes(yesterday) && minute < end);
  });
}

/** Compares from a day after `from`, so that the clock has had time to wait out a change. */
function compareWithOracle(windows: readonly SendWindow[], from: number, length: number, step: number): void {
  const readings = new Map<string, number>();
  const gate = makeGate(windows, zones);
  for (let now = from; now < from + length; now += step * MINUTE) {
    for (const { zone } of windows) readings.set(zone, Math.max(readings.get(zone) ?? 0, wallClock(now, zone)));
    if (now < from + DAY) continue;
    const expected = openByHand(windows, readings);
    const found = [isOpen(windows, now, zones), gate(now).open];
    if (found.some((open) => open !== expected))
      throw new Error(
        `${new Date(now).toISOString()}: ${expected} by hand, ${found} found; ${JSON.stringify(windows)}`,
      );
  }
}

/** Midnights (UTC) before the days of a year on which the zone's clock is changed. */
function changeDays(zone: string, year: number): number[] {
  const found: number[] = [];
  const offset = (ms: number) => wallClock(ms, zone) - ms / MINUTE;
  for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += DAY)
    if (offset(day) !== offset(day + DAY)) found.push(day);
  return found;
}

const ALL_ZONES = [...Intl.supportedValuesOf('timeZone'), 'UTC'];
const CHANGING = ALL_ZONES.filter((zone) => changeDays(zone, 2026).length > 0);

const time = (step: number) =>
  fc
    .integer({ min: 0, max: 1440 / step - 1 })
    .map((count) => new Date(count * step * MINUTE).toISOString().slice(11, 16));
const someWindow = (step: number, zone: fc.Arbitrary<string>) =>
  fc
    .record({
      days: fc.uniqueArray(fc.constantFrom(...WEEK), { minLength: 1, maxLength: 7 }),
      from: time(step),
      until: fc.oneof({ arbitrary: time(step), weight: 9 }, { arbitrary: fc.constant('24:00'), weight: 1 }),
      zone,
    })
    .filter(({ from, until }) => from !== until);
const someWindows = (step = 5, zone: fc.Arbitrary<string> = fc.constantFrom(...ALL_ZONES)) =>
  fc.array(someWindow(step, zone), { minLength: 1, maxLength: 3 });
const someInstant = fc.integer({ min: at('2020-01-01T00:00Z') / MINUTE, max: at('2035-12-31T00:00Z') / MINUTE });

describe('any windows, in any zone', { timeout: 300_000 }, () => {
  test('are open when a clock on the wall there says so, on the days around a clock change', () => {
    const nearChange = fc
      .tuple(fc.constantFrom(...CHANGING), fc.integer({ min: 2020, max: 2035 }), fc.nat(1))
      .chain(([zone, year, which]) => {
        const days = changeDays(zone, year);
        const from = days[which % (days.length || 1)] ?? Date.UTC(year, 2, 29);
        // Windows that begin or end in the night of the change are the ones that can go wrong.
        return fc.tuple(someWindows(5, fc.constant(zone)), fc.constant(from - DAY));
      });
    fc.assert(
      fc.property(nearChange, ([windows, from]) => compareWithOracle(windows, from, 4 * DAY, 5)),
      { numRuns: 80 },
    );
  });

  test('are open when a clock on the wall there says so, in every zone of the list', () => {
    for (const [index, zone] of ALL_ZONES.entries()) {
      const [windows] = fc.sample(someWindows(5, fc.constant(zone)), { numRuns: 1, seed: index });
      const year = 2020 + (index % 16);
      const from = changeDays(zone, year)[0] ?? Date.UTC(year, 5, 1 + (index % 28));
      compareWithOracle(windows!, from - DAY, 3 * DAY, 15);
    }
  });

  test('are open to the minute when a clock on the wall there says so', () => {
    fc.assert(
      fc.property(someWindows(1), someInstant, (windows, from) =>
        compareWithOracle(windows, from * MINUTE, 2 * DAY, 1),
      ),
      { numRuns: 25 },
    );
  });

  test('begin and end exactly where their openings say, with nothing open between', () => {
    fc.assert(
      fc.property(someWindows(), someInstant, fc.double({ min: 0, max: 1, noNaN: true }), (windows, minute, share) => {
        const from = minute * MINUTE;
        const found = openings(windows, from, 4, zones);
        for (const [index, { opensAt, closesAt }] of found.entries()) {
          if (closesAt === null) continue;
          expect(opensAt).toBeLessThan(closesAt);
          expect(closesAt).toBeGreaterThan(from);
          const open = [opensAt, Math.floor(opensAt + (closesAt - 1 - opensAt) * share), closesAt - 1];
          const before = found[index - 1]?.closesAt ?? opensAt - 1;
          const shut = [closesAt, opensAt - 1, Math.floor(before + (opensAt - 1 - before) * share)];
          expect(open.map((now) => isOpen(windows, now, zones))).toEqual([true, true, true]);
          expect(shut.map((now) => isOpen(windows, now, zones))).toEqual([false, false, false]);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('have a next opening that is open, and none sooner', () => {
    fc.assert(
      fc.property(someWindows(), someInstant, fc.double({ min: 0, max: 1, noNaN: true }), (windows, minute, share) => {
        const now = minute * MINUTE;
        const next = nextOpening(windows, now, zones)!;
        expect(isOpen(windows, next, zones)).toBe(true);
        expect(next === now).toBe(isOpen(windows, now, zones));
        if (next > now) expect(isOpen(windows, Math.floor(now + (next - 1 - now) * share), zones)).toBe(false);
        const end = closesAt(windows, next, zones);
        if (end !== null) expect([end - 1, end].map((ms) => isOpen(windows, ms, zones))).toEqual([true, false]);
      }),
      { numRuns: 150 },
    );
  });

  test('give the gate the same answer in whatever order it is asked', () => {
    const times = fc.array(fc.integer({ min: 0, max: 9 * 24 * 60 }), { minLength: 5, maxLength: 30 });
    fc.assert(
      fc.property(someWindows(), someInstant, times, (windows, start, offsets) => {
        const gate = makeGate(windows, zones);
        for (const offset of offsets) {
          const now = (start + offset) * MINUTE;
          const { open, until } = gate(now);
          expect(open).toBe(isOpen(windows, now, zones));
          if (until === null) continue;
          expect(until).toBeGreaterThan(now);
          expect([until - 1, until].map((ms) => isOpen(windows, ms, zones))).toEqual([open, !open]);
        }
      }),
      { numRuns: 80 },
    );
  });
});
