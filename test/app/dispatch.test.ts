import { describe, expect, test } from 'vitest';
import { makeDispatch } from '../../src/app/dispatch.ts';
import type { Run } from '../../src/app/foreman.ts';
import type { Lane } from '../../src/app/lane.ts';
import type { Log, SliceJob } from '../../src/app/ports.ts';
import type { Slices } from '../../src/app/sending-ports.ts';
import type { RoutingRule } from '../../src/core/routing.ts';

const quiet: Log = { info() {}, warn() {}, error() {}, with: () => quiet };
const RULES: readonly RoutingRule[] = ['slow', 'fast'].map((name) => ({ domain: `${name}.example`, route: name }));

function dispatching(domains: readonly (readonly string[])[], { stopped = [] as string[], rules = RULES } = {}) {
  const asked: SliceJob[] = [];
  const blocked: string[] = [];
  let now = 0;
  const run = { id: 'c1', sliceCount: domains.length, mayStart: () => true } as unknown as Run;
  const slices = {
    async *domains() {
      yield* domains.map((names, slice) => ({ slice, domains: names }));
    },
    due: async () => domains.map((_, slice) => slice),
  } as unknown as Slices;
  const dispatch = makeDispatch({
    foreman: { runs: () => [run] },
    slices,
    lanes: { all: () => stopped.map((id) => ({ id, isStopped: () => true }) as Lane) },
    jobs: { requestSlice: async (job) => void asked.push(job), requestOpening: async () => undefined },
    routing: () => rules,
    clock: { now: () => now },
    log: quiet,
    block: async (_, because) => void blocked.push(because),
  });
  return { dispatch, asked: () => asked.map(({ slice }) => slice), blocked, pass: (ms: number) => (now += ms) };
}

const slow = ['slow.example'];
const fast = ['fast.example'];

describe('asking for slices', () => {
  test('asks for a few of each lane, so that a long lane does not stand in the way of another', async () => {
    const { dispatch, asked } = dispatching([slow, slow, slow, slow, slow, slow, fast, fast]);
    await dispatch.tick();
    expect(asked()).toEqual([0, 1, 2, 6, 7]);
  });

  test('asks for the next when one has ended, and never twice for one in work', async () => {
    const { dispatch, asked } = dispatching([slow, slow, slow, slow]);
    await dispatch.tick();
    for (const slice of [0, 1, 2]) dispatch.began({ campaignId: 'c1', slice });
    await dispatch.tick();
    expect(asked()).toEqual([0, 1, 2]);
    dispatch.ended({ campaignId: 'c1', slice: 0 }, false);
    await dispatch.tick();
    expect(asked()).toEqual([0, 1, 2, 3]);
    expect(dispatch.inHand('c1')).toBe(4);
  });

  test('asks again for a job that never began', async () => {
    const { dispatch, asked, pass } = dispatching([slow]);
    await dispatch.tick();
    pass(10_000);
    await dispatch.tick();
    expect(asked()).toEqual([0]);
    pass(15_000);
    await dispatch.tick();
    expect(asked()).toEqual([0, 0]);
  });

  test('asks for nothing on a lane that has stopped', async () => {
    const { dispatch, asked } = dispatching([slow, fast], { stopped: ['slow:slow.example'] });
    await dispatch.tick();
    expect(asked()).toEqual([1]);
  });

  test('a domain that no rule routes blocks the campaign, by name', async () => {
    const { dispatch, asked, blocked } = dispatching([slow, ['fast.example', 'lost.example']]);
    await dispatch.tick();
    expect(blocked).toEqual(['routing.missing: no rule routes lost.example.']);
    expect(asked()).toEqual([]);
  });
});
