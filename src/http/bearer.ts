import type { RequestHandler } from 'express';
import type { ApiKeyStore } from '../app/api/ports.ts';
import { refusal } from './answer.ts';
import { send } from './run.ts';

const MOST_KEY = 500;

/** `Authorization: Bearer <key>` (RFC 6750). */
export function bearer(apiKeys: Pick<ApiKeyStore, 'owner'>): RequestHandler {
  const challenge = { 'www-authenticate': 'Bearer realm="offpeak"' };
  return async (req, res, next) => {
    const header = req.headers.authorization;
    if (header === undefined) {
      return send(req, res, refusal('auth.missing', 'Send an API key as Authorization: Bearer.', {}, challenge));
    }
    const key = /^Bearer +([\x21-\x7e]+)$/i.exec(header)?.[1];
    const caller = key && key.length <= MOST_KEY ? await apiKeys.owner(key) : null;
    if (!caller) return send(req, res, refusal('auth.wrong', 'The API key is not known here.', {}, challenge));
    res.locals['caller'] = caller;
    next();
  };
}
