import type { StopKind } from '../attribution/stop.ts';
import type { ReplyEvidence } from '../replies/verdict.ts';
import type { Advice } from './advice.ts';
import { capital, clock, number, plural } from './words.ts';

/** A lane at which nothing goes just now: why, until when, what happens then, and what a person can do sooner. */

export type LaneStop = {
  readonly kind: StopKind;
  readonly since: number;
  readonly tries: number;
  /** Null: not before a person asks for it. */
  readonly nextTryAt: number | null;
  readonly reason: ReplyEvidence;
};

export type Standstill = {
  /** By a person. */
  readonly isPaused: boolean;
  readonly stop: LaneStop | null;
  /** Nothing goes until then, by the rate loop; null: something does. */
  readonly pausedUntil: number | null;
  readonly isGreylisting: boolean;
  readonly waiting: number;
  /** Of a lane of many small hosts, those that stand still: how many, and the first of them. */
  readonly sites: { readonly count: number; readonly examples: readonly (LaneStop & { readonly site: string })[] };
};

export const MOVING: Standstill = {
  ...{ isPaused: false, stop: null, pausedUntil: null, isGreylisting: false, waiting: 0 },
  sites: { count: 0, examples: [] },
};

export const isStill = ({ isPaused, stop, pausedUntil }: Standstill, now: number): boolean =>
  isPaused || stop !== null || (pausedUntil !== null && pausedUntil > now);

const CLAIM: Readonly<Record<StopKind, (name: string) => string>> = {
  wall: (name) => `${name} refuses every letter`,
  unsure: (name) => `${name} puts every letter off`,
  away: (name) => `${name} cannot be reached`,
  setup: (name) => `${name} refuses us before any letter is named`,
};

const NEXT: Readonly<Record<StopKind, string>> = {
  wall: 'Nobody bounces for it; the letters are put off and go first when one is taken.',
  unsure: 'It may greylist new senders: the same letters are tried again, and nobody bounces for it.',
  away: 'Then all go on at the same rate; nobody has failed.',
  setup: 'Nobody has failed.',
};

/** The first sentence of a diagnosis, where nothing goes; null where something does. */
export function stillWords(still: Standstill, name: string, now: number): string | null {
  const { isPaused, stop, pausedUntil, waiting } = still;
  const who = waiting === 0 ? '' : ` ${plural(waiting, 'recipient')} ${waiting === 1 ? 'waits' : 'wait'}.`;
  if (isPaused) return `Sending to ${name} is paused by a person.${who} Resume the lane to go on.`;
  if (stop)
    return `${CLAIM[stop.kind](capital(name))} since ${clock(stop.since, now)}${quoted(stop)}. ${next(stop, now)}${who}`;
  if (pausedUntil === null || pausedUntil <= now) return null;
  return `Sending to ${name} is stopped until ${clock(pausedUntil, now)}; then one letter tries.${who}`;
}

const quoted = ({ reason }: LaneStop) => (reason.reply ? ` ("${reason.reply}")` : '');

function next({ kind, nextTryAt }: LaneStop, now: number): string {
  if (nextTryAt === null) return `Nothing is sent until a person sets it right and resumes the campaign. ${NEXT[kind]}`;
  const when =
    nextTryAt > now ? `One letter tries at ${clock(nextTryAt, now, 'second')}.` : 'One letter is trying just now.';
  return `${when} ${NEXT[kind]}`;
}

/** What is true beside the rest: sites that stand still, a greylister. */
export function besides({ sites, isGreylisting }: Standstill, now: number): string {
  const [first] = sites.examples;
  const small = first
    ? ` ${number(sites.count)} small ${sites.count === 1 ? 'host stands' : 'hosts stand'} still, such as ${first.site} since ${clock(first.since, now)}${quoted(first)}.`
    : '';
  return `${isGreylisting ? ' First tries are put off here, and the same letters are taken later.' : ''}${small}`;
}

/** What a person can do sooner. */
export function stillAdvice({ isPaused, stop }: Standstill): readonly Advice[] {
  const say = (text: string): Advice => ({ text, page: null });
  if (isPaused) return [say('Resume the lane when it may go on.')];
  switch (stop?.kind) {
    case 'wall':
      return [
        say('Read the words: they name the block, or ask the postmaster why mail from your address is not wanted.'),
        say('When that is settled, pause and resume the campaign: one letter tries at once.'),
      ];
    case 'away':
      return [
        say('Check that the host and port of the route are right and that it runs; nothing else needs to be done.'),
      ];
    case 'setup':
      return [say('Set right what the words name (log-in, TLS, the name in EHLO), then resume the campaign.')];
    case 'unsure':
      return [say('Wait some minutes: it will be known by then whether these are greylisted.')];
    default:
      return [];
  }
}
