import { type Morning, type Night, runNight } from './night.ts';
import { BLOCKED, BUSY_TRIES, cleanLike, FLAPPING, FULL_MAILBOXES, GREYLISTED, POISONED } from './scenarios.ts';

/** What a night cost whoever could get a letter, and what was offered to a server that refused all. */

export type NightFigures = {
  readonly name: string;
  /** Time until the healthy ones had theirs, as a share of the same night without the trouble. */
  readonly times: number;
  readonly bounced: number;
  /** Letters offered in the first ten minutes of a wall; null: there was none. */
  readonly offered: number | null;
  /** Recipients who have neither their letter nor an end at the end of the night. */
  readonly waiting: number;
};

const TEN_MINUTES = 600_000;

/** Seconds until so many letters were taken. */
function secondsUntil({ letters }: Morning, count: number): number {
  const ends = letters.flatMap(({ state, endedAt }) => (state === 'sent' ? [endedAt] : [])).sort((a, b) => a - b);
  return (ends[count - 1] ?? Number.POSITIVE_INFINITY) / 1_000;
}

function offeredToWall({ offers }: Morning, words: string): number {
  const from = offers.find(({ said }) => said === words)?.at ?? Number.POSITIVE_INFINITY;
  return offers.filter(({ at }) => at >= from && at < from + TEN_MINUTES).length;
}

/** `perSecond`: what the server takes without the trouble; `idealSeconds`: what the trouble itself costs. */
export type Case = {
  readonly night: Night;
  readonly perSecond: number | null;
  readonly healthy: number;
  readonly idealSeconds?: number;
  readonly wall?: string;
};

const share = (night: Night, of: number) => Math.floor(night.letters * of);

export const CASES: readonly Case[] = [
  ...FULL_MAILBOXES.map((night) => ({ night, perSecond: null, healthy: share(night, 0.97) })),
  { night: BUSY_TRIES, perSecond: 40, healthy: share(BUSY_TRIES, 0.97) },
  // Every letter is offered twice, and 40 s lie between.
  { night: GREYLISTED, perSecond: 25, healthy: share(GREYLISTED, 1), idealSeconds: 40 },
  { night: POISONED, perSecond: 40, healthy: share(POISONED, 0.99) },
  // Of 27 seconds it is there for 20.
  { night: FLAPPING, perSecond: 60 * (20 / 27), healthy: share(FLAPPING, 1) },
  ...BLOCKED.map(({ night, words, seconds }) => ({
    ...{ night, perSecond: 30, healthy: share(night, 1), idealSeconds: seconds, wall: words },
  })),
];

export function figuresOf({ night, perSecond, healthy, idealSeconds = 0, wall }: Case, seed: number): NightFigures {
  const morning = runNight(night, seed);
  const ideal = secondsUntil(runNight(cleanLike(night, perSecond), seed), healthy) + idealSeconds;
  const count = (state: string) => morning.letters.filter((letter) => letter.state === state).length;
  return {
    name: night.name,
    times: secondsUntil(morning, healthy) / ideal,
    bounced: count('bounced'),
    offered: wall === undefined ? null : offeredToWall(morning, wall),
    waiting: count('waiting') + count('flying'),
  };
}

const worst = (values: readonly number[]) => Math.max(...values);

/** The worst of all seeds. */
export function nightTable(seeds: readonly number[]): string {
  const rows = CASES.map((one) => {
    const all = seeds.map((seed) => figuresOf(one, seed));
    const offered = all.flatMap((figures) => figures.offered ?? []);
    const times = worst(all.map((figures) => figures.times)).toFixed(2);
    const bounced = worst(all.map((figures) => figures.bounced));
    return `| ${one.night.name} | ${times} | ${offered.length > 0 ? worst(offered) : ''} | ${bounced} |`;
  });
  return [
    `Nights in which the words mislead: the worst of seeds ${seeds.join(', ')}.`,
    '',
    '| night | time of the healthy letters / ideal | offered in 10 min | bounced |',
    '| ----- | ----------------------------------- | ----------------- | ------- |',
    ...rows,
  ].join('\n');
}
