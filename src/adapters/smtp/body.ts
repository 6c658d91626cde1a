import { Readable } from 'node:stream';

// A long letter goes out piece by piece, so that its end is read only when nearly all of it has left.
const PIECE = 64 * 1024;

/**
 * A letter whose first read asks the gate. nodemailer reads nothing before the server's 354, so up to the gate's `true`
 * not one byte of the body can have left. `refused` hears false, or the error of a gate that threw; nothing is pushed then.
 */
export function gatedBody(raw: Buffer, gate: () => Promise<boolean>, refused: (why: unknown) => void): Readable {
  let sent = -1;
  const release = () => {
    sent = 0;
    next();
  };
  const next = () => {
    const piece = raw.length <= PIECE ? raw : raw.subarray(sent, sent + PIECE);
    body.push(piece);
    sent += piece.length;
    if (sent >= raw.length) body.push(null);
  };
  let asked = false;
  const body = new Readable({
    read() {
      if (sent >= 0) {
        next();
        return;
      }
      if (asked) return;
      asked = true;
      gate().then((open) => (open && !body.destroyed ? release() : refused(null)), refused);
    },
  });
  return body;
}
