/** Reads a letter off the wire: RFC 5321 4.5.2 (transparency), 4.1.1.4 (end of data). The body is never made a string. */

const CRLF_DOT = Buffer.from('\r\n.');
const BLANK_LINE = Buffer.from('\r\n\r\n');
const [DOT, CR, LF] = [0x2e, 0x0d, 0x0a];
const MOST_HEADER = 65_536;

export type LetterScan = {
  /** Takes the next bytes; answers how many of them belong to the letter once its end was seen, else -1. */
  take(chunk: Buffer): number;
  /** Size without dot stuffing, so far. */
  bytes(): number;
  /** From the header, with angle brackets; empty without one. */
  messageId(): string;
  /** The whole letter without dot stuffing; empty unless `keep`. */
  raw(): Buffer;
};

export function startScan(keep: boolean): LetterScan {
  const parts: Buffer[] = [];
  const header = startHeader();
  let held: Buffer | null = null;
  // The line before the letter was a command's, so a dot in front of everything counts.
  let atStart = true;
  let bytes = 0;
  let stuffed = 0;

  function pass(part: Buffer): void {
    if (part.length === 0) return;
    atStart = false;
    bytes += part.length;
    header.take(part);
    if (keep) parts.push(part);
  }

  function take(chunk: Buffer): number {
    const earlier = held?.length ?? 0;
    const piece: Buffer = held ? Buffer.concat([held, chunk]) : chunk;
    let dot = atStart && piece[0] === DOT ? 0 : nextDot(piece, 0);
    while (dot !== -1 && dot + 2 < piece.length) {
      if (piece[dot + 1] === CR && piece[dot + 2] === LF) {
        pass(piece.subarray(0, dot));
        return dot + 3 - earlier;
      }
      stuffed++;
      dot = nextDot(piece, dot + 1);
    }
    // What may be the beginning of an end waits for the bytes that tell.
    const from = dot === -1 ? Math.max(0, piece.length - 2) : Math.max(0, dot - 2);
    pass(piece.subarray(0, from));
    held = piece.subarray(from);
    return -1;
  }

  return {
    take,
    bytes: () => bytes - stuffed,
    messageId: header.messageId,
    raw: () => (stuffed === 0 ? Buffer.concat(parts) : unstuffed(Buffer.concat(parts))),
  };
}

/** Where the next dot stands that begins a line, or -1. */
function nextDot(piece: Buffer, from: number): number {
  const found = piece.indexOf(CRLF_DOT, from);
  return found === -1 ? -1 : found + 2;
}

function unstuffed(wire: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = wire[0] === DOT ? 1 : 0;
  for (let dot = nextDot(wire, from); dot !== -1; dot = nextDot(wire, from)) {
    parts.push(wire.subarray(from, dot));
    from = dot + 1;
  }
  return Buffer.concat([...parts, wire.subarray(from)]);
}

function startHeader() {
  // As if a line had ended before it, so that its first line looks like the others.
  let text = '\r\n';
  let complete = false;

  return {
    take(part: Buffer): void {
      if (complete) return;
      const seam = Math.max(0, text.length - 3);
      const end = part.indexOf(BLANK_LINE);
      text += part.toString('latin1', 0, end === -1 ? part.length : end + BLANK_LINE.length);
      const blank = text.indexOf('\r\n\r\n', seam);
      complete = blank !== -1 || text.length > MOST_HEADER;
      if (blank !== -1) text = text.slice(0, blank);
    },
    messageId(): string {
      const found = /\r\nmessage-id:[ \t]*(?:\r\n[ \t]+)?(<[^>\r\n]*>)/i.exec(text)?.[1];
      // A slice of the header would keep the whole header in memory.
      return found === undefined ? '' : Buffer.from(found, 'latin1').toString('latin1');
    },
  };
}
