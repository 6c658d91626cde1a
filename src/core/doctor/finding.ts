/** What the doctor says: one finding for each thing it looked at. */

/** `unknown`: nothing was heard that could be believed, so nothing is claimed. */
export type Level = 'ok' | 'warn' | 'bad' | 'unknown';

export type DoctorFinding = {
  /** Stable, such as `spf`. */
  readonly check: string;
  readonly level: Level;
  /** One sentence. */
  readonly says: string;
  /** What a person should do; null: nothing. */
  readonly todo: string | null;
};

export type Section = {
  readonly kind: 'route' | 'domain' | 'address';
  readonly name: string;
  readonly findings: readonly DoctorFinding[];
};

export type Report = {
  readonly sections: readonly Section[];
  readonly counts: Readonly<Record<Level, number>>;
};

const ASK_ELSEWHERE = 'Ask from a machine whose name servers answer, or name others in OFFPEAK_DNS_SERVERS.';

export const good = (check: string, says: string): DoctorFinding => ({ check, level: 'ok', says, todo: null });
export const warn = (check: string, says: string, todo: string): DoctorFinding => ({
  check,
  level: 'warn',
  says,
  todo,
});
export const bad = (check: string, says: string, todo: string): DoctorFinding => ({ check, level: 'bad', says, todo });
export const unknown = (check: string, says: string, todo: string | null = ASK_ELSEWHERE): DoctorFinding => ({
  check,
  level: 'unknown',
  says,
  todo,
});

export function reportOf(sections: readonly Section[]): Report {
  const counts: Record<Level, number> = { ok: 0, warn: 0, bad: 0, unknown: 0 };
  for (const { level } of sections.flatMap(({ findings }) => findings)) counts[level] += 1;
  return { sections, counts };
}
