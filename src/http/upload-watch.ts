import type { Request } from 'express';
import type { Log } from '../app/ports.ts';
import type { Server } from './endpoint.ts';

const LOOK_MS = 1_000;

/** Cuts an upload that trickles: after the grace it must have come in at the least speed, taken over its whole life. */
export function watchUpload(req: Request, { graceMs, bytesPerSecond }: Server['slowUpload'], log: Log): () => void {
  const before = req.socket.bytesRead;
  const began = performance.now();
  const timer = setInterval(
    () => {
      const tookMs = performance.now() - began;
      if (req.complete || tookMs < graceMs) return;
      const bytes = req.socket.bytesRead - before;
      if (bytes >= (bytesPerSecond * tookMs) / 1_000) return;
      log.warn('upload too slow', { bytes, tookMs: Math.round(tookMs) });
      req.destroy(new Error('upload too slow'));
    },
    Math.min(LOOK_MS, graceMs),
  ).unref();
  return () => clearInterval(timer);
}
