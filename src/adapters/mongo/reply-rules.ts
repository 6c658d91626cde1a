import type { ReplyRule, ReplyRules } from '../../app/replies/ports.ts';
import type { Collections, ReplyRuleDoc } from './documents.ts';

/** What a person taught about replies. */

const toRule = ({ _id, ...rest }: ReplyRuleDoc): ReplyRule => ({ id: _id, ...rest });

export function mongoReplyRules({ replyRules }: Pick<Collections, 'replyRules'>): ReplyRules {
  return {
    async all() {
      return (await replyRules.find({}, { sort: { at: -1, _id: 1 } }).toArray()).map(toRule);
    },
    async get(id) {
      const doc = await replyRules.findOne({ _id: id });
      return doc ? toRule(doc) : null;
    },
    async put({ id, ...rule }) {
      await replyRules.replaceOne({ _id: id }, rule, { upsert: true });
    },
    async remove(id) {
      return (await replyRules.deleteOne({ _id: id })).deletedCount === 1;
    },
  };
}
