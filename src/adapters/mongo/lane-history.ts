import type { LaneHistory, LaneSample } from '../../app/lanes/ports.ts';
import type { Collections, LaneMinuteDoc } from './documents.ts';

/** What each lane did, second by second, for a week: one document per lane and minute. */

const MINUTE_MS = 60_000;

const minuteOf = (at: number) => Math.floor(at / MINUTE_MS) * MINUTE_MS;
const idOf = (lane: string, minute: number) => `${lane}|${String(minute).padStart(14, '0')}`;

export function mongoLaneHistory({ laneSamples }: Pick<Collections, 'laneSamples'>): LaneHistory {
  return {
    async add(lane, samples) {
      if (samples.length === 0) return;
      const minutes = new Map<number, Record<string, readonly number[]>>();
      for (const { at, allowed, accepted, throttled, other, sessions } of samples) {
        const minute = minuteOf(at.getTime());
        const second = Math.floor((at.getTime() - minute) / 1_000);
        const fields = minutes.get(minute) ?? {};
        fields[`s.${second}`] = [allowed, accepted, throttled, other, sessions];
        minutes.set(minute, fields);
      }
      const writes = [...minutes].map(([minute, fields]) => ({
        updateOne: {
          filter: { _id: idOf(lane, minute) },
          update: { $set: { m: new Date(minute), ...fields } },
          upsert: true,
        },
      }));
      await laneSamples.bulkWrite(writes, { ordered: false });
    },

    async read(lane, from, until) {
      const range = { $gte: idOf(lane, minuteOf(from.getTime())), $lt: idOf(lane, until.getTime()) };
      const docs = await laneSamples.find({ _id: range }, { sort: { _id: 1 } }).toArray();
      return docs.flatMap(secondsOf).filter(({ at }) => at >= from && at < until);
    },

    async last(lane) {
      const range = { $gte: idOf(lane, 0), $lt: `${lane}}` };
      const doc = await laneSamples.findOne({ _id: range }, { sort: { _id: -1 } });
      return doc ? (secondsOf(doc).at(-1)?.at ?? null) : null;
    },
  };
}

/** Keys that are whole numbers come in their order (ECMAScript, OrdinaryOwnPropertyKeys). */
const secondsOf = ({ m, s }: LaneMinuteDoc): LaneSample[] =>
  Object.entries(s).map(([second, [allowed, accepted, throttled, other, sessions]]) => ({
    at: new Date(m.getTime() + Number(second) * 1_000),
    ...{ allowed, accepted, throttled, other, sessions },
  }));
