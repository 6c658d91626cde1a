/** What only the API needs of the world, on top of ports.ts. */

export type ApiKey = { readonly id: string; readonly name: string };
export type KnownKey = ApiKey & { readonly createdAt: Date };

export type ApiKeyStore = {
  /** Whose key this is; null when it is nobody's. */
  owner(key: string): Promise<ApiKey | null>;
  /** Makes a key and answers it: the only time that it is shown. */
  issue(name: string): Promise<ApiKey & { readonly key: string }>;
  /** Lets a key in that was chosen elsewhere, say in the environment, instead of the one of this name before; again without effect. */
  admit(key: string, name: string): Promise<void>;
  revoke(id: string): Promise<boolean>;
  list(): Promise<readonly KnownKey[]>;
};

export type StoredAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type IdempotencyStore = {
  /** Reserves the key for this request; a reservation older than `staleMs` was left by a process that died. */
  begin(
    id: string,
    requestDigest: string,
    now: Date,
    staleMs: number,
  ): Promise<
    /** `isRetry`: an earlier try held the key and went silent, so it had no effect or none that was told. */
    | { readonly kind: 'new'; readonly isRetry: boolean }
    | { readonly kind: 'inWork' }
    | { readonly kind: 'answered'; readonly requestDigest: string; readonly answer: StoredAnswer }
  >;
  /** Says that the work goes on. */
  keep(id: string, now: Date): Promise<void>;
  /** `requestDigest` again, because that of an upload is known only at its end. */
  finish(id: string, requestDigest: string, answer: StoredAnswer): Promise<void>;
  /** Gives the key back: the request had no effect. */
  drop(id: string): Promise<void>;
};
