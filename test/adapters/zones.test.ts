import { describe, expect, test } from 'vitest';
import { systemZones } from '../../src/adapters/zones.ts';

const zones = systemZones();
const instant = (date: string, minute: number, zone: string) => {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  return new Date(zones.instantOf({ year, month, day }, minute, zone)).toISOString();
};

describe('the zones of this machine', () => {
  test.each([
    ['Europe/Paris', 'Europe/Paris'],
    ['europe/paris', 'Europe/Paris'],
    ['US/Eastern', 'America/New_York'],
    ['UTC', 'UTC'],
    ['Etc/GMT+5', 'Etc/GMT+5'],
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['Europe/Kiev', 'Europe/Kyiv'],
  ])('know %s as %s', (name, canonical) => {
    expect(zones.known(name)).toBe(canonical);
  });

  test.each(['', 'Europe/Pariss', 'CET5', '+02:00', '-05', '02:00', 'Mars/Base', ' UTC', 'Europe/Paris\n', '../etc'])(
    'do not know %j',
    (name) => {
      expect(zones.known(name)).toBeNull();
    },
  );

  test('that they know can be asked under either name', () => {
    for (const name of Intl.supportedValuesOf('timeZone')) {
      const canonical = zones.known(name)!;
      expect(zones.localOf(0, canonical), name).toEqual(zones.localOf(0, name));
    }
  });

  test('move a skipped time forward by the gap', () => {
    expect(instant('2026-03-29', 150, 'Europe/Paris')).toBe('2026-03-29T01:30:00.000Z');
  });

  test('take the first of a doubled time', () => {
    expect(instant('2026-10-25', 150, 'Europe/Paris')).toBe('2026-10-25T00:30:00.000Z');
  });

  test('count minutes of the clock, not of the day', () => {
    expect(instant('2026-03-29', 12 * 60, 'Europe/Paris')).toBe('2026-03-29T10:00:00.000Z');
  });

  test('read the clock of the zone', () => {
    expect(zones.localOf(Date.UTC(2026, 6, 31, 23, 45, 59), 'Asia/Tokyo')).toEqual({
      year: 2026,
      month: 8,
      day: 1,
      weekday: 'sat',
      minute: 8 * 60 + 45,
    });
  });
});
