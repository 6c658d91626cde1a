import type { RequestHandler } from 'express';
import type { Api } from '../app/api/api.ts';

/** Gives every request an id and a log of its own. Paths are logged as their pattern: the real one may name a person. */
export function requestContext({ log, newId }: Pick<Api, 'log' | 'newId'>): RequestHandler {
  return (req, res, next) => {
    const given = req.headers['x-request-id'];
    const requestId = typeof given === 'string' && /^[\w.-]{1,128}$/.test(given) ? given : newId();
    const began = performance.now();
    res.setHeader('X-Request-Id', requestId);
    res.locals['requestId'] = requestId;
    res.locals['log'] = log.with({ requestId });
    res.locals['caller'] = null;
    res.on('close', () => {
      const route = res.locals['route'];
      if (route === '/healthz' || route === '/readyz') return;
      const tookMs = Math.round(performance.now() - began);
      const done = { method: req.method, route, status: res.statusCode, tookMs, caller: res.locals['caller']?.id };
      res.locals['log'].info(res.writableFinished ? 'request' : 'request cut', done);
    });
    next();
  };
}
