/** Lengths of time as people write them: a whole number and a unit, such as `90m` or `72h`. */

export const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a number and a unit, or null when the text is none. */
export function parseDuration(text: string): number | null {
  const found = /^(\d{1,6})(ms|s|m|h|d)$/.exec(text);
  return found && Number(found[1]) * UNIT_MS[found[2]!]!;
}

/** In hours, else in minutes, else in seconds: the largest that gives a whole number. */
export function durationText(ms: number): string {
  const unit = ['h', 'm', 's'].find((each) => ms % UNIT_MS[each]! === 0) ?? 'ms';
  return `${ms / UNIT_MS[unit]!}${unit}`;
}
