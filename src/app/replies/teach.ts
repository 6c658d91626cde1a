import {
  rowOf,
  type TeachableMeaning,
  type TeachableReaction,
  type TeachFault,
  teachFault,
} from '../../core/replies/unknown.ts';
import { ok } from '../../core/result.ts';
import type { Clock } from '../ports.ts';
import { noSuch, type Outcome, refuse } from '../problem.ts';
import type { ReplyRule, ReplyRuleStore, UnknownReplyStore } from './ports.ts';

/** A person says what an unknown reply means; the workers know it within seconds. */

export type Teaching = {
  readonly meaning: TeachableMeaning;
  readonly reaction: TeachableReaction;
  readonly pauseSeconds: number;
  readonly explicit: boolean;
};

type Deps = { readonly unknownReplies: UnknownReplyStore; readonly replyRules: ReplyRuleStore; readonly clock: Clock };

/** Every worker reads them all every few seconds. */
const MOST_RULES = 1_000;

const WHY_NOT: Readonly<Record<TeachFault, string>> = {
  'reply.temporary': 'A 4xx reply asks for another try later, so it may not end a recipient.',
  'reply.aboutPace':
    'The reply speaks of pace or time, which says nothing about the mailbox, so it may not suppress it.',
};

export function makeTeachReply({ unknownReplies, replyRules, clock }: Deps) {
  /** Again with the same id: what was taught is replaced. */
  return async function teachReply(id: string, teaching: Teaching): Promise<Outcome<ReplyRule>> {
    const [unknown, before] = await Promise.all([unknownReplies.get(id), replyRules.get(id)]);
    const sample = unknown ? rowOf(unknown, ['server_busy', 'retry_recipient', 0]) : before;
    if (!sample) return noSuch('reply');
    const [code = ''] = sample.reply.split(' ');
    const fault = teachFault({ code: Number(code), text: sample.reply.slice(code.length) }, teaching.reaction);
    if (fault) {
      const errors = [{ pointer: '/reaction', code: fault, detail: WHY_NOT[fault] }];
      return refuse(fault, WHY_NOT[fault], { errors });
    }
    if (!before && (await replyRules.all()).length >= MOST_RULES) {
      return refuse('replyRule.tooMany', `There are ${MOST_RULES} rules already; forget one first.`);
    }
    const { provider, reply } = sample;
    const rule = { id, provider, reply, ...teaching, at: new Date(clock.now()) };
    await replyRules.put(rule);
    await unknownReplies.forget(id);
    return ok(rule);
  };
}
