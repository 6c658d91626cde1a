import { describe, expect, test } from 'vitest';
import type { Lane } from '../../../src/app/lanes/lane.ts';
import type { Log } from '../../../src/app/ports.ts';
import type { Run } from '../../../src/app/sending/campaign-runs.ts';
import { makeDispatch } from '../../../src/app/sending/dispatch.ts';
import type { SliceJob, Slices } from '../../../src/app/sending/ports.ts';
import type { RoutingRule } from '../../../src/core/lanes/routing.ts';
import { providerOfDomain } from '../../../src/core/providers/provider.ts';

const quiet: Log = { info() {}, warn() {}, error() {}, with: () => quiet };
const RULES: readonly RoutingRule[] = ['slow', 'fast'].map((name) => ({ domain: `${name}.example`, route: name }));

type Options = {
  readonly stopped?: readonly string[];
  readonly rules?: readonly RoutingRule[];
  readonly ours?: (lane: string) => boolean;
  /** Slices in which only those wait that failed before. */
  readonly retries?: readonly number[];
  readonly hosted?: Readonly<Record<string, string>>;
};

/** `campaigns`: for each of them the domains of its slices. */
function dispatching(campaigns: readonly (readonly (readonly string[])[])[], options: Options = {}) {
  const { stopped = [], rules = RULES, ours = () => true, hosted = {}, retries = [] } = options;
  const asked: SliceJob[] = [];
  const blocked: string[] = [];
  let now = 0;
  let mxVersion = 1;
  const known: Record<string, string> = { ...hosted };
  const runs = campaigns.map((list, at) => ({ id: `c${at + 1}`, sliceCount: list.length, mayStart: () => true }));
  const listOf = (id: string) => campaigns[Number(id.slice(1)) - 1]!;
  const slices = {
    async *domains(id: string) {
      yield* listOf(id).map((names, slice) => ({ slice, domains: names }));
    },
    due: async (id: string) =>
      listOf(id).map((_, slice) => ({ slice, dueAt: -slice, hasFresh: !retries.includes(slice) })),
    waiting: async (id: string) => listOf(id).map((_, slice) => ({ slice, waiting: id === 'c1' ? 1_000 : 10 })),
  } as unknown as Slices;
  const dispatch = makeDispatch({
    campaignRuns: { runs: () => runs as unknown as readonly Run[] },
    slices,
    lanes: { all: () => stopped.map((id) => ({ id, isStopped: () => true, setWaiting() {} }) as unknown as Lane) },
    ownership: { isOurs: ours },
    mx: {
      providerOf: (domain) => known[domain] ?? providerOfDomain(domain),
      version: () => mxVersion,
      recall: async () => undefined,
    },
    jobs: { requestSlice: async (job) => void asked.push(job) },
    routing: () => rules,
    clock: { now: () => now },
    log: quiet,
    block: async (_, because) => void blocked.push(because),
  });
  return {
    dispatch,
    asked: () => asked.map(({ slice }) => slice),
    of: (campaignId: string) => asked.filter((job) => job.campaignId === campaignId).length,
    end: (job: SliceJob) => dispatch.ended(job, true),
    jobs: asked,
    blocked,
    pass: (ms: number) => (now += ms),
    learn(domain: string, provider: string) {
      known[domain] = provider;
      mxVersion += 1;
    },
  };
}

const slow = ['slow.example'];
const fast = ['fast.example'];

describe('asking for slices', () => {
  test('asks for a few of each lane, so that a long lane does not stand in the way of another', async () => {
    const { dispatch, asked } = dispatching([[slow, slow, slow, slow, slow, slow, fast, fast]]);
    await dispatch.requestDue();
    expect(asked()).toEqual([0, 1, 2, 6, 7]);
  });

  test('asks for slices with retries alone first, the longest overdue before others, and goes on with new letters beside', async () => {
    const list = Array.from({ length: 8 }, () => slow);
    const { dispatch, asked, end, jobs } = dispatching([list], { retries: [0, 1, 4, 6] });
    await dispatch.requestDue();
    expect(asked()).toEqual([6, 4, 2]);
    end(jobs[2]!);
    await dispatch.requestDue();
    expect(asked().at(-1)).toBe(2);
  });

  test('asks for as many slices with retries alone as a lane takes, when nobody new waits', async () => {
    const { dispatch, asked } = dispatching([[slow, slow, slow, slow]], { retries: [0, 1, 2, 3] });
    await dispatch.requestDue();
    expect(asked()).toEqual([3, 2, 1]);
  });

  test('asks for the next when one has ended, and never twice for one in work', async () => {
    const { dispatch, asked } = dispatching([[slow, slow, slow, slow]]);
    await dispatch.requestDue();
    for (const slice of [0, 1, 2]) dispatch.began({ campaignId: 'c1', slice });
    await dispatch.requestDue();
    expect(asked()).toEqual([0, 1, 2]);
    dispatch.ended({ campaignId: 'c1', slice: 0 }, false);
    await dispatch.requestDue();
    expect(asked()).toEqual([0, 1, 2, 3]);
    expect(dispatch.inHand('c1')).toBe(4);
  });

  test('asks again for a job that never began', async () => {
    const { dispatch, asked, pass } = dispatching([[slow]]);
    await dispatch.requestDue();
    pass(10_000);
    await dispatch.requestDue();
    expect(asked()).toEqual([0]);
    pass(15_000);
    await dispatch.requestDue();
    expect(asked()).toEqual([0, 0]);
  });

  test('asks for nothing on a lane that has stopped', async () => {
    const { dispatch, asked } = dispatching([[slow, fast]], { stopped: ['slow:slow.example'] });
    await dispatch.requestDue();
    expect(asked()).toEqual([1]);
  });

  test('a domain that no rule routes blocks the campaign, by name', async () => {
    const { dispatch, asked, blocked } = dispatching([[slow, ['fast.example', 'lost.example']]]);
    await dispatch.requestDue();
    expect(blocked).toEqual(['routing.missing: no rule routes lost.example.']);
    expect(asked()).toEqual([]);
  });

  test('asks only for slices of lanes that are ours', async () => {
    const { dispatch, asked } = dispatching([[slow, fast, fast]], { ours: (lane) => lane.startsWith('fast') });
    await dispatch.requestDue();
    expect(asked()).toEqual([1, 2]);
  });

  test('serves campaigns on one lane by turns, two slices of each at once', async () => {
    const many = (count: number) => Array.from({ length: count }, () => slow);
    const { dispatch, of } = dispatching([many(20), many(20), many(20)]);
    await dispatch.countWaiting();
    await dispatch.requestDue();
    expect(['c1', 'c2', 'c3'].map(of)).toEqual([2, 2, 2]);
  });

  test('leaves none of very many campaigns out, and slices of all sizes get their share of letters', async () => {
    const many = (count: number) => Array.from({ length: count }, () => slow);
    const { dispatch, jobs } = dispatching([many(60), ...Array.from({ length: 15 }, () => many(400))]);
    await dispatch.countWaiting();
    const left = new Map<SliceJob, number>();
    const served = new Map<string, number>();
    let begun = 0;
    for (let round = 0; round < 600; round++) {
      await dispatch.requestDue();
      for (; begun < jobs.length; begun++) {
        dispatch.began(jobs[begun]!);
        left.set(jobs[begun]!, jobs[begun]!.campaignId === 'c1' ? 1_000 : 10);
      }
      // The lane's permits serves each campaign in work alike.
      for (const campaign of new Set([...left.keys()].map((job) => job.campaignId))) {
        const job = [...left.keys()].find((each) => each.campaignId === campaign)!;
        served.set(campaign, (served.get(campaign) ?? 0) + 10);
        left.set(job, left.get(job)! - 10);
        if (left.get(job)! > 0) continue;
        left.delete(job);
        dispatch.ended(job, true);
      }
    }
    const counts = [...served.values()];
    expect(counts).toHaveLength(16);
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(Math.min(...counts) / mean).toBeGreaterThan(0.7);
    expect(Math.max(...counts) / mean).toBeLessThan(3);
  });

  test('a domain whose MX turn out to be a known provider moves to its lane', async () => {
    const rules: RoutingRule[] = [{ any: true, route: 'out' }];
    const { dispatch, learn, pass } = dispatching([[['hosted.example']]], { rules });
    expect(await dispatch.countWaiting()).toMatchObject([{ lane: 'out:other', route: 'out', campaigns: ['c1'] }]);
    learn('hosted.example', 'gmail');
    pass(60_000);
    expect(await dispatch.countWaiting()).toMatchObject([{ lane: 'out:gmail', route: 'out' }]);
  });
});
