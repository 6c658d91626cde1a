import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemZones } from '../../src/adapters/zones.ts';
import type { MissedStart, SendWindow, Weekday } from '../../src/core/schedule.ts';
import {
  closesAt,
  isOpen,
  makeGate,
  nextOpening,
  openings,
  scheduleStart,
  validateWindow,
} from '../../src/core/window.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const zones = systemZones();

const daily = (from: string, until: string, zone: string): SendWindow => ({ days: WEEK, from, until, zone });
const at = (iso: string) => Date.parse(iso);
const iso = (ms: number | null | undefined) => (typeof ms === 'number' ? new Date(ms).toISOString().slice(0, 16) : ms);
const spans = (windows: readonly SendWindow[], from: string, count: number) =>
  openings(windows, at(from), count, zones).map((found) => `${iso(found.opensAt)} ${iso(found.closesAt)}`);

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
      throw new Error(`${iso(now)}: ${expected} by hand, ${found} found; ${JSON.stringify(windows)}`);
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

describe('on the days of a clock change', () => {
  // Paris: 2026-03-29 01:00 UTC 02:00 -> 03:00, 2026-10-25 01:00 UTC 03:00 -> 02:00.
  test.each([
    ['a start at 02:30 that is skipped moves to 03:00', '02:30', '06:00', '2026-03-29T01:00 2026-03-29T04:00'],
    ['an end at 02:30 that is skipped is at 03:00', '00:00', '02:30', '2026-03-28T23:00 2026-03-29T01:00'],
    ['a window that starts in the gap and ends soon after', '02:30', '03:15', '2026-03-29T01:00 2026-03-29T01:15'],
    ['01:00 to 03:00 lasts one hour', '01:00', '03:00', '2026-03-29T00:00 2026-03-29T01:00'],
  ])('spring in Paris: %s', (_, from, until, expected) => {
    expect(spans([daily(from, until, 'Europe/Paris')], '2026-03-28T22:50:00Z', 1)).toEqual([expected]);
  });

  test('spring in Paris: a window inside the gap does not open that day', () => {
    expect(spans([daily('02:10', '02:50', 'Europe/Paris')], '2026-03-28T12:00:00Z', 1)).toEqual([
      '2026-03-30T00:10 2026-03-30T00:50',
    ]);
  });

  test.each([
    ['a start at 02:30 is the first of the two', '02:30', '06:00', '2026-10-25T00:30 2026-10-25T05:00'],
    ['an end at 02:30 is the first of the two', '00:00', '02:30', '2026-10-24T22:00 2026-10-25T00:30'],
    ['02:10 to 02:50 opens once', '02:10', '02:50', '2026-10-25T00:10 2026-10-25T00:50'],
    ['01:00 to 03:00 lasts three hours', '01:00', '03:00', '2026-10-24T23:00 2026-10-25T02:00'],
  ])('autumn in Paris: %s', (_, from, until, expected) => {
    const [first, second] = spans([daily(from, until, 'Europe/Paris')], '2026-10-24T21:50:00Z', 2);
    expect(first).toBe(expected);
    expect(second?.slice(0, 10)).not.toBe('2026-10-25T01');
  });

  test('a night in Berlin, 22:00 to 06:00, is 7 and 9 hours long, and 8 on others', () => {
    const hours = (from: string) =>
      openings([daily('22:00', '06:00', 'Europe/Berlin')], at(from), 3, zones).map(
        (found) => (found.closesAt! - found.opensAt) / HOUR,
      );
    expect(hours('2026-03-27T12:00:00Z')).toEqual([8, 7, 8]);
    expect(hours('2026-10-23T12:00:00Z')).toEqual([8, 9, 8]);
  });

  test('Lord Howe changes by half an hour', () => {
    // 2026-04-04 15:00 UTC: 02:00 -> 01:30; 2026-10-03 15:30 UTC: 02:00 -> 02:30.
    const window = daily('01:00', '02:15', 'Australia/Lord_Howe');
    expect(spans([window], '2026-04-04T12:00:00Z', 1)).toEqual(['2026-04-04T14:00 2026-04-04T15:45']);
    expect(spans([window], '2026-10-03T12:00:00Z', 1)).toEqual(['2026-10-03T14:30 2026-10-03T15:30']);
  });

  test('a day that a zone skips whole has no window', () => {
    // Apia left out Friday 2011-12-30.
    const friday = { ...daily('08:00', '10:00', 'Pacific/Apia'), days: ['fri'] as const };
    expect(spans([friday], '2011-12-27T00:00:00Z', 1)).toEqual(['2012-01-05T18:00 2012-01-05T20:00']);
  });
});

describe('windows', () => {
  test('over midnight belong to the day they began', () => {
    const window = { ...daily('22:00', '06:00', 'UTC'), days: ['fri'] as const };
    expect(spans([window], '2026-07-01T00:00:00Z', 2)).toEqual([
      '2026-07-03T22:00 2026-07-04T06:00',
      '2026-07-10T22:00 2026-07-11T06:00',
    ]);
  });

  test('that overlap or adjoin are one opening, with its true start', () => {
    const windows = [daily('20:00', '24:00', 'UTC'), daily('00:00', '02:00', 'UTC'), daily('01:00', '03:00', 'UTC')];
    expect(spans(windows, '2026-07-02T02:30:00Z', 1)).toEqual(['2026-07-01T20:00 2026-07-02T03:00']);
    expect(iso(closesAt(windows, at('2026-07-01T23:00:00Z'), zones))).toBe('2026-07-02T03:00');
  });

  test('of different zones are told apart', () => {
    const windows = [daily('09:00', '10:00', 'Asia/Tokyo'), daily('09:00', '10:00', 'America/New_York')];
    expect(spans(windows, '2026-01-05T00:30:00Z', 2)).toEqual([
      '2026-01-05T00:00 2026-01-05T01:00',
      '2026-01-05T14:00 2026-01-05T15:00',
    ]);
  });

  test.each([
    ['none at all', []],
    ['whole days', [daily('00:00', '24:00', 'Europe/Paris')]],
    ['two halves of every day', [daily('20:00', '06:30', 'Asia/Tokyo'), daily('06:30', '20:00', 'Asia/Tokyo')]],
  ])('that cover the week are always open: %s', (_, windows) => {
    const now = at('2026-03-29T01:00:00Z');
    expect(isOpen(windows, now, zones)).toBe(true);
    expect(nextOpening(windows, now, zones)).toBe(now);
    expect(closesAt(windows, now, zones)).toBeNull();
    expect(openings(windows, now, 3, zones)).toEqual([{ opensAt: now, closesAt: null }]);
    expect(makeGate(windows, zones)(now)).toEqual({ open: true, until: null });
  });

  test('of two zones that cover the day together are open until a clock change parts them', () => {
    const windows = [daily('00:00', '12:00', 'Europe/Berlin'), daily('12:00', '24:00', 'Africa/Lagos')];
    expect(iso(closesAt(windows, at('2026-01-10T00:00:00Z'), zones))).toBe('2026-03-29T10:00');
    expect(spans(windows, '2026-03-20T00:00:00Z', 1)).toEqual(['2025-10-25T11:00 2026-03-29T10:00']);
    const all = [daily('00:00', '14:00', 'Europe/Berlin'), daily('12:00', '24:00', 'Africa/Lagos')];
    expect(closesAt(all, at('2026-01-10T00:00:00Z'), zones)).toBeNull();
  });

  test('that are shut close now, and have no end to wait for', () => {
    const now = at('2026-07-02T12:00:00Z');
    expect(closesAt([daily('20:00', '22:00', 'UTC')], now, zones)).toBe(now);
  });

  test('without a day never open', () => {
    const windows = [{ ...daily('20:00', '22:00', 'UTC'), days: [] }];
    expect(nextOpening(windows, at('2026-07-02T12:00:00Z'), zones)).toBeNull();
    expect(makeGate(windows, zones)(at('2026-07-02T12:00:00Z'))).toEqual({ open: false, until: null });
  });
});

describe('checking a window', () => {
  const good = daily('22:00', '06:00', 'Europe/Paris');
  test.each<[string, Partial<SendWindow>, string[]]>([
    ['a night is fine', {}, []],
    ['a whole day is fine', { from: '00:00', until: '24:00' }, []],
    ['an alias is fine', { zone: 'US/Eastern' }, []],
    ['no days', { days: [] }, ['/days window.days']],
    ['a day twice', { days: ['mon', 'mon'] }, ['/days window.days']],
    ['an unknown day', { days: ['noday' as Weekday] }, ['/days window.days']],
    ['a start at 24:00', { from: '24:00' }, ['/from window.time']],
    ['times that are none', { from: '7:00', until: '25:00' }, ['/from window.time', '/until window.time']],
    ['seconds', { until: '06:00:00' }, ['/until window.time']],
    ['no length', { from: '10:00', until: '10:00' }, ['/until window.empty']],
    ['midnight to midnight', { from: '00:00', until: '00:00' }, ['/until window.empty']],
    ['a misspelt zone', { zone: 'Europe/Pariss' }, ['/zone window.zone']],
    ['an offset', { zone: '+02:00' }, ['/zone window.zone']],
    [
      'everything at once',
      { days: [], from: 'x', zone: '' },
      ['/days window.days', '/from window.time', '/zone window.zone'],
    ],
  ])('%s', (_, change, expected) => {
    const found = validateWindow({ ...good, ...change }, zones).map(({ pointer, code }) => `${pointer} ${code}`);
    expect(found).toEqual(expected);
  });
});

describe('the start of a scheduled campaign', () => {
  const NIGHT = [daily('22:00', '06:00', 'UTC')];
  const start = (given: {
    startAt?: string;
    now: string;
    late?: boolean;
    missedStart?: MissedStart;
    windows?: readonly SendWindow[];
  }) => {
    const { startAt, windows = NIGHT, missedStart = 'nextWindow', late = false } = given;
    const schedule = { startAt: startAt ? new Date(`${startAt}Z`) : null, windows, missedStart };
    const found = scheduleStart(schedule, at(`${given.now}Z`), late, zones);
    if (found.kind === 'opens') return `${iso(found.at)} ${found.why}${found.missed ? ' missed' : ''}`;
    return found.kind === 'hold' ? `hold ${iso(found.openedAt)}` : found.kind;
  };

  test('without a time is the next opening', () => {
    expect(start({ now: '2026-07-01T12:00' })).toBe('2026-07-01T22:00 window');
    expect(start({ now: '2026-07-01T23:00' })).toBe('2026-07-01T23:00 now');
    expect(start({ now: '2026-07-01T12:00', windows: [] })).toBe('2026-07-01T12:00 now');
  });

  test('with a time to come is the next opening from then', () => {
    expect(start({ startAt: '2026-07-02T23:00', now: '2026-07-01T23:00' })).toBe('2026-07-02T23:00 startAt');
    expect(start({ startAt: '2026-07-02T12:00', now: '2026-07-01T23:00' })).toBe('2026-07-02T22:00 window');
    expect(start({ startAt: '2026-07-02T12:00', now: '2026-07-01T23:00', windows: [] })).toBe(
      '2026-07-02T12:00 startAt',
    );
  });

  test('on time is now when open', () => {
    expect(start({ startAt: '2026-07-01T23:00', now: '2026-07-01T23:00' })).toBe('2026-07-01T23:00 now');
    expect(start({ startAt: '2026-07-01T12:00', now: '2026-07-01T12:01' })).toBe('2026-07-01T22:00 window');
  });

  const each = ['nextWindow', 'now', 'hold'] as const;
  test.each(each)('late within the opening it was meant for is not missed, and starts at once (%s)', (missedStart) => {
    for (const startAt of ['2026-07-01T23:00', '2026-07-01T12:00'])
      expect(start({ startAt, now: '2026-07-02T05:59', late: true, missedStart })).toBe('2026-07-02T05:59 now');
  });

  test.each(each)('late before that opening has even begun is not missed (%s)', (missedStart) => {
    expect(start({ startAt: '2026-07-01T12:00', now: '2026-07-01T15:00', late: true, missedStart })).toBe(
      '2026-07-01T22:00 window',
    );
  });

  test.each([
    ['nextWindow', '2026-07-02T06:00', '2026-07-02T22:00 window missed'],
    ['nextWindow', '2026-07-02T22:00', '2026-07-02T22:00 now missed'],
    ['nextWindow', '2026-07-02T23:00', '2026-07-03T22:00 window missed'],
    ['now', '2026-07-02T06:00', '2026-07-02T22:00 window missed'],
    ['now', '2026-07-02T23:00', '2026-07-02T23:00 now missed'],
    ['hold', '2026-07-02T06:00', 'hold 2026-07-01T23:00'],
    ['hold', '2026-07-02T23:00', 'hold 2026-07-01T23:00'],
  ] as const)('missed, with %s at %s: %s', (missedStart, now, expected) => {
    expect(start({ startAt: '2026-07-01T23:00', now, late: true, missedStart })).toBe(expected);
  });

  test.each([
    ['nextWindow', '2026-07-01T12:05 now missed'],
    ['now', '2026-07-01T12:05 now missed'],
    ['hold', 'hold 2026-07-01T12:00'],
  ] as const)('without windows every late start is missed: %s', (missedStart, expected) => {
    const late = { startAt: '2026-07-01T12:00', now: '2026-07-01T12:05', late: true };
    expect(start({ ...late, windows: [], missedStart })).toBe(expected);
  });

  test('never comes when no window ever opens', () => {
    expect(start({ now: '2026-07-01T12:00', windows: [{ ...NIGHT[0]!, days: [] }] })).toBe('never');
  });
});
