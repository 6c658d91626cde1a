import type { ReplyBooks } from '../../app/reply-ports.ts';
import type { Collections } from './documents.ts';
import { mongoRefusals } from './refusals.ts';
import { mongoReplyRules } from './reply-rules.ts';
import { mongoUnknownReplies } from './unknown-replies.ts';

export const mongoReplyBooks = (collections: Collections): ReplyBooks => ({
  refusals: mongoRefusals(collections),
  unknownReplies: mongoUnknownReplies(collections),
  replyRules: mongoReplyRules(collections),
});
