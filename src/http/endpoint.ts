import type { Request } from 'express';
import { z } from 'zod';
import type { Api } from '../app/api/api.ts';
import type { ApiKey } from '../app/api/ports.ts';
import type { Log } from '../app/ports.ts';
import type { HttpReply } from './answer.ts';
import type { ProblemCode } from './problem-codes.ts';

/** A row of the route table: from it come the routes, the checks of what arrives, and the OpenAPI document. */

export type Server = {
  /** Proves that the database answers; rejects when it does not. */
  readonly ping: () => Promise<void>;
  readonly isStopping: () => boolean;
  /** Largest list that can be uploaded, bytes. */
  readonly maxUploadBytes: number;
  /** An upload slower than this after the grace is cut. */
  readonly slowUpload: { readonly graceMs: number; readonly bytesPerSecond: number };
};

export type Call<P = unknown, Q = unknown, B = unknown> = {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** The raw request, for headers and uploads. */
  readonly req: Request;
  readonly caller: ApiKey | null;
  readonly log: Log;
  readonly server: Server;
};

export type AnswerDoc = {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** The same as text/csv, by Accept. */
  readonly csv?: string;
  /** No JSON but an image. */
  readonly svg?: true;
  readonly headers?: Readonly<Record<string, string>>;
};

const NOTHING = z.strictObject({});
type Nothing = typeof NOTHING;

export type Spec<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> = {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: `/${string}`;
  /** operationId. */
  readonly name: string;
  readonly summary: string;
  readonly tag: string;
  /** `open` needs no key. */
  readonly scope: 'open' | 'key';
  readonly params?: P;
  /** The answer to a path parameter that no such thing can have. */
  readonly missing?: ProblemCode;
  readonly query?: Q;
  readonly headers?: z.ZodObject;
  readonly body?: B;
  /** Media types of the body; JSON when left out. */
  readonly accepts?: readonly string[];
  /** May the body be left out? */
  readonly bodyOptional?: true;
  /** The handler reads the body itself. */
  readonly upload?: true;
  /** Honours Idempotency-Key; an upload does so itself. */
  readonly idempotent?: true;
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  /** Codes that are this row's own; `refusalsOf` adds those that all share. */
  readonly refusals: readonly ProblemCode[];
  readonly handle: (api: Api, call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Promise<HttpReply>;
};

export type Endpoint = Omit<Spec<z.ZodObject, z.ZodObject, z.ZodType>, 'handle'> & {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly handle: (api: Api, call: Call) => Promise<HttpReply>;
};

export function endpoint<
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>(spec: Spec<P, Q, B>): Endpoint {
  // The runner has parsed all three by the schemas that give them these types.
  const handle = spec.handle as unknown as Endpoint['handle'];
  return { ...spec, params: spec.params ?? NOTHING, query: spec.query ?? NOTHING, handle };
}

const JSON_FAULTS: readonly ProblemCode[] = [
  'body.notJson',
  'body.tooDeep',
  'body.forbiddenKey',
  'body.badText',
  'body.tooLarge',
  'body.tooSlow',
  'body.wrongType',
  'body.invalid',
];

export const isUnsafe = (row: Endpoint): boolean => row.method !== 'get';
export const hasParams = (row: Endpoint): boolean => Object.keys(row.params.shape).length > 0;

/** Every code that a row may answer. */
export function refusalsOf(row: Endpoint): readonly ProblemCode[] {
  const codes: (ProblemCode | false | undefined)[] = [
    ...row.refusals,
    'query.invalid',
    ...(row.scope === 'key' ? (['auth.missing', 'auth.wrong', 'auth.tooMany', 'database.away'] as const) : []),
    hasParams(row) && 'path.malformed',
    row.missing,
    ...(row.body ? JSON_FAULTS : []),
    ...(isUnsafe(row) && !row.body && !row.upload
      ? (['body.unexpected', 'body.tooLarge', 'body.tooSlow'] as const)
      : []),
    isUnsafe(row) && 'server.stopping',
    ...(row.idempotent ? (['header.invalid', 'idempotency.inWork', 'idempotency.otherBody'] as const) : []),
    'server.fault',
  ];
  return [...new Set(codes.filter((code): code is ProblemCode => Boolean(code)))].sort();
}
