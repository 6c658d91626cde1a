import { parseReply } from './parse.ts';
import type { CatalogueRow } from './rules/catalogue-row.ts';
import type { Rule } from './rules/rule.ts';
import { plain, shapeOf } from './shape.ts';

/** Rows of a catalogue, made ready to be found by provider and words: the cost does not grow with their number. */

export type RowIndex = {
  /** The row of this provider (null: of anybody) that says the same. `shape` is asked for only if a row may match. */
  find(provider: string | null, words: ReplyWords): Rule | undefined;
};

export type ReplyWords = {
  readonly code: number;
  readonly enhanced: string;
  readonly first: string;
  readonly shape: () => string;
};

type Entry = { readonly rule: Rule; readonly code: number; readonly enhanced: string; readonly shape: string };

/** Causes whose words hold whatever the code: a provider that answers a flood with 550 means the flood. */
const ABOUT_PACE: ReadonlySet<string> = new Set([
  'rate_limit',
  'rate_limit_domain',
  'account_quota',
  'too_many_connections',
  'rate_limit_connections',
  'too_many_messages_per_connection',
]);

const OPEN_END = /\.\.\.\s*$/;

const firstWord = (shape: string): string => shape.split(' ', 1)[0]!;

/** Rows whose sample is no reply, or has no word that stays, match nothing. `nameOf` gives the stable name of the rule. */
export function indexRows<R extends CatalogueRow>(
  rows: readonly R[],
  nameOf: (row: R, shape: string) => string,
  keyOf: (provider: string) => string,
): RowIndex {
  const whole = new Map<string, Entry[]>();
  const open = new Map<string, Entry[]>();
  const firsts = new Set<string>();
  for (const row of rows) {
    const reply = parseReply(row.reply.replace(OPEN_END, ''));
    const shape = reply ? shapeOf(plain(reply.text)) : '';
    if (!reply || shape === '') continue;
    const { means, explicit } = row;
    const rule: Rule = { name: nameOf(row, shape), means, ...(explicit && { explicit }) };
    const entry = { rule, code: reply.code, enhanced: reply.enhanced ?? '', shape };
    const owner = row.provider === null ? '' : keyOf(row.provider);
    firsts.add(firstWord(shape));
    if (OPEN_END.test(row.reply)) add(open, `${owner} ${firstWord(shape)}`, entry);
    else add(whole, `${owner} ${shape}`, entry);
  }

  return {
    find(provider, words) {
      if (!firsts.has(words.first)) return undefined;
      const owner = provider === null ? '' : keyOf(provider);
      const shape = words.shape();
      const fits = [
        ...(whole.get(`${owner} ${shape}`) ?? []),
        ...(open.get(`${owner} ${firstWord(shape)}`) ?? []).filter((entry) => shape.startsWith(entry.shape)),
      ];
      return closest(fits, words);
    },
  };
}

function add(map: Map<string, Entry[]>, key: string, entry: Entry): void {
  const entries = map.get(key);
  if (entries) entries.push(entry);
  else map.set(key, [entry]);
}

/** Of rows with the same words the one with the same codes; another class of code only where the words are of pace. */
function closest(entries: readonly Entry[], words: ReplyWords): Rule | undefined {
  let best: Entry | undefined;
  let most = 0;
  for (const entry of entries) {
    const score = nearness(entry, words);
    if (score > most || (score === most && score > 0 && entry.shape.length > best!.shape.length)) best = entry;
    most = Math.max(most, score);
  }
  return best?.rule;
}

function nearness({ rule, code, enhanced }: Entry, words: ReplyWords): number {
  const sameClass = Math.floor(code / 100) === Math.floor(words.code / 100);
  if (!sameClass) return ABOUT_PACE.has(rule.means[0]) ? 1 : 0;
  return 2 + (code === words.code ? 1 : 0) + (enhanced === words.enhanced ? 2 : 0);
}
