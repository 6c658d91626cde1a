/** How to treat a provider: where to begin and what never to exceed. Data, changed per installation and at run time. */

export type ProviderProfile = {
  /** Most SMTP sessions at once, and letters per session. */
  readonly connections: number;
  readonly messagesPerConnection: number;
  /** Letters per second: never above, never below short of a stop, where a new lane begins; null: the general policy. */
  readonly ceiling: number | null;
  readonly floor: number | null;
  readonly startRate: number | null;
  /** True for providers that punish refusals: the first one acts. */
  readonly strict: boolean;
  /** Straight to its MX: `required` refuses to send without a verified TLS session. */
  readonly tls: 'opportunistic' | 'required';
  /** One session more per so many clean seconds; after a refusal for sessions begin again with so many (null: with what was up). */
  readonly sessionGrowSeconds: number;
  readonly sessionRestart: number | null;
};

export type ProfilePatch = Partial<ProviderProfile>;
