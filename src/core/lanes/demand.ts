/** What a worker could use of its route's rate, found from what it used of the share it had. */

/** What became of a share, or of several one after another. */
export type ShareUse = {
  readonly seconds: number;
  /** Letters that it allowed, and those that went. */
  readonly allowed: number;
  readonly used: number;
};

/** Long enough to be judged by: a letter more or less makes no difference. */
const ENOUGH_S = 5;
const ENOUGH_LETTERS = 30;
/** What is older says nothing, however few letters there were. */
const LONGEST_S = 15;
/** Whoever used so much of his share was held by it. */
const HELD = 0.97;
/** Then it wants so many times as much; else a little more than it used, and some more while a letter waits. */
const GROW = 2;
const ROOM = 1.05;
const ROOM_WHILE_HELD = 1.15;

/** The last uses as far as they are needed, the newest at the end. */
export function recentUses(uses: readonly ShareUse[]): readonly ShareUse[] {
  let [from, seconds, allowed] = [uses.length, 0, 0];
  while (from > 0 && seconds < LONGEST_S && (seconds < ENOUGH_S || allowed < ENOUGH_LETTERS)) {
    from -= 1;
    seconds += uses[from]!.seconds;
    allowed += uses[from]!.allowed;
  }
  return uses.slice(from);
}

/**
 * Letters per second that it could use, `most` at most: all that its lanes may send. `isHeld`: a letter waits for nothing
 * but the share; where the share is too small to be judged by what was used of it, that decides.
 */
export function wantedRate(uses: readonly ShareUse[], isHeld: boolean, most: number): number {
  const sum = (of: (use: ShareUse) => number) => recentUses(uses).reduce((total, use) => total + of(use), 0);
  const [seconds, allowed, used] = [sum((s) => s.seconds), sum((s) => s.allowed), sum((s) => s.used)];
  if (seconds < ENOUGH_S) return most;
  if (allowed < ENOUGH_LETTERS && isHeld) return most;
  if (allowed >= ENOUGH_LETTERS && used >= HELD * allowed) return Math.min(most, (GROW * allowed) / seconds);
  return Math.min(most, ((isHeld ? ROOM_WHILE_HELD : ROOM) * used) / seconds);
}
