import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { ReplyContext } from '../../../src/core/replies/classify.ts';
import { parseReply } from '../../../src/core/replies/parse.ts';
import type { Reply, Stage } from '../../../src/core/replies/reply.ts';
import type { Meaning, Reaction } from '../../../src/core/replies/verdict.ts';

/** The catalogues of replies, read into one form. */

export type Row = {
  provider: string;
  code: string;
  enhanced: string;
  text: string;
  meaning: Meaning;
  reaction: Reaction;
  pause_seconds: string;
};

export type Heard = { provider: string; stage: Stage; meaning: Meaning; reaction: Reaction; reply: string };

const table = <T>(name: string): T[] =>
  parse<T>(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)), { columns: true });

export const ROWS: readonly Row[] = table('replies.csv');
/** 111 real replies, collected after the rules for the first 248; they have no pauses. */
export const ROWS_2: readonly Row[] = table('replies-2.csv');
/** About a hundred written after the rules, then one for each rule they did not reach; a line break is \\r\\n. */
export const HELD_OUT: readonly Heard[] = table('held-out.csv');
/** Written from memory of servers and before the rules by subject: 98.8 % in their group at first sight. */
export const UNSEEN: readonly Heard[] = table('unseen.csv');
/** Written after those rules by looking for what confuses them: 95.1 % at first sight. */
export const UNSEEN_2: readonly Heard[] = table('unseen-2.csv');

export const replyOf = (row: Row): Reply => ({
  code: Number(row.code),
  enhanced: row.enhanced || null,
  text: row.text,
});

/** Code 0 is a silence, in our own words. */
export function heardReply({ reply }: Heard): Reply {
  const text = reply.replaceAll('\\r\\n', '\r\n');
  const parsed = text.startsWith('0 ') ? { code: 0, enhanced: null, text: text.slice(2) } : parseReply(text);
  if (!parsed) throw new Error(`not a reply: ${reply}`);
  return parsed;
}

/** Where such a reply is heard in life. */
export function stageOf(row: Row): Stage {
  if (row.code === '0')
    return row.reaction === 'hold_do_not_resend' ? 'dot' : row.meaning === 'unreachable' ? 'connect' : 'data';
  if (row.meaning === 'auth_login') return 'auth';
  if (/connection|session/.test(row.meaning)) return 'greeting';
  return row.meaning === 'content' || row.meaning === 'config_auth' ? 'dot' : 'rcpt';
}

export const context = (change: Partial<ReplyContext> = {}): ReplyContext => ({
  provider: 'other',
  stage: 'rcpt',
  reused: false,
  direct: true,
  carried: 0,
  ...change,
});
