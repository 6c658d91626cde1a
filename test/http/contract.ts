import type { Response } from 'supertest';
import { expect } from 'vitest';
import { type Endpoint, refusalsOf } from '../../src/http/endpoint.ts';
import { PROBLEMS, type ProblemCode } from '../../src/http/problem-codes.ts';
import { ROUTES } from '../../src/http/route-table.ts';
import { ProblemOut } from '../../src/http/schemas/fields.ts';

/** Every answer in these tests is what the route table says: its status, its headers, its schema, its codes. */

const matches = (row: Endpoint, path: string) =>
  new RegExp(`^${row.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path.split('?')[0]!);

export const rowOf = (method: string, path: string): Endpoint | undefined =>
  ROUTES.find((row) => row.method === (method === 'head' ? 'get' : method) && matches(row, path));

export function checkContract(method: string, path: string, answer: Response): void {
  expect(answer.headers['x-request-id'], `${method} ${path}`).toMatch(/^[\w.-]{1,128}$/);
  expect(answer.headers['x-powered-by']).toBeUndefined();
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  if (method === 'head') return;
  const row = rowOf(method, path);
  if (answer.type === 'application/problem+json') checkProblem(row, answer);
  else if (row) checkAnswer(row, answer);
}

function checkProblem(row: Endpoint | undefined, answer: Response): void {
  const problem = ProblemOut.parse(JSON.parse(answer.text));
  expect(problem.status).toBe(answer.status);
  expect(problem.instance).toBe(answer.headers['x-request-id']);
  expect(PROBLEMS[problem.code as ProblemCode]?.[0], problem.code).toBe(answer.status);
  if (row) expect(refusalsOf(row), `${row.name} does not document ${problem.code}`).toContain(problem.code);
  // No stack, no path, no driver's words.
  expect(answer.text).not.toMatch(/node_modules|\.ts:\d|Mongo/);
}

function checkAnswer(row: Endpoint, answer: Response): void {
  const doc = row.answers[answer.status];
  if (!doc) throw new Error(`${row.name} does not document ${answer.status}: ${answer.text}`);
  for (const name of Object.keys(doc.headers ?? {})) expect(answer.headers[name.toLowerCase()], name).toBeDefined();
  if (doc.svg) {
    expect(answer.type).toBe('image/svg+xml');
    expect((answer.body as Buffer).toString('utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  } else if (!doc.schema) expect(answer.text).toBe('');
  else if (answer.type === 'text/csv' && doc.csv) expect(answer.text.startsWith(doc.csv)).toBe(true);
  else doc.schema.parse(JSON.parse(answer.text));
}
