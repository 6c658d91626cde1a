import { rowOf } from '../../core/replies/unknown.ts';
import type { ReplyRule, UnknownReply } from '../replies/ports.ts';
import { BASE } from './views.ts';

/** What the outside sees of replies; fields are named one by one, as in views.ts. */

/** How long a pause should be is for whoever teaches. */
const NO_PAUSE = 0;

export function unknownReplyView(unknown: UnknownReply) {
  const { id, provider, code, enhanced, text, count, firstAt, lastAt, lanes, sorted } = unknown;
  return {
    ...{ id, provider, code, enhanced, text, count, firstAt, lastAt, lanes, sorted },
    row: rowOf(unknown, [sorted.meaning, sorted.reaction, NO_PAUSE]),
    links: { self: `${BASE}/replies/unknown/${id}` },
  };
}

export const replyRuleView = ({ id, provider, reply, meaning, reaction, pauseSeconds, explicit, at }: ReplyRule) => ({
  ...{ id, provider, reply, meaning, reaction, pauseSeconds, explicit, at },
  links: { self: `${BASE}/replies/rules/${id}` },
});
