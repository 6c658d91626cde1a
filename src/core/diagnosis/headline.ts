import type { Cause } from '../replies/verdict.ts';
import type { DiagnosisFinding } from './cause.ts';
import type { Episode, Observed } from './observed.ts';
import { besides, type Standstill, stillWords } from './standstill.ts';
import { capital, clock, duration, number, percent, plural } from './words.ts';

/** A diagnosis in a sentence or two. */

export type HeadlineInput = {
  readonly finding: DiagnosisFinding;
  readonly episode: Episode | null;
  readonly observed: Observed;
  readonly name: string;
  readonly from: number;
  readonly now: number;
  readonly still: Standstill;
};

const CLAIM: Readonly<Record<Cause, (name: string) => string>> = {
  throttling: (name) => `${name} takes fewer letters than were sent`,
  connections: (name) => `${name} allows fewer sessions than were opened`,
  overload: (name) => `${name} seems overloaded or under repair`,
  configuration: (name) => `${name} objects to how the sender is set up`,
  blocklist: (name) => `${name} distrusts the sending address or domain`,
  content: (name) => `${name} refuses the letter for what is in it`,
  recipient: (name) => `Many addresses of ${name.replace('The', 'the')} do not take mail now`,
};

/** A lane at which nothing goes says so first, whatever was heard. */
export function headlineOf(input: HeadlineInput): string {
  const { still, name, now } = input;
  return stillWords(still, name, now) ?? `${heardWords(input)}${besides(still, now)}`;
}

function heardWords({ finding, episode, observed, name, from, now }: HeadlineInput): string {
  const { answers } = observed;
  const span = `in the last ${duration(now - from)}`;
  if (answers === 0) return `Nothing was sent to ${name} ${span}.`;
  if (finding.kind === 'nothing' || !episode) return `Nothing is wrong. ${fine(observed, name, span)}`;
  const { top } = finding;
  const share = `${number(top.count)} of ${plural(answers, 'answer')} (${percent(top.count / answers)})`;
  return `${CLAIM[top.cause](capital(name))}: ${share} ${top.count === 1 ? 'was a refusal' : 'were refusals'} of this kind, ${when(episode, now)}.`;
}

function fine({ answers, accepted, troubles, recipients }: Observed, name: string, span: string): string {
  if (accepted === answers)
    return `${capital(name)} took ${accepted === 1 ? 'the one letter' : `all ${number(answers)} letters`} ${span}.`;
  const parts = [
    troubles > 0
      ? `${number(troubles)} (${percent(troubles / answers)}) were put off, which is how the limit is found`
      : null,
    recipients > 0 ? `${number(recipients)} concerned single mailboxes` : null,
  ].filter((part) => part !== null);
  return `${capital(name)} took ${number(accepted)} of ${plural(answers, 'letter')} ${span}; ${parts.join(', and ')}.`;
}

function when({ since, lastAt, isOngoing, stoppedUntil }: Episode, now: number): string {
  const start = clock(since, now);
  if (stoppedUntil !== null) return `since ${start}; sending is stopped until ${clock(stoppedUntil, now)}`;
  if (isOngoing) return `since ${start}, and it goes on`;
  const span = start === clock(lastAt, now) ? `at ${start}` : `from ${start} until ${clock(lastAt, now)}`;
  return `${span}; none in the last ${duration(now - lastAt)}`;
}
