import { makeHeap } from './heap.ts';
import { type Answer, capAt, capacities, makeProvider, type Provider, type Scenario } from './provider.ts';
import { seeded } from './random.ts';
import type { MakeRule } from './rules.ts';
import { makeSessions, type Passage } from './sessions.ts';

/** Rules against providers on a virtual clock. */

export type Outcome = {
  readonly attempts: number;
  readonly accepted: number;
  /** Answered, but not because of the pace: the capacity was used. */
  readonly ignored: number;
  readonly refused: number;
  readonly refusedSessions: number;
  readonly boxes: number;
  /** Messages the provider would have taken. */
  readonly offered: number;
  /** Messages started at a rate above the operator's cap. */
  readonly overCap: number;
  /** When the last letter was accepted, seconds; null when the time ran out or the backlog never ends. */
  readonly doneAt: number | null;
  /** Per second of the run. */
  readonly acceptedIn: readonly number[];
  readonly refusedIn: readonly number[];
  readonly rateAt: readonly number[];
};

const TICK_MS = 250;

type Flying = {
  readonly at: number;
  readonly answer: Answer;
  readonly epoch: number;
  readonly passage: Passage | null;
};
/** Connections that several lanes have in common. */
export type Seats = { free: number };

export function run(scenario: Scenario, makeRule: MakeRule, seed: number): Outcome {
  const random = seeded(seed);
  const lane = makeLane(scenario, makeRule, makeProvider(scenario, random), random, {
    free: scenario.connections ?? Number.POSITIVE_INFINITY,
  });
  return together([lane], scenario.seconds)[0]!;
}

/** Lanes on one clock. */
export function together(lanes: readonly Lane[], seconds: number): Outcome[] {
  for (;;) {
    let first = lanes[0]!;
    let at = first.next();
    for (let i = 1; i < lanes.length; i += 1) {
      const next = lanes[i]!.next();
      if (next < at) [first, at] = [lanes[i]!, next];
    }
    if (at >= seconds * 1000) return lanes.map((lane) => lane.outcome());
    first.act(at);
  }
}

export type Lane = ReturnType<typeof makeLane>;

export function makeLane(
  scenario: Scenario,
  makeRule: MakeRule,
  provider: Provider,
  random: () => number,
  seats: Seats,
) {
  const rule = makeRule(0, random);
  const flying = makeHeap<Flying>();
  const sessions = makeSessions(scenario);
  const perSecond = () => new Array<number>(scenario.seconds).fill(0);
  const [acceptedIn, refusedIn, rateAt] = [perSecond(), perSecond(), perSecond()];
  let [at, nextTick, credit, waiting] = [0, 0, 1, scenario.letters ?? Number.POSITIVE_INFINITY];
  let [attempts, accepted, ignored, refused, overCap, startedInEpoch, countedEpoch] = [0, 0, 0, 0, 0, 0, 0];
  let cap = capAt(scenario, 0);
  let doneAt: number | null = null;
  rule.cap?.(cap);

  // Ours is told its cap and must keep it; the others are held to it.
  const rate = () => (rule.cap ? rule.rate() : Math.min(rule.rate(), cap));

  function maySend(): boolean {
    if (rule.epoch() !== countedEpoch) [countedEpoch, startedInEpoch] = [rule.epoch(), 0];
    const most = rule.allowance();
    const free = seats.free > 0 && flying.size() < (rule.width?.() ?? Number.POSITIVE_INFINITY);
    return waiting > 0 && free && (sessions?.free() ?? true) && (most === null || startedInEpoch < most);
  }

  function send(): void {
    credit = 0;
    waiting -= 1;
    startedInEpoch += 1;
    seats.free -= 1;
    if (rate() > cap * (1 + 1e-9)) overCap += 1;
    const passage = sessions?.take() ?? null;
    const through = passage === null || passage.kind === 'through';
    const answer = through ? provider.attempt(at) : 'ignored';
    if (through) attempts += 1;
    const { accepted: slow, refused: quick } = scenario.latency;
    const seconds = (answer === 'accepted' ? slow : quick) * (0.6 + 0.8 * random());
    flying.push({ at: at + seconds * 1000 + (passage?.openMs ?? 0), answer, epoch: rule.epoch(), passage });
  }

  function land({ at: now, answer, epoch, passage }: Flying): void {
    seats.free += 1;
    if (passage) sessions!.done(passage, now);
    const second = Math.min(scenario.seconds - 1, Math.floor(now / 1000));
    if (passage && passage.kind !== 'through') waiting += 1;
    else if (answer === 'accepted') {
      acceptedIn[second]! += 1;
      accepted += 1;
    } else if (answer === 'refusedForPace') {
      refusedIn[second]! += 1;
      refused += 1;
      waiting += 1;
    } else ignored += 1;
    if (accepted + ignored === scenario.letters) doneAt = now / 1000;
    rule.observe(answer, epoch, now);
  }

  const ready = () => {
    const perSecondNow = rate();
    return perSecondNow > 0 && maySend()
      ? at + (Math.max(0, 1 - credit) * 1000) / perSecondNow
      : Number.POSITIVE_INFINITY;
  };

  function tick(now: number): void {
    if (scenario.cap) {
      cap = capAt(scenario, now);
      rule.cap?.(cap);
    }
    rule.tick(now);
    sessions?.tick(now);
    if (now % 1000 === 0) rateAt[now / 1000] = Math.min(1e6, rate());
    nextTick += TICK_MS;
  }

  return {
    next: () => (doneAt === null ? Math.min(nextTick, ready(), flying.next()) : Number.POSITIVE_INFINITY),
    act(now: number) {
      const isReady = ready() <= now;
      // A permit that nobody takes is not saved up.
      credit = rate() === Number.POSITIVE_INFINITY ? 1 : Math.min(1, credit + (rate() * (now - at)) / 1000);
      at = now;
      if (flying.next() <= now) land(flying.pop());
      else if (nextTick <= now) tick(now);
      else if (isReady) send();
    },
    outcome: (): Outcome => {
      const offered = capacities(scenario)
        .subarray(0, scenario.seconds)
        .reduce((sum, value) => sum + value, 0);
      const counts = { attempts, accepted, ignored, refused, refusedSessions: sessions?.refused() ?? 0, overCap };
      return { ...counts, boxes: provider.boxes(), offered, doneAt, acceptedIn, refusedIn, rateAt };
    },
  };
}
