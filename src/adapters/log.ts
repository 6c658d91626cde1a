import { type Logger, pino } from 'pino';
import type { Log } from '../app/ports.ts';

/** JSON lines on stderr: an event name that never contains data, and its fields. People appear as ids. */
export function pinoLog(level: string, destination = 2): Log {
  return wrap(pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(destination)));
}

function wrap(logger: Logger): Log {
  return {
    info: (event, fields) => logger.info({ event, ...fields }),
    warn: (event, fields) => logger.warn({ event, ...fields }),
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
