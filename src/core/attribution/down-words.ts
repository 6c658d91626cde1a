/**
 * Whether a server that says "not available" goes down, as RFC 5321 3.8 means it, or takes us too fast, as many mean it:
 * who goes on serving those that come after did not go down.
 */

export type DownWords = {
  areBelieved(): boolean;
  /** `serial`: letters let in so far. */
  said(serial: number): void;
  /** A letter was accepted. */
  served(serial: number): void;
  /** He was tried, and was away. */
  wasAway(): void;
};

export function makeDownWords(): DownWords {
  let believed = true;
  let since: number | null = null;

  return {
    areBelieved: () => believed,
    said(serial) {
      since = serial;
    },
    served(serial) {
      if (since === null || serial <= since) return;
      believed = false;
      since = null;
    },
    wasAway() {
      believed = true;
      since = null;
    },
  };
}
