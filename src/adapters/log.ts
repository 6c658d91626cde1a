import { type Logger, pino } from 'pino';
import type { Log } from '../app/ports.ts';

/**
 * JSON lines on stderr: an event name that never contains data, and its fields. People appear as ids; `secrets` never
 * appear, whatever error carries them.
 */
export function pinoLog(level: string, secrets: readonly string[] = [], destination = 2): Log {
  // As they look inside a JSON string.
  const forms = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  const streamWrite = (line: string) => forms.reduce((rest, form) => rest.replaceAll(form, '[secret]'), line);
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, hooks: { streamWrite } };
  return wrap(pino(options, pino.destination(destination)));
}

function wrap(logger: Logger): Log {
  return {
    info: (event, fields) => logger.info({ event, ...plain(fields) }),
    warn: (event, fields) => logger.warn({ event, ...plain(fields) }),
    error: (event, fields) => logger.error({ event, ...plain(fields) }),
    with: (fields) => wrap(logger.child(fields)),
  };
}

/** Errors have no enumerable members, so JSON would show `{}`. */
const plain = (fields: object = {}) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? (value.stack ?? value.message) : value,
    ]),
  );
