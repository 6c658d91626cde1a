import type { AttemptOutcome } from './outcome.ts';

/** A server may repeat what it was told. Whatever of it is our log-in must not get into a ledger, an answer or a log. */

const CUT = '[secret]';
/** Shorter ones would be found in words that tell nothing. */
const SHORTEST = 3;

/** The forms in which AUTH sends a password (RFC 4616, RFC 4954), and the one of a URL. */
function formsOf({ user, pass }: { readonly user: string; readonly pass: string }): readonly string[] {
  const base64 = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '');
  return [base64(`\0${user}\0${pass}`), base64(pass), encodeURIComponent(pass), pass]
    .filter((form) => form.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
}

/** Cuts the log-in out of what a server said and what the library made of it. */
export function makeRedactor(auth: { readonly user: string; readonly pass: string } | null) {
  const forms = auth ? formsOf(auth) : [];
  const cut = (text: string) => forms.reduce((rest, form) => rest.replaceAll(form, CUT), text);
  return (ending: AttemptOutcome): AttemptOutcome =>
    forms.length === 0
      ? ending
      : {
          ...ending,
          reply: ending.reply && { ...ending.reply, text: cut(ending.reply.text) },
          detail: ending.detail === null ? null : cut(ending.detail),
        };
}
