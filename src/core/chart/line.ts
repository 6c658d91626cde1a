/** A line of a chart as few points: cut at its gaps, and one column at a time no more than its extremes. */

export type Point = readonly [x: number, y: number];

/** Beyond this a number is a fault of whoever measured. */
const MOST = 1e15;

export const isValue = ([x, y]: Point): boolean => Math.abs(x) <= MOST && Math.abs(y) <= MOST;

/** A step so many times the usual one is a gap: nothing was measured there. */
const GAP_TIMES = 5;

/** Pieces without a gap. A point whose y is no number is a gap too; points come in the order of x. */
export function piecesOf(points: readonly Point[]): readonly (readonly Point[])[] {
  const widest = GAP_TIMES * usualStep(points);
  const pieces: Point[][] = [];
  let piece: Point[] = [];
  for (const point of points) {
    const before = piece.at(-1);
    if (!isValue(point) || (before && point[0] - before[0] > widest)) {
      if (piece.length > 0) pieces.push(piece);
      piece = [];
    }
    if (isValue(point)) piece.push(point);
  }
  return piece.length > 0 ? [...pieces, piece] : pieces;
}

/** The median distance; Infinity while there are too few to speak of a usual one. */
function usualStep(points: readonly Point[]): number {
  const steps = points.slice(1).map(([x], i) => x - points[i]![0]);
  const known = steps.filter((step) => step > 0).sort((a, b) => a - b);
  return known.length < 3 ? Number.POSITIVE_INFINITY : known[known.length >> 1]!;
}

/** The least and the greatest of every column of `width`, in their order: peaks of one second stay in sight. */
export function thinned(piece: readonly Point[], width: number): readonly Point[] {
  const kept: Point[] = [];
  let column: Point[] = [];
  const empty = () => {
    const [first] = column;
    if (!first) return;
    let [least, most] = [first, first];
    for (const point of column) {
      if (point[1] < least[1]) least = point;
      if (point[1] > most[1]) most = point;
    }
    kept.push(...[...new Set([least, most])].sort((a, b) => a[0] - b[0]));
    column = [];
  };
  for (const point of piece) {
    if (column[0] && Math.floor(point[0] / width) !== Math.floor(column[0][0] / width)) empty();
    column.push(point);
  }
  empty();
  return kept;
}
