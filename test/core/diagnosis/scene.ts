import { type Diagnosis, type DiagnosisInput, diagnose } from '../../../src/core/diagnosis/diagnose.ts';
import type { Second } from '../../../src/core/diagnosis/effects.ts';
import { MOVING } from '../../../src/core/diagnosis/standstill.ts';
import type { Decision } from '../../../src/core/lanes/lane.ts';
import { classify } from '../../../src/core/replies/classify.ts';
import { parseReply } from '../../../src/core/replies/parse.ts';
import type { Stage } from '../../../src/core/replies/reply.ts';
import { slotOf, TALLY_SLOT_MS, type Tally } from '../../../src/core/replies/tally.ts';

export const SLOW = '421 4.7.0 Too much mail from your host, slow down';
export const TSS04 =
  '421 4.7.0 [TSS04] Messages from 198.51.100.7 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes';
export const SPAMHAUS =
  '550 5.7.1 Service unavailable, Client host [198.51.100.7] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/198.51.100.7 (AS3130).';
export const UNSIGNED =
  '550-5.7.26 Your email has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. https://support.google.com/mail/answer/81126#authentication - gsmtp';

/** An hour on some lanes, told minute by minute, for the diagnosis to judge. Times are minutes after nine. */

export const NINE = Date.UTC(2026, 10, 24, 21);
export const at = (minute: number) => NINE + minute * 60_000;

export function makeScene(lane: string) {
  const tallies: Tally[] = [];
  const decisions: Decision[] = [];
  const seconds: Second[] = [];
  const [route = '', provider = ''] = lane.split(':');

  /** `line` heard `count` times, evenly from one minute to another; no line: accepted. */
  function heard(
    from: number,
    until: number,
    count: number,
    line?: string,
    where: { lane?: string; stage?: Stage } = {},
  ) {
    const id = where.lane ?? lane;
    const speaker = id.split(':')[1]!;
    const reply = line === undefined ? null : parseReply(line)!;
    const context = {
      provider: speaker,
      stage: where.stage ?? 'mail',
      reused: true,
      direct: true,
      carried: 3,
    } as const;
    const verdict = reply && classify(reply, context);
    const step = ((until - from) * 60_000) / count;
    const bySlot = new Map<number, number[]>();
    for (let index = 0; index < count; index++) {
      const time = Math.floor(at(from) + index * step);
      bySlot.set(slotOf(time), [...(bySlot.get(slotOf(time)) ?? []), time]);
      if (id === lane) count1(time, verdict === null ? 'accepted' : kindOf(verdict.reaction));
    }
    for (const [slot, times] of bySlot) {
      tallies.push({
        ...{ campaignId: 'c', lane: id, slot, code: reply?.code ?? 250, enhanced: reply?.enhanced ?? null },
        ...{ rule: verdict?.rule ?? null, verdict, count: times.length, firstAt: times[0]!, lastAt: times.at(-1)! },
        examples: line === undefined ? [] : [line],
      });
    }
  }

  function count1(time: number, kind: 'accepted' | 'throttled' | 'other') {
    seconds.push({ at: new Date(time), accepted: 0, throttled: 0, other: 0, [kind]: 1 });
  }

  function decided(minute: number, action: string, change: Partial<Decision> = {}) {
    decisions.push({
      ...{ lane, at: new Date(at(minute)), action, rateBefore: 10, rateAfter: 10, connections: 5, pausedUntil: null },
      ...{ cause: 'throttling', rule: 'general.rate', reply: null, ...change },
    });
  }

  function diagnosed(now: number, change: Partial<DiagnosisInput> = {}): Diagnosis {
    const sorted = [...seconds].sort((a, b) => a.at.getTime() - b.at.getTime());
    const input = { lane, route, provider, from: at(now - 60), now: at(now), tallies, campaignId: null, decisions };
    return diagnose({ ...input, seconds: sorted, still: MOVING, ...change });
  }

  return { heard, decided, diagnosed, tallies, slotMs: TALLY_SLOT_MS };
}

const kindOf = (reaction: string) =>
  reaction === 'lower_rate' || reaction === 'pause_provider'
    ? ('throttled' as const)
    : reaction === 'suppress_recipient'
      ? ('accepted' as const)
      : ('other' as const);

/** As a person would read it. */
export function printed(diagnosis: Diagnosis): string {
  const { headline, evidence, otherCauses, steps, advice, effects } = diagnosis;
  return [
    headline,
    ...evidence.for.map((text) => `  + ${text}`),
    ...evidence.against.map((text) => `  - ${text}`),
    ...otherCauses.map(({ cause, because }) => `  ? ${cause}: ${because}`),
    ...effects.map(({ text }) => `  = ${text}`),
    ...steps.map(({ text }) => `  . ${text}`),
    ...advice.map(({ text, page }) => `  > ${text}${page ? ` <${page.url}> (${page.namedBy})` : ''}`),
  ].join('\n');
}
