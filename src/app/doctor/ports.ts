import type { DnsAnswer } from '../../core/doctor/answer.ts';
import type { Greeting } from '../../core/doctor/route.ts';
import type { RouteTarget } from '../../core/lanes/routing.ts';
import type { SendResult } from '../lanes/ports.ts';
import type { MxHost } from '../providers/ports.ts';

/** What the doctor needs of the world. */

/** Never rejects. */
export type Dns = {
  /** Each record as one text, whatever pieces it came in. */
  txt(name: string): Promise<DnsAnswer<string>>;
  /** Host names of an address, given as its reverse name. */
  ptr(name: string): Promise<DnsAnswer<string>>;
  a(name: string): Promise<DnsAnswer<string>>;
  aaaa(name: string): Promise<DnsAnswer<string>>;
  mx(name: string): Promise<DnsAnswer<MxHost>>;
  soa(name: string): Promise<DnsAnswer<string>>;
  ns(name: string): Promise<DnsAnswer<string>>;
};

type Relay = Extract<RouteTarget, { readonly kind: 'relay' }>;

/** Never rejects. */
export type Probe = {
  /** Connects, listens and says EHLO, as a letter would but for the letter. */
  greet(target: { readonly host: string; readonly port: number; readonly secure: boolean }): Promise<Greeting>;
  /** Opens a session just as the sender does, log-in included; null: it could have sent. */
  open(relay: Relay): Promise<Pick<SendResult, 'stage' | 'reply' | 'detail'> | null>;
};
