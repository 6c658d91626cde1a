import { describe, expect, test } from 'vitest';
import { systemZones } from '../../../src/adapters/zones.ts';
import type { MissedStart, SendWindow, Weekday } from '../../../src/core/campaigns/schedule.ts';
import {
  closesAt,
  isOpen,
  makeGate,
  nextOpening,
  openings,
  scheduleStart,
  validateWindow,
} from '../../../src/core/campaigns/window.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEK: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const zones = systemZones();

const daily = (from: string, until: string, zone: string): SendWindow => ({ days: WEEK, from, until, zone });
const at = (iso: string) => Date.parse(iso);
const iso = (ms: number | null | undefined) => (typeof ms === 'number' ? new Date(ms).toISOString().slice(0, 16) : ms);
const spans = (windows: readonly SendWindow[], from: string, count: number) =>
  openings(windows, at(from), count, zones).map((found) => `${iso(found.opensAt)} ${iso(found.closesAt)}`);

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
