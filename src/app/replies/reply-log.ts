import { classify, NOTHING_TAUGHT, type ReplyContext, taughtRows } from '../../core/replies/classify.ts';
import type { Reply } from '../../core/replies/reply.ts';
import type { RowIndex } from '../../core/replies/row-index.ts';
import { isCodeAlone } from '../../core/replies/unknown.ts';
import type { Verdict } from '../../core/replies/verdict.ts';
import type { Log } from '../ports.ts';
import type { ReplyRecord, ReplyRule, ReplyRuleStore, TallyStore, UnknownReplyStore } from './ports.ts';
import { makeTallies } from './tallies.ts';
import { makeUnknownNotes, type Noted } from './unknown.ts';

/** How this worker understands replies, with what a person taught meanwhile, and what it remembers of them. */

export type ReplyLog = {
  classify(reply: Reply, context: ReplyContext): Verdict;
  /** Once per attempt. It only counts, in memory. */
  record(note: ReplyRecord): void;
  /** Takes in what was taught; every few seconds. */
  readRules(): Promise<void>;
  /** Writes what was counted; about once a second. */
  flush(): Promise<void>;
};

type Deps = {
  readonly refusals: TallyStore;
  readonly unknownReplies: Pick<UnknownReplyStore, 'add'>;
  readonly replyRules: Pick<ReplyRuleStore, 'all'>;
  readonly workerName: string;
  readonly log: Log;
};

export function makeReplyLog(deps: Deps): ReplyLog {
  const tallies = makeTallies({ refusals: deps.refusals, worker: deps.workerName, log: deps.log });
  let taught: RowIndex = NOTHING_TAUGHT;
  let known = '[]';
  const notes = makeUnknownNotes();

  async function readRules(): Promise<void> {
    const rules = await deps.replyRules.all();
    const now = JSON.stringify(rules);
    if (now === known) return;
    known = now;
    taught = taughtRows(rules.map(asRow));
    deps.log.info('reply rules taken in', { rules: rules.length });
  }

  /** What was taught since it was said is not unknown any more. */
  const isStillUnknown = ({ provider, code, enhanced, text, stage }: Noted) =>
    isCodeAlone(
      classify({ code, enhanced, text }, { provider, stage, reused: false, direct: true, carried: 0 }, taught).rule,
    );

  async function flushUnknown(): Promise<void> {
    const held = notes.takeAll();
    if (held.length === 0) return;
    try {
      await readRules();
      const unknown = held.filter(isStillUnknown);
      if (unknown.length > 0) await deps.unknownReplies.add(unknown.map(({ stage: _, ...rest }) => rest));
    } catch (error) {
      notes.giveBack(held);
      throw error;
    }
  }

  return {
    classify: (reply, context) => classify(reply, context, taught),
    record(reply) {
      tallies.add(reply);
      if (reply.verdict && isCodeAlone(reply.verdict.rule)) notes.add(reply);
    },
    readRules,
    async flush() {
      await tallies.flush();
      await flushUnknown();
    },
  };
}

const asRow = ({ id, provider, reply, meaning, reaction, pauseSeconds, explicit }: ReplyRule) => ({
  ...{ id, provider, reply },
  means: [meaning, reaction, pauseSeconds] as const,
  ...(explicit && { explicit: true as const }),
});
