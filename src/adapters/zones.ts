import { Temporal } from 'temporal-polyfill';
import type { Weekday } from '../core/campaigns/schedule.ts';
import type { Zones } from '../core/campaigns/window.ts';

/** The IANA time zones, by the rules that this Node carries. */

const WEEKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Names that Unicode's data still calls canonical and the IANA list has renamed. */
const RENAMED: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

const MOST_REMEMBERED = 20_000;

/** The ends of windows are asked for again and again, and Temporal takes some 30 us for each. */
function remembered<T>(compute: (key: string) => T): (key: string) => T {
  const values = new Map<string, T>();
  return (key) => {
    const held = values.get(key);
    if (held !== undefined) return held;
    if (values.size >= MOST_REMEMBERED) values.clear();
    const value = compute(key);
    values.set(key, value);
    return value;
  };
}

export function systemZones(): Zones {
  const instants = remembered((key) => {
    const [zone, year, month, day, minute] = key.split(' ');
    const local = Temporal.PlainDateTime.from({ year: Number(year), month: Number(month), day: Number(day) });
    const moved = local.add({ minutes: Number(minute) });
    return moved.toZonedDateTime(zone!, { disambiguation: 'compatible' }).epochMilliseconds;
  });
  const locals = remembered((key) => {
    const [zone, at] = key.split(' ');
    const { year, month, day, dayOfWeek, hour, minute } = Temporal.Instant.fromEpochMilliseconds(
      Number(at),
    ).toZonedDateTimeISO(zone!);
    return { year, month, day, weekday: WEEKDAYS[dayOfWeek - 1]!, minute: hour * 60 + minute };
  });
  return {
    known(zone) {
      // A name, not an offset: offsets know nothing of summer time.
      if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(zone)) return null;
      try {
        const name = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
        return RENAMED[name] ?? name;
      } catch (error) {
        if (error instanceof RangeError) return null;
        throw error;
      }
    },
    instantOf: ({ year, month, day }, minute, zone) => instants(`${zone} ${year} ${month} ${day} ${minute}`),
    localOf: (at, zone) => locals(`${zone} ${at}`),
  };
}
