import type { z } from 'zod';
import { fail, ok, type Result } from '../core/result.ts';
import { type HttpRefusal, refusal } from './answer.ts';
import { faultsOf } from './faults.ts';

/** The query of a URL: known parameters, each once. */
export function parseQuery(url: string, schema: z.ZodObject): Result<unknown, HttpRefusal> {
  const at = url.indexOf('?');
  const search = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
  const names = [...search.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return fail(refusal('query.invalid', 'A query parameter is given more than once.'));
  // Without a prototype, so that a parameter called __proto__ is one like any other.
  const values = Object.assign(Object.create(null), Object.fromEntries(search)) as Record<string, string>;
  const parsed = schema.safeParse({ ...values });
  if (parsed.success) return ok(parsed.data);
  const errors = faultsOf(parsed.error, values);
  return fail(refusal('query.invalid', 'A query parameter is unknown or has a wrong value.', { errors }));
}
