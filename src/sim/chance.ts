/** Chance that repeats: the same seed and the same order of questions give the same answers. */

/** FNV-1a with a final mix, 32 bits. */
function hash(text: string, seed: number): number {
  let value = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** A fixed place in [0, 1) for an address (any case); `topic` keeps the dead apart from the greylisted. */
export const placeOf = (address: string, topic: string, seed: number): number =>
  hash(`${topic} ${address.toLowerCase()}`, seed) / 2 ** 32;

/** Numbers in [0, 1): mulberry32. */
export function seededRandom(name: string, seed: number): () => number {
  let state = hash(name, seed);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
