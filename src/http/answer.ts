import type { StoredAnswer } from '../app/api/ports.ts';
import type { Problem } from '../app/problem.ts';
import type { Result } from '../core/result.ts';
import { PROBLEMS, type ProblemCode } from './problem-codes.ts';

/** What a handler gives back, and how it looks on the wire. */

type Headers = Readonly<Record<string, string>>;

export type HttpAnswer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Headers;
  /** Instead of a body: text that is written as it comes. */
  readonly stream?: { readonly type: string; readonly chunks: AsyncIterable<string> };
  /** Instead of a body: a document of another type than JSON. */
  readonly text?: { readonly type: string; readonly content: string };
};

export type HttpRefusal = { readonly problem: Problem<ProblemCode>; readonly headers?: Headers };
/** An answer of before, word for word. */
export type Replay = { readonly replay: StoredAnswer };
export type HttpReply = HttpAnswer | HttpRefusal | Replay;

export const refusal = (
  code: ProblemCode,
  detail: string,
  more: Omit<Problem<ProblemCode>, 'code' | 'detail'> = {},
  headers: Headers = {},
): HttpRefusal => ({ problem: { code, detail, ...more }, headers });

export const missing = (
  what: 'campaign' | 'import' | 'recipient' | 'lane' | 'reply' | 'route' | 'suppression',
): HttpRefusal => refusal(`${what}.notFound`, `There is no such ${what}.`);

/** The usual end of a handler: the value as an answer, or the reason why not. */
export const replyTo = <T>(result: Result<T, Problem<ProblemCode>>, answer: (value: T) => HttpAnswer): HttpReply =>
  result.ok ? answer(result.value) : { problem: result.error };

export const isRefusal = (reply: HttpReply): reply is HttpRefusal => 'problem' in reply;
export const isReplay = (reply: HttpReply): reply is Replay => 'replay' in reply;

/** RFC 9457. */
export function renderProblem({ problem, headers }: HttpRefusal, requestId: string): StoredAnswer {
  const { code, detail, ...more } = problem;
  const [status, title] = PROBLEMS[code];
  return {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json; charset=utf-8' },
    body: JSON.stringify({
      type: `urn:offpeak:problem:${code}`,
      title,
      status,
      detail,
      instance: requestId,
      code,
      ...more,
    }),
  };
}

export function renderAnswer({ status, body, headers, text }: HttpAnswer): StoredAnswer {
  if (text) return { status, headers: { ...headers, 'content-type': text.type }, body: text.content };
  if (body === undefined) return { status, headers: { ...headers }, body: '' };
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}
