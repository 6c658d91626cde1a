import type { Stage } from '../core/replies/reply.ts';
import type { AcceptedEvent, RefusedEvent, SimEvent } from './event.ts';
import type { Why } from './refusal.ts';

/** Counts what a provider, or all of them, decided. */

/** Second since the first MAIL, letters accepted, refusals. */
export type SecondCount = readonly [second: number, accepted: number, refused: number];

export type SimCounts = {
  readonly accepted: number;
  /** Distinct envelope recipients among the accepted. */
  readonly unique: number;
  /** Accepted again with the same Message-ID for the same recipient. */
  readonly duplicates: number;
  readonly refused: {
    readonly total: number;
    readonly byWhy: Readonly<Partial<Record<Why, number>>>;
    readonly byStage: Readonly<Partial<Record<Stage, number>>>;
  };
  readonly connections: number;
  /** TCP connections open at once, those refused at the greeting included. */
  readonly maxConcurrentConnections: number;
  readonly mailCommands: number;
  /** Accepted and refused, errors of protocol left out. */
  readonly attempts: number;
  /** Epoch, ms. */
  readonly firstMailAt: number | null;
  readonly lastAcceptAt: number | null;
  /** The newest hour of seconds in which anything happened. */
  readonly acceptedPerSecond: readonly SecondCount[];
};

export type SimTally = {
  mail(now: number): void;
  record(event: SimEvent): void;
  counts(): SimCounts;
};

const SECONDS_KEPT = 3600;

const bump = <K extends string>(counts: Partial<Record<K, number>>, key: K) => {
  counts[key] = (counts[key] ?? 0) + 1;
};

export function makeTally(): SimTally {
  const letters = makeLetterCount();
  const series: [number, number, number][] = [];
  const byWhy: Partial<Record<Why, number>> = {};
  const byStage: Partial<Record<Stage, number>> = {};
  let refused = 0;
  let connections = 0;
  let open = 0;
  let mostOpen = 0;
  let mailCommands = 0;
  let firstMailAt: number | null = null;
  let lastAcceptAt: number | null = null;

  function mark(at: number, column: 1 | 2): void {
    const second = firstMailAt === null ? 0 : Math.floor((at - firstMailAt) / 1000);
    let last = series.at(-1);
    if (last?.[0] !== second) {
      last = [second, 0, 0];
      series.push(last);
      if (series.length > SECONDS_KEPT) series.shift();
    }
    last[column]++;
  }

  function accept(event: AcceptedEvent): void {
    letters.add(event.to, event.messageId);
    lastAcceptAt = event.at;
    mark(event.at, 1);
  }

  function refuse(event: RefusedEvent): void {
    refused++;
    bump(byWhy, event.why);
    if (event.stage) bump(byStage, event.stage);
    mark(event.at, 2);
  }

  return {
    mail(now) {
      mailCommands++;
      firstMailAt ??= now;
    },
    record(event) {
      if (event.event === 'accepted') accept(event);
      else if (event.event === 'refused') refuse(event);
      else if (event.event === 'closed') open--;
      else if (event.event === 'connect') {
        connections++;
        open++;
        mostOpen = Math.max(mostOpen, open);
      }
    },
    counts: () => ({
      ...letters.counts(),
      refused: { total: refused, byWhy: { ...byWhy }, byStage: { ...byStage } },
      connections,
      maxConcurrentConnections: mostOpen,
      mailCommands,
      attempts: letters.counts().accepted + refused - (byWhy.protocol ?? 0),
      firstMailAt,
      lastAcceptAt,
      acceptedPerSecond: series.map(([second, accepted, no]) => [second, accepted, no] as const),
    }),
  };
}

/** Cheap for many recipients: one map entry each, a set only for those who got several letters. */
function makeLetterCount() {
  const seen = new Map<string, string | Set<string>>();
  let accepted = 0;
  let duplicates = 0;

  return {
    add(to: string, messageId: string): void {
      accepted++;
      const known = seen.get(to);
      if (known === undefined) seen.set(to, messageId);
      else if (typeof known !== 'string') {
        if (known.has(messageId)) duplicates++;
        else known.add(messageId);
      } else if (known === messageId) duplicates++;
      else seen.set(to, new Set([known, messageId]));
    },
    counts: () => ({ accepted, unique: seen.size, duplicates }),
  };
}
