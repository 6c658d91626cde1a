import type { StandingState } from '../../core/attribution/standing.ts';
import type { Stop } from '../../core/attribution/stop.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { LaneStore } from '../lanes/ports.ts';

/** Notices when a person is needed: a campaign is blocked when every lane for which it waits stands still until somebody changes something. */

type Deps = {
  readonly lanes: Pick<Lanes, 'all'>;
  readonly laneStore: Pick<LaneStore, 'learned'>;
  readonly block: (campaignId: string, because: string) => Promise<void>;
};

/** RFC 5321 4.1.1.1 asks for a full name in EHLO, and some servers insist. */
const ABOUT_OUR_NAME = /\b(?:helo|ehlo)\b|fully[- ]qualified|\bfqdn\b/i;
const remedyFor = (words: string) =>
  ABOUT_OUR_NAME.test(words)
    ? ' Set OFFPEAK_EHLO_NAME to the full name of this machine, such as mail.example.com.'
    : '';

/** Not before a person asks for it. */
const isForGood = (stop: Stop | null): stop is Stop => stop !== null && stop.until === null;

export function makeBlockOnStandstill({ lanes, laneStore, block }: Deps) {
  async function standstillOf(lane: string): Promise<Stop | null> {
    const ours = lanes.all().find(({ id }) => id === lane);
    if (ours) return ours.standstill();
    return ((await laneStore.learned(lane))?.standing as StandingState | undefined)?.stop ?? null;
  }

  /** `waiting`: the lanes for which each campaign waits. */
  return async function blockStuck(waiting: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const some = lanes.all().some((lane) => isForGood(lane.standstill()));
    if (!some) return;
    for (const [campaignId, ids] of waiting) {
      const stops = await Promise.all(ids.map(standstillOf));
      if (stops.length === 0 || !stops.every(isForGood)) continue;
      const { cause, rule, reply } = stops[0]!.reason;
      const words = reply ?? '';
      await block(campaignId, `${cause}: lane ${ids[0]} answered "${words}" (${rule}).${remedyFor(words)}`);
    }
  };
}
