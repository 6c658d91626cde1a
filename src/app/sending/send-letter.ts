import type { Answer } from '../../core/attribution/proposal.ts';
import { withinTime } from '../../core/recipients/give-up.ts';
import type { RetryPolicy } from '../../core/recipients/retry.ts';
import { back, type Settled, settle } from '../../core/recipients/settle.ts';
import { nameless } from '../../core/replies/nameless.ts';
import { isBeforeRcpt } from '../../core/replies/reply.ts';
import { plain, shapeOf } from '../../core/replies/shape.ts';
import { needsPerson, type Verdict } from '../../core/replies/verdict.ts';
import type { RenderFault } from '../campaigns/ports.ts';
import type { Admission } from '../lanes/admit.ts';
import type { LaneSender } from '../lanes/lane.ts';
import type { AttemptRecord, SendResult } from '../lanes/ports.ts';
import type { Judgement } from '../lanes/stand.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { ReplyLog } from '../replies/reply-log.ts';
import type { Run } from './campaign-runs.ts';
import type { LedgerEntry, LedgerWriter } from './ledger-writer.ts';
import type { Claimed } from './ports.ts';

/** One letter, from a claimed row to its ledger entry. */

export type Sender = {
  /** Resolves when the attempt is over; its outcome is durable when `written` resolves, a little later. */
  send(run: Run, lane: LaneSender, row: Claimed, stop: AbortSignal): Promise<{ readonly written: Promise<void> }>;
  /** A row that was claimed and not tried. */
  giveBack(row: Claimed): Promise<void>;
};

export type SendDeps = {
  readonly writer: Pick<LedgerWriter, 'mark' | 'settle' | 'unsettled'>;
  readonly retry: RetryPolicy;
  readonly replyLog: Pick<ReplyLog, 'classify' | 'record'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Longest time from the mark to the outcome, ms. */
  readonly attemptMs: number;
  readonly block: (campaignId: string, because: string) => Promise<void>;
  /** Whether routes, routing, providers and orders are still what this worker works by. */
  readonly isConfigurationCurrent: () => Promise<boolean>;
};

/** Outcomes that may wait for the database before the senders do. */
const MOST_UNSETTLED = 200;
/** Until others have shown whether the letter or the row is at fault. */
const UNSURE_MS = 2_000;

export function makeSender(deps: SendDeps): Sender {
  const { writer, retry, replyLog, clock, random, log, attemptMs } = deps;

  /** The writer tries for ever; only a process told to stop gives up, and then the rescue finds the row. */
  async function written(outcome: Partial<LedgerEntry> & Pick<LedgerEntry, 'settlement'>): Promise<void> {
    await writer
      .settle({ attempt: null, suppress: null, ...outcome })
      .catch((error: unknown) => log.error('outcome given up', { reason: String(error) }));
  }

  const giveBack = (row: Claimed) =>
    written({ settlement: { ...untouched(row), to: back(row.failures, clock.now()) } });

  function putOff(run: Run, row: Claimed, ms: number): Promise<void> {
    const now = clock.now();
    const to = withinTime(back(row.failures, now + ms), row.firstTriedAt, now, run);
    return written({ settlement: { ...untouched(row), to } });
  }

  async function attempt(run: Run, lane: LaneSender, row: Claimed, letter: Parameters<LaneSender['send']>[0]) {
    let suppressed = false;
    const mark = async () => {
      if (!run.mayStart(clock.now()) || !lane.isHeld()) return false;
      const answer = await writer.mark(row, clock.now() + attemptMs);
      suppressed = answer === 'suppressed';
      // A pause may have come while the mark was written.
      return answer === 'go' && run.mayStart(clock.now()) && lane.isHeld();
    };
    const result = await lane.send(letter, mark);
    return { result: await ofToday(lane, result), suppressed };
  }

  /** A refusal that asks for a person, heard by a configuration that was changed meanwhile: perhaps it is mended already. */
  async function ofToday(lane: LaneSender, result: SendResult): Promise<SendResult> {
    const verdict = verdictOf(replyLog, lane, result);
    const { stage, reply } = result;
    if (!verdict || !isBeforeRcpt(stage) || !needsPerson(stage, reply?.code ?? 0, verdict)) return result;
    return (await deps.isConfigurationCurrent().catch(() => true)) ? result : { ...result, outcome: 'withdrawn' };
  }

  async function conclude(run: Run, lane: LaneSender, row: Claimed, admission: Admission, result: SendResult) {
    const verdict = verdictOf(replyLog, lane, result);
    const { outcome, stage } = result;
    const { finding, fate } =
      outcome === 'withdrawn' ? UNHEARD : heard(lane, row, admission, { ...result, outcome }, verdict);
    const firstTriedAt = row.firstTriedAt ?? (outcome === 'withdrawn' ? null : clock.now());
    // Whether it is over for the recipient may hang on what the next ones are told.
    const decided = fate && (await fate);
    const code = result.reply?.code ?? 0;
    const { failures } = row;
    const circumstance = { outcome, stage, code, failures, onUncertain: run.onUncertain, finding, fate: decided };
    const now = clock.now();
    const settled = settle(circumstance, verdict, now, random(), retry);
    const to = withinTime(settled.to, firstTriedAt, now, run);
    await record({ ...row, firstTriedAt }, lane, result, verdict, { ...settled, to });
  }

  function heard(
    lane: LaneSender,
    row: Claimed,
    admission: Admission,
    result: SendResult & { readonly outcome: Answer['outcome'] },
    verdict: Verdict | null,
  ): Judgement {
    const { outcome, stage, carried } = result;
    const reply = said(result);
    // Lanes and the reply log outlive the campaign and its addresses.
    const text = nameless(reply.text, row.address, verdict?.scope === 'recipient');
    const told = result.reply ? `${reply.code} ${reply.enhanced ?? ''} ${text}` : result.detail && text;
    replyLog.record({
      ...{ campaignId: row.campaignId, lane: lane.id, provider: lane.provider, stage, verdict, at: clock.now() },
      ...{ ...reply, text },
    });
    return lane.judge({
      answer: {
        ...{ outcome, stage, verdict, code: reply.code, recipient: row.id, domain: row.domain },
        isRetry: row.failures > 0,
      },
      words: verdict ? `${reply.code} ${shapeOf(plain(reply.text))}` : '',
      ...{ admission, carried },
      evidence: { cause: verdict?.cause ?? null, rule: verdict?.rule ?? null, reply: told },
    });
  }

  function record(
    row: Claimed,
    lane: LaneSender,
    result: SendResult,
    verdict: Verdict | null,
    { to, failed, suppress }: Settled,
  ): Promise<void> {
    const attempted = failed || to.state === 'sent' || to.state === 'uncertain';
    const reply = result.outcome === 'withdrawn' ? null : wordsOf(result);
    const isNothing = result.outcome === 'withdrawn' && result.stage === 'connect';
    return written({
      settlement: { ...untouched(row), to, attempted, failed, reply },
      attempt: isNothing ? null : attemptOf(row, lane, result, verdict, attempted),
      suppress: suppress ? { address: row.address, campaignId: row.campaignId } : null,
    });
  }

  function notRendered(run: Run, row: Claimed, { code, detail, pointer }: RenderFault): Promise<void> {
    const fault = run.trials.failed(row.id);
    if (fault === 'row') {
      const reply = { code: 0, enhanced: null, text: `${code}: ${detail}` };
      return written({ settlement: { ...untouched(row), to: { state: 'invalid' }, reply } });
    }
    if (fault === 'letter') {
      void deps
        .block(run.id, `${code}: ${detail} (${pointer || 'the letter'}), for several recipients in a row.`)
        .catch((error: unknown) => log.warn('campaign not blocked', { campaign: run.id, reason: String(error) }));
    }
    return putOff(run, row, UNSURE_MS);
  }

  async function send(run: Run, lane: LaneSender, row: Claimed, stop: AbortSignal) {
    const rendered = run.letter.render(row);
    if (!rendered.ok) return { written: notRendered(run, row, rendered.error) };
    run.trials.rendered();
    const admission = await lane.admit(row, stop);
    if (admission === null || typeof admission === 'number') return { written: putOff(run, row, admission ?? 0) };
    try {
      if (!run.mayStart(clock.now())) {
        lane.giveBack(admission);
        return { written: giveBack(row) };
      }
      const { result, suppressed } = await attempt(run, lane, row, rendered.value);
      if (suppressed || result.outcome === 'withdrawn') lane.giveBack(admission);
      const outcome = suppressed
        ? written({ settlement: { ...untouched(row), to: { state: 'suppressed' } } })
        : conclude(run, lane, row, admission, result);
      // The next letter need not wait for this one's outcome to be durable, unless the database falls far behind.
      if (writer.unsettled() > MOST_UNSETTLED) await outcome;
      return { written: outcome };
    } finally {
      lane.done(admission);
    }
  }

  return { send, giveBack };
}

/** Our own gate held it back, so there is nothing to judge. */
const UNHEARD: Judgement = {
  finding: { blame: 'nobody', doubt: null, pardons: 0, backMs: 0, againMs: null },
  fate: null,
};

const untouched = ({ id, by, firstTriedAt }: Claimed) => ({
  ...{ id, by, firstTriedAt },
  ...{ attempted: false, failed: false, reply: null },
});

/** What the server said, or our own words for its silence; null where there is nothing to say. */
const wordsOf = ({ reply, detail }: SendResult) =>
  reply ?? (detail === null ? null : { code: 0, enhanced: null, text: detail });

const said = (result: SendResult) => wordsOf(result) ?? { code: 0, enhanced: null, text: '' };

function verdictOf(
  { classify: understand }: SendDeps['replyLog'],
  lane: LaneSender,
  result: SendResult,
): Verdict | null {
  const { outcome, stage, reused, carried } = result;
  if (outcome === 'accepted' || outcome === 'withdrawn') return null;
  return understand(said(result), { provider: lane.provider, stage, reused, direct: lane.direct, carried });
}

function attemptOf(
  row: Claimed,
  lane: LaneSender,
  result: SendResult,
  verdict: Verdict | null,
  counted: boolean,
): AttemptRecord {
  const { outcome, stage, reused, startedAt, tookMs } = result;
  return {
    campaignId: row.campaignId,
    recipientId: row.id,
    lane: lane.id,
    at: new Date(startedAt),
    tookMs: Math.round(tookMs),
    outcome,
    stage,
    reused,
    reply: wordsOf(result),
    verdict: verdict && {
      meaning: verdict.meaning,
      reaction: verdict.reaction,
      cause: verdict.cause,
      rule: verdict.rule,
    },
    counted,
  };
}
