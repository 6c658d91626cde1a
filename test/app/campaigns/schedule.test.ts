import { describe, expect, test } from 'vitest';
import { systemZones } from '../../../src/adapters/zones.ts';
import { localText, nextOpenings } from '../../../src/app/campaigns/schedule.ts';
import type { Schedule } from '../../../src/core/campaigns/schedule.ts';

const zones = systemZones();
const at = (text: string) => Date.parse(text);
const PLAN: Schedule = { startAt: null, windows: [], deadline: null, missedStart: 'now' };

describe('an instant on a local clock', () => {
  test.each([
    ['2026-11-24T21:00:00Z', 'Europe/Berlin', '2026-11-24T22:00:00+01:00[Europe/Berlin]'],
    ['2026-07-01T00:00:09Z', 'America/New_York', '2026-06-30T20:00:09-04:00[America/New_York]'],
    ['2026-07-01T00:00:00Z', 'Asia/Kathmandu', '2026-07-01T05:45:00+05:45[Asia/Kathmandu]'],
    ['2026-07-01T00:00:00Z', 'America/St_Johns', '2026-06-30T21:30:00-02:30[America/St_Johns]'],
    ['2026-07-01T00:00:00Z', 'UTC', '2026-07-01T00:00:00+00:00[UTC]'],
    ['2026-12-31T12:00:00Z', 'Pacific/Kiritimati', '2027-01-01T02:00:00+14:00[Pacific/Kiritimati]'],
  ])('%s in %s', (instant, zone, text) => {
    expect(localText(at(instant), zone, zones)).toBe(text);
  });
});

describe('the next openings', () => {
  const now = at('2026-11-24T12:00:00Z');
  const window = (zone: string) => ({ days: ['tue'] as const, from: '11:00', until: '14:00', zone });

  test('begin now while a window is open', () => {
    const [first] = nextOpenings({ ...PLAN, windows: [window('UTC')] }, now, 1, zones);
    expect(first).toMatchObject({ opensAt: new Date(now), closesAt: new Date('2026-11-24T14:00:00Z') });
  });

  test('are told in the zone of the window that opens', () => {
    const found = nextOpenings({ ...PLAN, windows: [window('Asia/Tokyo'), window('America/Denver')] }, now, 2, zones);
    expect(found.map((opening) => opening.local)).toEqual([
      '2026-11-24T11:00:00-07:00[America/Denver]',
      '2026-12-01T11:00:00+09:00[Asia/Tokyo]',
    ]);
  });

  test('end with the deadline and have no end without one', () => {
    const endless = nextOpenings(PLAN, now, 5, zones);
    expect(endless).toMatchObject([{ opensAt: new Date(now), closesAt: null, localClosesAt: null }]);
    const deadline = new Date('2026-11-24T13:00:00Z');
    const cut = nextOpenings({ ...PLAN, windows: [window('UTC')], deadline }, now, 5, zones);
    expect(cut).toHaveLength(1);
    expect(cut[0]?.closesAt).toEqual(deadline);
  });
});
