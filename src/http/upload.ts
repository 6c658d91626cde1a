import { createHash } from 'node:crypto';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import type { Request } from 'express';
import type { Log } from '../app/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { type HttpRefusal, refusal } from './answer.ts';
import type { Server } from './endpoint.ts';
import { mediaType } from './json-body.ts';

/** A list on its way in: `text/csv` as it is, or the one file of a `multipart/form-data` form. Nothing is kept. */

export type Upload = {
  /** For display only. */
  readonly fileName: string | null;
  readonly body: AsyncIterable<Uint8Array>;
  /** SHA-256 of the file, hex; reads what nobody has read yet. */
  digest(): Promise<string>;
  /** What was wrong with the form around the file, once its body has thrown. */
  fault(): HttpRefusal | null;
};

const LIMITS = { files: 1, fields: 10, parts: 11, fieldSize: 10_000, fieldNameSize: 100, headerPairs: 20 };
const MOST_NAME = 200;

/** The last part of a path, without control characters. */
export const cleanName = (name: string | undefined): string | null =>
  (name ?? '')
    .split(/[/\\]/)
    .at(-1)!
    .replace(/\p{Cc}/gu, '')
    .slice(0, MOST_NAME) || null;

export async function openUpload(
  req: Request,
  maxBytes: number,
  fileName: string | undefined,
): Promise<Result<Upload, HttpRefusal>> {
  const wrongType = () => fail(refusal('body.wrongType', 'Send text/csv in UTF-8, or multipart/form-data.'));
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity') {
    return fail(refusal('body.wrongType', 'A compressed upload is not taken.'));
  }
  switch (mediaType(req.headers['content-type'] ?? '')) {
    case 'text/csv':
      return ok(upload(cleanName(fileName), req.iterator({ destroyOnReturn: false }), () => null));
    case 'multipart/form-data':
      return openForm(req, maxBytes, fileName);
    default:
      return wrongType();
  }
}

function upload(fileName: string | null, chunks: AsyncIterable<Uint8Array>, fault: () => HttpRefusal | null): Upload {
  const hash = createHash('sha256');
  async function* hashed() {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const body = hashed();
  return {
    fileName,
    body,
    async digest() {
      for await (const _ of body);
      return hash.digest('hex');
    },
    fault,
  };
}

/** Answers as soon as the file begins, or once the form has ended without one. */
function openForm(req: Request, maxBytes: number, givenName: string | undefined): Promise<Result<Upload, HttpRefusal>> {
  return new Promise((resolve) => {
    let fault: HttpRefusal | null = null;
    let file: BusboyFileStream | null = null;
    let end = () => {};
    const ended = new Promise<void>((done) => {
      end = done;
    });

    const spoil = (reason: HttpRefusal, error: Error) => {
      fault ??= reason;
      req.unpipe();
      req.resume();
      file?.destroy(error);
      end();
      resolve(fail(fault));
    };
    const malformed = (error: unknown) =>
      spoil(
        refusal('upload.malformed', 'The form is malformed or was cut short.'),
        new Error('form', { cause: error }),
      );
    const tooMany = () => {
      const reason = refusal('upload.tooManyParts', 'One file, and at most ten fields.');
      spoil(reason, new Error('too many parts'));
    };

    const parser = makeParser(req, maxBytes);
    if (!parser) return malformed('no boundary');
    parser.on('file', (field, stream, name) => {
      file = stream;
      stream.on('error', malformed);
      if (field === undefined || field === '') return malformed('a file without a field name');
      resolve(ok(upload(cleanName(givenName ?? name), chunksOf(stream), () => fault)));
    });
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) parser.on(limit, tooMany);
    parser.on('error', malformed);
    parser.on('finish', () => {
      end();
      resolve(fail(refusal('upload.noFile', 'The form holds no file.')));
    });
    req.on('close', () => req.complete || malformed('cut short'));
    req.pipe(parser);

    /** The form ends after its file, and what is wrong behind the file spoils it too. */
    async function* chunksOf(stream: BusboyFileStream) {
      yield* stream.iterator({ destroyOnReturn: false });
      await ended;
      if (fault) throw new Error(fault.problem.detail);
    }
  });
}

function makeParser(req: Request, maxBytes: number) {
  try {
    // One byte over the limit reaches the import, which then knows that the list is too large.
    const headers = { ...req.headers, 'content-type': req.headers['content-type'] ?? '' };
    return new Busboy({ headers, limits: { ...LIMITS, fileSize: maxBytes + 1 } });
  } catch {
    return null;
  }
}

const LOOK_MS = 1_000;

/** Tells of an upload that trickles: after the grace it must have come in at the least speed, taken over its whole life. */
export function watchUpload(
  req: Request,
  { graceMs, bytesPerSecond }: Server['slowUpload'],
  log: Log,
  onSlow: () => void,
): () => void {
  const before = req.socket.bytesRead;
  const began = performance.now();
  const timer = setInterval(
    () => {
      const tookMs = performance.now() - began;
      if (req.complete || tookMs < graceMs) return;
      const bytes = req.socket.bytesRead - before;
      if (bytes >= (bytesPerSecond * tookMs) / 1_000) return;
      clearInterval(timer);
      log.warn('upload too slow', { bytes, tookMs: Math.round(tookMs) });
      onSlow();
    },
    Math.min(LOOK_MS, graceMs),
  ).unref();
  return () => clearInterval(timer);
}

export const tooSlow = ({ bytesPerSecond }: Server['slowUpload']): HttpRefusal =>
  refusal(
    'upload.tooSlow',
    `An upload must come in at ${bytesPerSecond} bytes a second or more; nothing of this one was kept.`,
    {},
    { connection: 'close' },
  );
