import type { z } from 'zod';
import type { Fault } from '../app/problem.ts';

/** zod's issues as JSON Pointers (RFC 6901) and stable codes. Values are never echoed. */

const MOST_FAULTS = 50;
const MOST_KEY = 100;

const CODES: Readonly<Record<string, string>> = {
  invalid_type: 'type',
  too_big: 'tooBig',
  too_small: 'tooSmall',
  invalid_format: 'format',
  invalid_value: 'value',
  not_multiple_of: 'value',
};

const pointerOf = (path: readonly PropertyKey[]) =>
  path.map((key) => `/${String(key).slice(0, MOST_KEY).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

function isAbsent(input: unknown, path: readonly PropertyKey[]): boolean {
  let value = input;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value === undefined;
}

export function faultsOf(error: z.ZodError, input: unknown): Fault[] {
  return error.issues
    .flatMap((issue): Fault[] => {
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => ({
          pointer: pointerOf([...issue.path, key]),
          code: 'unknownField',
          detail: 'There is no such field.',
        }));
      }
      const pointer = pointerOf(issue.path);
      if (isAbsent(input, issue.path)) return [{ pointer, code: 'required', detail: 'It is missing.' }];
      return [{ pointer, code: CODES[issue.code] ?? 'invalid', detail: issue.message }];
    })
    .slice(0, MOST_FAULTS);
}
