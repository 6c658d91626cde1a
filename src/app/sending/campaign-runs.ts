import { type Campaign, type Event, move } from '../../core/campaigns/campaign.ts';
import { makeTrials, type Trials } from '../../core/campaigns/trials.ts';
import { makeGate, scheduleStart, type Zones } from '../../core/campaigns/window.ts';
import { type LifeCycle, makeLifeCycle, orUntil, type Timers } from '../../core/life-cycle.ts';
import type { Patience } from '../../core/recipients/give-up.ts';
import { total, waiting } from '../../core/recipients/recipient.ts';
import type { CampaignPatch, CampaignStore, CompiledLetter, LetterPress } from '../campaigns/ports.ts';
import type { Log } from '../ports.ts';
import type { CampaignWatch, CampaignWork, Jobs, Slices } from './ports.ts';

/** Moves campaigns along: opens, ends, blocks them; and says which may send right now. */

export type Run = Patience & {
  readonly id: string;
  readonly letter: CompiledLetter;
  readonly onUncertain: 'hold' | 'resend';
  readonly sliceCount: number;
  /** Fires when the campaign may not send any more: paused, cancelled, blocked, past its deadline. */
  readonly stop: AbortController;
  /** Whether a letter may start at this instant: the campaign runs and its window is open. */
  readonly mayStart: (now: number) => boolean;
  /** What its letters' rendering says: whether a row or the letter itself is at fault. */
  readonly trials: Trials;
};

export type CampaignRuns = LifeCycle & {
  /** Moves every campaign on by what is due; nothing while stopped. */
  advance(): Promise<void>;
  /** Campaigns that run; also those that wait for their window. */
  runs(): readonly Run[];
  run(campaignId: string): Run | undefined;
  block(campaignId: string, because: string): Promise<void>;
};

export type CampaignRunsDeps = {
  readonly watch: CampaignWatch;
  readonly campaigns: Pick<CampaignStore, 'get' | 'update'>;
  readonly slices: Pick<Slices, 'sums' | 'endWaiting'>;
  readonly press: LetterPress;
  readonly jobs: Pick<Jobs, 'requestOpening'>;
  readonly zones: Zones;
  readonly clock: Timers;
  /** Whether the time is known just now; while it is not, nothing starts, opens or ends. */
  readonly isTimeKnown: () => boolean;
  /** Takes routes, routing, providers and orders in as they are now. */
  readonly readConfiguration: () => Promise<void>;
  /** A person started or resumed a campaign: where lanes stand still, one letter tries. */
  readonly tryLanes: () => void;
  readonly log: Log;
  /** Slices of this campaign that this worker has in hand. */
  readonly inHand: (campaignId: string) => number;
};

/** A start this much after its time happened because nobody ran. */
const LATE_MS = 60_000;

type Active = Run & {
  readonly version: number;
  /** Whether the Date of its letters is fixed: its first letter could start. */
  readonly hasDate: boolean;
  readonly isOpen: (now: number) => boolean;
};

export function makeCampaignRuns(deps: CampaignRunsDeps): CampaignRuns {
  const { watch, campaigns, slices, press, jobs, zones, clock, isTimeKnown, readConfiguration, tryLanes, log, inHand } =
    deps;
  const active = new Map<string, Active>();
  const announced = new Map<string, number>();
  let isUp = false;
  let advancing: Promise<void> = Promise.resolve();

  async function moveAlong(work: CampaignWork): Promise<void> {
    if (work.state === 'scheduled') await openWhenDue(work);
    if (work.state === 'running') await keepRunning(work);
    if (work.state === 'cancelled') await endCancelled(work);
  }

  async function moveTo(work: CampaignWork, event: Event, patch: CampaignPatch): Promise<boolean> {
    const next = move({ state: work.state, openImport: null }, event);
    if (!next.ok) return false;
    const moved = await campaigns.update(work.id, work.version, { ...patch, state: next.value.state });
    if (moved) log.info(`campaign ${next.value.state}`, { campaign: work.id });
    return moved !== null;
  }

  async function openWhenDue(work: CampaignWork): Promise<void> {
    if (!work.schedule) return;
    const now = clock.now();
    const startAt = work.schedule.startAt?.getTime() ?? now;
    const start = scheduleStart(work.schedule, now, now - startAt > LATE_MS, zones);
    if (start.kind === 'never') return;
    if (start.kind === 'hold') {
      const because = 'schedule.missedStart: nobody ran when it was to start, and it is told to wait for a person.';
      await moveTo({ ...work, state: 'running' }, 'block', { blockedBecause: because });
      return;
    }
    if (start.at <= now) {
      await moveTo(work, 'open', { startedAt: new Date(now) });
    } else if (announced.get(work.id) !== start.at) {
      await jobs.requestOpening(work.id, new Date(start.at));
      announced.set(work.id, start.at);
    }
  }

  async function keepRunning(work: CampaignWork): Promise<void> {
    const known = active.get(work.id);
    const opensNow = known !== undefined && !known.hasDate && known.isOpen(clock.now());
    if (known?.version !== work.version || opensNow) await begin(work);
    const run = active.get(work.id);
    if (!run) return;
    const now = clock.now();
    if (run.deadline !== null && now >= run.deadline) {
      run.stop.abort();
      if (inHand(work.id) > 0) return;
      const expired = await slices.endWaiting(work.id, 'expired');
      if (expired > 0) log.warn('deadline passed', { campaign: work.id, expired });
    }
    await finishWhenDone(work, now);
  }

  async function begin(work: CampaignWork): Promise<void> {
    const isNew = !active.has(work.id);
    stopRun(work.id);
    // What was acknowledged before the campaign was started or resumed holds for its first letter.
    await readConfiguration();
    if (isNew) tryLanes();
    const found = await campaigns.get(work.id);
    if (!isUp || found?.version !== work.version) return;
    const campaign = found.openedAt || !mayOpen(found) ? found : await opened(found);
    if (!campaign || !isUp) return;
    const letter = press.compile(campaign);
    if (!letter.ok) return block(work.id, letter.error.map(({ code, detail }) => `${code}: ${detail}`).join(' '));
    active.set(work.id, { ...runOf(campaign, letter.value), version: campaign.version });
  }

  /** From here on its letters have their Date. */
  const opened = (campaign: Campaign) =>
    campaigns.update(campaign.id, campaign.version, { openedAt: new Date(clock.now()) });

  const gateOf = ({ schedule }: Campaign) => {
    const gate = makeGate(schedule?.windows ?? [], zones);
    const startAt = schedule?.startAt?.getTime() ?? Number.NEGATIVE_INFINITY;
    const deadline = schedule?.deadline?.getTime() ?? Number.POSITIVE_INFINITY;
    return (now: number) => isTimeKnown() && now >= startAt && now < deadline && gate(now).open;
  };
  const mayOpen = (campaign: Campaign) => gateOf(campaign)(clock.now());

  function runOf(campaign: Campaign, letter: CompiledLetter): Omit<Active, 'version'> {
    const isOpen = gateOf(campaign);
    const stop = new AbortController();
    const { id, onUncertain, sliceCount, giveUpAfterMs } = campaign;
    const deadline = campaign.schedule?.deadline?.getTime() ?? null;
    const hasDate = Boolean(campaign.openedAt);
    const mayStart = (now: number) => hasDate && !stop.signal.aborted && isOpen(now);
    const skips = campaign.skipsUnrenderable ?? false;
    return {
      ...{ id, letter, onUncertain, sliceCount, giveUpAfterMs, deadline },
      ...{ stop, mayStart, hasDate, isOpen, trials: makeTrials(skips) },
    };
  }

  async function finishWhenDone(work: CampaignWork, now: number): Promise<void> {
    if (inHand(work.id) > 0) return;
    const { counts, nextDueAt } = await slices.sums(work.id);
    if (waiting(counts) > 0 || nextDueAt !== null) return;
    stopRun(work.id);
    if (total(counts) !== work.accepted) {
      // Never "finished" with people who are in no account.
      return block(work.id, `ledger.sum: ${total(counts)} recipients, but ${work.accepted} were accepted.`);
    }
    await moveTo(work, 'finish', { finishedAt: new Date(now) });
  }

  async function endCancelled(work: CampaignWork): Promise<void> {
    if (inHand(work.id) > 0) return;
    await slices.endWaiting(work.id, 'cancelled');
    const { counts } = await slices.sums(work.id);
    if (waiting(counts) === 0) await campaigns.update(work.id, work.version, { finishedAt: new Date(clock.now()) });
  }

  function stopRun(id: string): void {
    active.get(id)?.stop.abort();
    active.delete(id);
  }

  async function block(id: string, because: string): Promise<void> {
    stopRun(id);
    const campaign = await campaigns.get(id);
    if (campaign?.state !== 'running') return;
    log.error('campaign blocked', { campaign: id, because });
    await campaigns.update(id, campaign.version, { state: 'blocked', blockedBecause: because });
  }

  async function advanceAll(): Promise<void> {
    if (!isTimeKnown()) return;
    const works = await watch.atWork();
    const running = new Set(works.filter(({ state }) => state === 'running').map(({ id }) => id));
    for (const id of [...active.keys()]) if (!running.has(id)) stopRun(id);
    for (const work of works) {
      if (!isUp) return;
      // One campaign's trouble must not hold up the others.
      await moveAlong(work).catch((error: unknown) =>
        log.error('campaign not moved along', { campaign: work.id, reason: String(error) }),
      );
    }
  }

  const cycle = makeLifeCycle(clock, {
    begin() {
      isUp = true;
    },
    async end(over) {
      isUp = false;
      for (const id of [...active.keys()]) stopRun(id);
      await orUntil(
        over,
        advancing.catch(() => undefined),
      );
    },
  });

  return {
    ...cycle,
    advance() {
      if (!isUp) return Promise.resolve();
      advancing = advanceAll();
      return advancing;
    },
    runs: () => [...active.values()],
    run: (id) => active.get(id),
    block,
  };
}
