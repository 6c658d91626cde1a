import { type Answer, capacityAt, makeProvider, type Scenario } from './provider.ts';
import { seeded } from './random.ts';
import type { MakeRule } from './rules.ts';

/** One rule against one provider on a virtual clock. */

export type Outcome = {
  readonly attempts: number;
  readonly accepted: number;
  readonly refused: number;
  readonly boxes: number;
  /** Messages the provider would have taken. */
  readonly offered: number;
  /** When the last letter was accepted, seconds; null when the time ran out or the backlog never ends. */
  readonly doneAt: number | null;
  /** Per second of the run. */
  readonly acceptedIn: readonly number[];
  readonly refusedIn: readonly number[];
  readonly rateAt: readonly number[];
};

const TICK_MS = 250;

type Flying = { readonly at: number; readonly answer: Answer; readonly epoch: number };

export function run(scenario: Scenario, makeRule: MakeRule, seed: number): Outcome {
  const random = seeded(seed);
  const provider = makeProvider(scenario, random);
  const rule = makeRule(0, random);
  const end = scenario.seconds * 1000;
  const flying = heap();
  const acceptedIn = new Array<number>(scenario.seconds).fill(0);
  const refusedIn = new Array<number>(scenario.seconds).fill(0);
  const rateAt = new Array<number>(scenario.seconds).fill(0);
  let [now, nextTick, credit, waiting] = [0, 0, 1, scenario.letters ?? Number.POSITIVE_INFINITY];
  let [attempts, accepted, refused, settled, startedInEpoch, countedEpoch] = [0, 0, 0, 0, 0, 0];
  let doneAt: number | null = null;

  const maySend = () => {
    if (rule.epoch() !== countedEpoch) [countedEpoch, startedInEpoch] = [rule.epoch(), 0];
    const most = rule.allowance();
    const free = flying.size() < (scenario.connections ?? Number.POSITIVE_INFINITY);
    return waiting > 0 && free && (most === null || startedInEpoch < most);
  };

  const send = () => {
    credit -= 1;
    waiting -= 1;
    attempts += 1;
    startedInEpoch += 1;
    const answer = provider.attempt(now);
    const { accepted: slow, refused: quick } = scenario.latency;
    const seconds = (answer === 'accepted' ? slow : quick) * (0.6 + 0.8 * random());
    flying.push({ at: now + seconds * 1000, answer, epoch: rule.epoch() });
  };

  const land = ({ at, answer, epoch }: Flying) => {
    const second = Math.min(scenario.seconds - 1, Math.floor(at / 1000));
    if (answer === 'accepted') acceptedIn[second]! += 1;
    if (answer === 'refusedForPace') refusedIn[second]! += 1;
    accepted += answer === 'accepted' ? 1 : 0;
    refused += answer === 'refusedForPace' ? 1 : 0;
    settled += answer === 'refusedForPace' ? 0 : 1;
    waiting += answer === 'refusedForPace' ? 1 : 0;
    if (settled === scenario.letters) doneAt = at / 1000;
    rule.observe(answer, epoch, at);
  };

  while (now < end && doneAt === null) {
    const ready = maySend() && rule.rate() > 0 ? now + (Math.max(0, 1 - credit) * 1000) / rule.rate() : end;
    const next = Math.min(end, nextTick, ready, flying.next());
    // A permit that nobody takes is not saved up.
    credit = Math.min(1, credit + (rule.rate() * (next - now)) / 1000);
    now = next;
    if (flying.next() <= now) land(flying.pop());
    else if (nextTick <= now) {
      rule.tick(now);
      if (now % 1000 === 0 && now < end) rateAt[now / 1000] = rule.rate();
      nextTick += TICK_MS;
    } else if (ready <= now) {
      credit = 1;
      send();
    }
  }
  let offered = 0;
  for (let s = 0; s < scenario.seconds; s += 1) offered += capacityAt(scenario, s * 1000);
  return { attempts, accepted, refused, boxes: provider.boxes(), offered, doneAt, acceptedIn, refusedIn, rateAt };
}

/** Answers on their way, the earliest on top. */
function heap() {
  const items: Flying[] = [];
  const swap = (i: number, j: number) => {
    [items[i], items[j]] = [items[j]!, items[i]!];
  };
  return {
    size: () => items.length,
    next: () => items[0]?.at ?? Number.POSITIVE_INFINITY,
    push(item: Flying) {
      items.push(item);
      for (let i = items.length - 1; i > 0; ) {
        const up = (i - 1) >> 1;
        if (items[up]!.at <= items[i]!.at) return;
        swap(up, i);
        i = up;
      }
    },
    pop(): Flying {
      const top = items[0]!;
      const last = items.pop()!;
      if (items.length === 0) return top;
      items[0] = last;
      for (let i = 0; ; ) {
        let least = i;
        for (const child of [2 * i + 1, 2 * i + 2]) {
          if (child < items.length && items[child]!.at < items[least]!.at) least = child;
        }
        if (least === i) return top;
        swap(i, least);
        i = least;
      }
    },
  };
}
