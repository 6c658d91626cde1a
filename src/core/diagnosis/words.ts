import type { Decision } from '../lanes/lane.ts';

/** How a diagnosis puts numbers, times and decisions. */

export const number = (value: number): string => {
  const digits = String(Math.round(value));
  return digits.replace(/\B(?=(?:\d{3})+$)/g, ',');
};

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;

/** 12 %, 0.4 %, under 0.1 %; never 0 % or 100 % unless it is that. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0 %';
  if (value < 0.1) return 'under 0.1 %';
  if (value < 10) return `${trimmed(value)} %`;
  return share < 1 && value >= 99.5 ? 'over 99 %' : `${Math.round(value)} %`;
}

/** Letters per second, or per minute where that is easier to grasp. */
export function rate(perSecond: number): string {
  if (perSecond <= 0) return 'none at all';
  if (perSecond >= 1) return `${perSecond >= 100 ? number(perSecond) : trimmed(perSecond)} a second`;
  const perMinute = perSecond * 60;
  return perMinute >= 1 ? `${trimmed(perMinute)} a minute` : `${trimmed(perMinute * 60)} an hour`;
}

const trimmed = (value: number): string => value.toFixed(1).replace(/\.0$/, '');

/** 21:04 UTC; with the date when it is another day than `now`. */
export function clock(at: number, now: number, to: 'minute' | 'second' = 'minute'): string {
  const iso = new Date(at).toISOString();
  const isToday = iso.slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  return `${isToday ? '' : `${iso.slice(0, 10)} `}${iso.slice(11, to === 'minute' ? 16 : 19)} UTC`;
}

export function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (ms < 90_000) return plural(Math.max(1, Math.round(ms / 1_000)), 'second');
  return minutes < 120 ? plural(minutes, 'minute') : plural(Math.round(minutes / 60), 'hour');
}

/** For the beginning of a sentence; a domain stays as it is. */
export const capital = (text: string): string => (text.startsWith('the ') ? `T${text.slice(1)}` : text);

/** a, b and c. */
export function list(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

const STOPPED = {
  wall: 'stopped, for every letter was refused',
  unsure: 'stopped, for every letter was put off',
  away: 'stopped, for nobody could be reached',
  setup: 'stopped, for we are refused before any letter is named',
} as const;

/** What a decision did, in a sentence without its end; null for those that only carry another one on. */
export function decisionWords({ action, rateBefore, rateAfter, connections, pausedUntil }: Decision, now: number) {
  const [from, to] = [rate(rateBefore), rate(rateAfter)];
  switch (action) {
    case 'connections':
      return `set the most sessions to ${number(connections)}`;
    case 'brake':
      return `slowed from ${from} to ${to}`;
    case 'look':
      return `slowed to ${to} to see what is still taken`;
    case 'shallow':
    case 'found':
    case 'deep':
      return `took ${to} for the rate that is accepted`;
    case 'open':
      return pausedUntil ? `stopped until ${clock(pausedUntil.getTime(), now)}` : 'stopped';
    case 'try':
      return 'sent a single letter to see whether mail is taken again';
    case 'resume':
      return `took up sending again at ${to}`;
    case 'wall':
    case 'unsure':
    case 'away':
    case 'setup':
      return `${STOPPED[action]}${pausedUntil ? `; one letter tries at ${clock(pausedUntil.getTime(), now, 'second')}` : ''}`;
    case 'go':
      return 'went on';
    case 'pardon':
      return `went back to ${to}, for what was refused was single recipients`;
    case 'probe':
      return 'began to try whether more is taken';
    default:
      return null;
  }
}
