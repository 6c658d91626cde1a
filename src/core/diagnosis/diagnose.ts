import type { Decision } from '../lanes/lane.ts';
import type { Tally } from '../replies/tally.ts';
import type { Cause } from '../replies/verdict.ts';
import { type Advice, adviceFor } from './advice.ts';
import { findCause, type Ranked } from './cause.ts';
import { type Effect, effectsOf, type Second } from './effects.ts';
import { type DiagnosisEvidence, evidenceOf } from './evidence.ts';
import { headlineOf } from './headline.ts';
import { nameOf } from './help-pages.ts';
import { type Neighbourhood, neighbourhoodOf } from './neighbours.ts';
import { type Episode, episodeStart, type Observed, observeReplies, sum } from './observed.ts';
import { otherCauses } from './other-causes.ts';
import { isStill, type Standstill, stillAdvice } from './standstill.ts';
import { clock, decisionWords } from './words.ts';

/** What is wrong on a lane, why we think so, what was done, and what a person should do. DESIGN: Decision 11. */

export type DiagnosisInput = {
  readonly lane: string;
  readonly route: string;
  readonly provider: string;
  /** Beginning of the stretch looked at, ms since the epoch. */
  readonly from: number;
  readonly now: number;
  /** Of every lane in that stretch; those of other lanes only tell whether the route is to blame. */
  readonly tallies: readonly Tally[];
  /** Null: all campaigns. */
  readonly campaignId: string | null;
  /** Of the lane and of its route, and the lane's seconds, both from the oldest on. */
  readonly decisions: readonly Decision[];
  readonly seconds: readonly Second[];
  /** What holds the lane, and its route, just now. */
  readonly still: Standstill;
};

export type Step = { readonly at: number; readonly lane: string; readonly action: string; readonly text: string };

export type Diagnosis = {
  readonly lane: string;
  readonly provider: string;
  readonly from: number;
  readonly until: number;
  /** `none`: nothing is wrong. */
  readonly cause: Cause | 'none';
  readonly headline: string;
  readonly observed: Observed;
  /** Of refusals of the likely cause; null without one. */
  readonly since: number | null;
  readonly lastAt: number | null;
  readonly isOngoing: boolean;
  /** Nothing goes just now. */
  readonly isStill: boolean;
  readonly evidence: DiagnosisEvidence;
  readonly effects: readonly Effect[];
  readonly neighbourhood: Neighbourhood;
  readonly otherCauses: readonly { readonly cause: Cause; readonly because: string }[];
  readonly steps: readonly Step[];
  readonly advice: readonly Advice[];
};

/** Without a refusal for so long the trouble is over, unless nothing may be sent meanwhile. */
const OVER_MS = 3 * 60_000;
const MOST_STEPS = 20;

export function diagnose(input: DiagnosisInput): Diagnosis {
  const { lane, route, provider, from, now, decisions, still } = input;
  const mine = input.tallies.filter((tally) => tally.lane === lane);
  const observed = observeReplies(
    mine.filter(({ campaignId }) => !input.campaignId || campaignId === input.campaignId),
  );
  const finding = findCause(observed);
  const episode = finding.kind === 'cause' ? episodeOf(finding.top, mine, decisions, now) : null;
  const neighbourhood = neighbourhoodOf(lane, route, input.tallies, episode?.since ?? from);
  const effects = effectsOf(decisions, input.seconds, now);
  const acceptedSince = episode ? observeReplies(mine.filter(({ firstAt }) => firstAt >= episode.since)).accepted : 0;
  const speaker = speakerOf(finding.kind === 'cause' ? finding.top : null, route, provider);
  const about = { observed, acceptedSince, effects, neighbourhood, ...speaker };
  const others = finding.kind === 'cause' ? otherCauses({ ...about, ...finding }) : [];
  return {
    ...{ lane, provider, from, until: now, observed, neighbourhood, effects },
    cause: still.stop?.reason.cause ?? (finding.kind === 'cause' ? finding.top.cause : 'none'),
    headline: headlineOf({ finding, episode, observed, name: speaker.name, from, now, still }),
    isStill: isStill(still, now),
    since: episode?.since ?? null,
    lastAt: episode?.lastAt ?? null,
    isOngoing: episode?.isOngoing ?? false,
    evidence: finding.kind === 'cause' ? evidenceOf({ ...about, top: finding.top }) : { for: [], against: [] },
    otherCauses: others,
    steps: stepsOf(decisions, now),
    advice: [
      ...stillAdvice(still),
      ...(finding.kind === 'cause'
        ? adviceFor(finding.top, { ...speaker, isOver: !episode?.isOngoing, others: others.map(({ cause }) => cause) })
        : []),
    ],
  };
}

/** Who refuses: the provider, or the relay for its own account (`provider` is null). */
function speakerOf(top: Ranked | null, route: string, provider: string) {
  const ofRoute = sum((top?.refused ?? []).filter(({ scope }) => scope === 'route'));
  if (top && ofRoute * 2 > top.count) return { name: `the relay of route ${route}`, provider: null };
  return { name: nameOf(provider), provider };
}

function episodeOf(
  { refused }: Ranked,
  tallies: readonly Tally[],
  decisions: readonly Decision[],
  now: number,
): Episode {
  const rules = new Set(refused.map(({ rule }) => rule));
  const lastAt = Math.max(...refused.map((one) => one.lastAt));
  const since = episodeStart(tallies, ({ rule }) => rule !== null && rules.has(rule)) ?? lastAt;
  const pause = decisions.at(-1)?.pausedUntil?.getTime() ?? 0;
  const stoppedUntil = pause > now ? pause : null;
  return { since, lastAt, stoppedUntil, isOngoing: stoppedUntil !== null || now - lastAt < OVER_MS };
}

/** Decisions in plain words, the latest of them; from the oldest on. */
function stepsOf(decisions: readonly Decision[], now: number): readonly Step[] {
  const steps: Step[] = [];
  const sessions = new Map<string, number>();
  for (const decision of decisions) {
    const { lane, action, connections, at } = decision;
    const isSameLimit = action === 'connections' && sessions.get(lane) === connections;
    sessions.set(lane, connections);
    const words = isSameLimit ? 'set how many letters one session carries' : decisionWords(decision, now);
    const whose = lane.endsWith(':*') ? ' for the whole route' : '';
    if (words)
      steps.push({ at: at.getTime(), lane, action, text: `${clock(at.getTime(), now, 'second')}: ${words}${whose}.` });
  }
  return steps.slice(-MOST_STEPS);
}
