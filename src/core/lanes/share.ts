/** How workers divide what a route allows in all, without one of them deciding. */

/** What a worker says of itself. */
export type Wish = {
  readonly worker: string;
  /** Lanes of the route that it has open, and how many of them have work. */
  readonly lanes: number;
  readonly weight: number;
  /** The most that it could use now: letters per second and sessions. */
  readonly wantsRate: number;
  readonly wantsSessions: number;
};

export type Holder = Wish & {
  /** What it may use now: letters per second (null: no cap) and sessions. */
  readonly rate: number | null;
  readonly sessions: number;
};

export type RouteCap = { readonly rate: number | null; readonly sessions: number };

/** Of the rate, what is kept for those who want less than their part of it, so that none of them stands at nought. */
const FLOOR = 0.02;

/**
 * The share of a worker beside `others`, who are alive: what it wants as far as there is enough, by weight where there is
 * not, and of what nobody wants a part for its lanes. Nobody takes what another still holds, so the sum keeps to the cap
 * at every instant: one who has too much gives it back first, and the next look finds it free.
 */
export function shareOf(wish: Wish, others: readonly Holder[], cap: RouteCap): Holder {
  const all = [wish, ...others];
  const sessions = others.reduce((sum, other) => sum + other.sessions, 0);
  const rate = others.reduce((sum, other) => sum + (other.rate ?? 0), 0);
  const fairRate = part(all, cap.rate ?? 0, FLOOR, ({ wantsRate }) => wantsRate);
  const fairSessions = part(all, cap.sessions, 0, ({ wantsSessions }) => wantsSessions);
  // Rounded up, else sessions that do not divide evenly would be nobody's; the sum is still kept.
  const whole = wish.weight > 0 ? Math.max(1, Math.ceil(fairSessions)) : Math.floor(fairSessions);
  return {
    ...wish,
    rate: cap.rate === null ? null : Math.max(0, Math.min(fairRate, cap.rate - rate)),
    sessions: Math.max(0, Math.min(whole, cap.sessions - sessions)),
  };
}

/** The first one's part of a whole. */
function part(all: readonly Wish[], whole: number, floor: number, wantedBy: (wish: Wish) => number): number {
  const lanes = all.reduce((sum, each) => sum + each.lanes, 0);
  if (lanes === 0) return 0;
  const kept = (floor * whole) / all.filter((each) => each.lanes > 0).length;
  const keptBy = ({ lanes: count }: Wish) => (count > 0 ? kept : 0);
  let mine = keptBy(all[0]!);
  let left = whole * (1 - floor);
  let hungry = all.filter((each) => each.weight > 0 && wantedBy(each) > kept);
  while (hungry.length > 0) {
    const unit = left / hungry.reduce((sum, { weight }) => sum + weight, 0);
    const content = hungry.filter((each) => wantedBy(each) - keptBy(each) <= unit * each.weight);
    if (content.length === 0) return hungry.includes(all[0]!) ? mine + unit * all[0]!.weight : mine;
    for (const each of content) left -= wantedBy(each) - keptBy(each);
    if (content.includes(all[0]!)) mine = wantedBy(all[0]!);
    hungry = hungry.filter((each) => !content.includes(each));
  }
  return mine + (Math.max(0, left) * all[0]!.lanes) / lanes;
}

/**
 * Sessions for each of these lanes: as many as it wants, where they do not suffice alike, and what nobody wants alike too.
 * What does not divide evenly goes round with `turn`, so that nobody is left out for ever.
 */
export function divide(sessions: number, wanted: readonly number[], turn: number): readonly number[] {
  const given = wanted.map(() => 0);
  let left = sessions;
  const deal = (takes: (lane: number) => boolean) => {
    for (let takers = 1; takers > 0 && left > 0; ) {
      takers = 0;
      for (let step = 0; step < wanted.length && left > 0; step++) {
        const lane = (turn + step) % wanted.length;
        if (!takes(lane)) continue;
        given[lane]! += 1;
        left -= 1;
        takers += 1;
      }
    }
  };
  deal((lane) => given[lane]! < wanted[lane]!);
  deal(() => true);
  return given;
}
