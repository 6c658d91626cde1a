import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { type AnswerDoc, type Endpoint, hasParams, refusalsOf } from './endpoint.ts';
import { PROBLEMS, statusOf } from './problem-codes.ts';
import { ROUTES } from './route-table.ts';
import { ProblemOut } from './schemas/fields.ts';

/** The OpenAPI 3.1 document, made from the route table. */

const IDEMPOTENCY_KEY = z.string().min(1).max(255).optional().meta({
  description: 'The same request with the same key is done once; later ones get its answer (48 hours).',
});
const REQUEST_ID = z.string().optional().meta({ description: 'Repeated in the answer and in the log.' });
const FILE = { type: 'string', format: 'binary' } as const;

/** OpenAPI 3.1 document of every route. */
export function openApi(version: string) {
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Offpeak',
      version,
      description: 'Bulk e-mail campaigns, sent in off-peak hours at a rate that follows the replies of the providers.',
    },
    security: [{ apiKey: [] }],
    components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
    paths: pathsOf(ROUTES),
  });
}

function pathsOf(rows: readonly Endpoint[]): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const row of rows) {
    paths[row.path] = { ...paths[row.path], [row.method]: operationOf(row) };
  }
  return paths;
}

function operationOf(row: Endpoint): ZodOpenApiOperationObject {
  const header = z.object({
    ...row.headers?.shape,
    'X-Request-Id': REQUEST_ID,
    ...(row.idempotent && { 'Idempotency-Key': IDEMPOTENCY_KEY }),
  });
  const body = bodyOf(row);
  return {
    operationId: row.name,
    summary: row.summary,
    tags: [row.tag],
    ...(row.scope === 'open' && { security: [] }),
    requestParams: { ...(hasParams(row) && { path: row.params }), query: row.query, header },
    ...(body && { requestBody: body }),
    responses: { ...answersOf(row), ...problemsOf(row) },
  };
}

function bodyOf(row: Endpoint): ZodOpenApiOperationObject['requestBody'] | null {
  if (row.upload) {
    const form = { type: 'object' as const, properties: { file: FILE }, required: ['file'] };
    return { required: true, content: { 'text/csv': { schema: FILE }, 'multipart/form-data': { schema: form } } };
  }
  if (!row.body) return null;
  const schema = row.body;
  const content = Object.fromEntries((row.accepts ?? ['application/json']).map((type) => [type, { schema }]));
  return { required: !row.bodyOptional, content };
}

function answersOf(row: Endpoint): ZodOpenApiOperationObject['responses'] {
  return Object.fromEntries(
    Object.entries(row.answers).map(([status, doc]) => [
      status,
      { description: doc.description, ...contentOf(doc), ...headersOf(doc) },
    ]),
  );
}

function contentOf({ schema, csv, svg }: AnswerDoc) {
  if (svg) return { content: { 'image/svg+xml': { schema: { type: 'string' as const } } } };
  return (
    schema && {
      content: {
        'application/json': { schema },
        ...(csv !== undefined && { 'text/csv': { schema: { type: 'string' as const, description: csv } } }),
      },
    }
  );
}

const headersOf = ({ headers }: AnswerDoc) =>
  headers && {
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, description]) => [
        name,
        { description, schema: { type: 'string' as const } },
      ]),
    ),
  };

function problemsOf(row: Endpoint): ZodOpenApiOperationObject['responses'] {
  const problem = { 'application/problem+json': { schema: ProblemOut } };
  const codes = refusalsOf(row);
  const statuses = [...new Set(codes.map(statusOf))];
  return Object.fromEntries(
    statuses.map((status) => {
      const lines = codes
        .filter((code) => statusOf(code) === status)
        .map((code) => `\`${code}\`: ${PROBLEMS[code][1]}.`);
      const documented = row.answers[status];
      const own = documented ? contentOf(documented)?.content : {};
      return [String(status), { description: lines.join('\n'), content: { ...own, ...problem } }];
    }),
  );
}
