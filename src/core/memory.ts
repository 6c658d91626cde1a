/** A map of bounded size that keeps what was used lately: when the young half is full, the old half is forgotten. */

export type Memory<T> = {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  forget(key: string): void;
};

/** `most`: entries kept at once. */
export function makeMemory<T>(most: number): Memory<T> {
  const half = Math.max(1, Math.floor(most / 2));
  let young = new Map<string, T>();
  let old = new Map<string, T>();

  function set(key: string, value: T): void {
    if (young.size >= half && !young.has(key)) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  }

  return {
    get(key) {
      const known = young.get(key);
      if (known !== undefined) return known;
      const kept = old.get(key);
      if (kept !== undefined) set(key, kept);
      return kept;
    },
    set,
    forget(key) {
      young.delete(key);
      old.delete(key);
    },
  };
}
