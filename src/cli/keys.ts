import type { ApiKeyStore } from '../app/api/ports.ts';

/** `offpeak keys`: whoever may read the database may say who gets in, with no key of his own. */

export type KeysAsk =
  | { readonly kind: 'list' }
  | { readonly kind: 'add'; readonly name: string }
  | { readonly kind: 'remove'; readonly id: string };

export type KeysAnswer = { readonly lines: readonly string[]; readonly json: unknown; readonly code: number };

const NAME = /^[\w .@-]{1,64}$/;

/** Exit codes: 0 done, 1 no such key, 2 not understood. */
export async function answerKeys(
  apiKeys: Pick<ApiKeyStore, 'list' | 'issue' | 'revoke'>,
  ask: KeysAsk,
): Promise<KeysAnswer> {
  switch (ask.kind) {
    case 'list': {
      const keys = await apiKeys.list();
      const lines = keys.map(({ id, name, createdAt }) => `${id}  ${createdAt.toISOString()}  ${name}`);
      return { lines: lines.length > 0 ? lines : ['There is no key.'], json: keys, code: 0 };
    }
    case 'add': {
      if (!NAME.test(ask.name)) {
        return refused('keys.name', 'A name is up to 64 letters, digits, blanks and . _ @ -', 2);
      }
      const made = await apiKeys.issue(ask.name);
      return { lines: [`API key ${made.name} (${made.id}), shown only now: ${made.key}`], json: made, code: 0 };
    }
    case 'remove': {
      const isGone = await apiKeys.revoke(ask.id);
      return isGone
        ? { lines: [`The key ${ask.id} opens nothing any more.`], json: { removed: ask.id }, code: 0 }
        : refused('key.notFound', `There is no key ${ask.id}; \`offpeak keys list\` names them.`, 1);
    }
  }
}

const refused = (code: string, detail: string, exit: number): KeysAnswer => ({
  lines: [`${code}: ${detail}`],
  json: { code, detail },
  code: exit,
});
