import type { ReplyBooks } from '../../app/replies/ports.ts';
import type { Collections } from './documents.ts';
import { mongoRefusals } from './refusals.ts';
import { mongoUnknownReplies } from './replies.ts';
import { mongoReplyRules } from './reply-rules.ts';

export const mongoReplyBooks = (collections: Collections): ReplyBooks => ({
  refusals: mongoRefusals(collections),
  unknownReplies: mongoUnknownReplies(collections),
  replyRules: mongoReplyRules(collections),
});
