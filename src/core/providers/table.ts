/**
 * The providers that we know: their names, and how gently to begin with each. Data only; shaping.md sections 1, 4 and 6.
 * Sessions and letters per session are KumoMTA's, for mail.ru Momentum's, for Cox sisimai's.
 *
 * `strict` where a refusal for pace costs far more than the letter refused, so that waiting for a second one is dear:
 * yahoo (TSS04, TSS05: shut for 2 to 4 hours; TSS09: for good), yahoo.co.jp (553 VS98 for an hour), qq (every limit is a
 * 550, for 1 to 2 hours), 163 (HL:IFC for 15 minutes, MI:STC and RP:TRC for hours to a day, as 550), gmx-webde (550 or 554
 * "policy restrictions" for 1 to 2 hours). Not gmail, outlook and comcast: their lasting limits name themselves (4.7.28,
 * RP-001, RL0000) and act at once anyway, and their stray 421s are many. Not t-online: its block is lifted by a person.
 */

export type ProviderRow = {
  readonly key: string;
  /** Exact recipient domains. */
  readonly domains?: readonly string[];
  /** Names that a provider has registered under many country suffixes. */
  readonly brands?: readonly string[];
  /** Ends of MX host names, beginning with a dot. */
  readonly mx?: readonly string[];
  /** Where it differs from a provider that nobody knows. */
  readonly profile?: ProfilePatch;
};

export const PROVIDERS: readonly ProviderRow[] = [
  {
    key: 'gmail',
    domains: ['gmail.com', 'googlemail.com'],
    mx: ['.google.com', '.googlemail.com', '.smtp.goog', '.psmtp.com'],
    profile: { connections: 5, messagesPerConnection: 50, sessionRestart: 1, sessionGrowSeconds: 60 },
  },
  {
    key: 'outlook',
    domains: ['msn.com', 'windowslive.com', 'passport.com'],
    brands: ['outlook', 'hotmail', 'live'],
    mx: ['.olc.protection.outlook.com', '.hotmail.com'],
    profile: { connections: 5, messagesPerConnection: 50 },
  },
  {
    key: 'office365',
    mx: ['.mail.protection.outlook.com', '.mx.microsoft'],
    profile: { connections: 5, messagesPerConnection: 50 },
  },
  {
    key: 'yahoo.co.jp',
    domains: ['yahoo.co.jp'],
    mx: ['.yahoo.co.jp'],
    profile: { connections: 2, messagesPerConnection: 20, ceiling: 10, strict: true },
  },
  {
    key: 'yahoo',
    domains: [
      'ymail.com',
      'rocketmail.com',
      'aim.com',
      'netscape.net',
      'att.net',
      'sbcglobal.net',
      'bellsouth.net',
      'verizon.net',
      'rogers.com',
      'sky.com',
    ],
    brands: ['yahoo', 'aol'],
    mx: ['.yahoodns.net'],
    profile: { connections: 5, messagesPerConnection: 20, strict: true },
  },
  {
    key: 'icloud',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    mx: ['.icloud.com', '.apple.com', '.me.com'],
    profile: { connections: 10, messagesPerConnection: 5 },
  },
  {
    key: 'comcast',
    domains: ['comcast.net'],
    mx: ['.comcast.net'],
    profile: { connections: 25, messagesPerConnection: 1000 },
  },
  { key: 'cox', domains: ['cox.net'], mx: ['.cox.net'], profile: { connections: 5, messagesPerConnection: 100 } },
  { key: 'spectrum', domains: ['charter.net', 'rr.com'], mx: ['.charter.net', '.rr.com'] },
  { key: 'shaw', domains: ['shaw.ca'] },
  { key: 'bigpond', domains: ['bigpond.com', 'bigpond.net.au'] },
  {
    key: 'gmx-webde',
    domains: ['web.de', 'gmx.net', 'gmx.org', 'gmx.info', 'gmx.biz'],
    brands: ['gmx'],
    mx: ['.gmx.net', '.gmx.com', '.web.de', '.kundenserver.de', '.1and1.com', '.1and1.co.uk', '.1and1.fr', '.1and1.es'],
    profile: { connections: 4, messagesPerConnection: 20, strict: true },
  },
  {
    key: 'mail.com',
    domains: [
      'mail.com',
      'email.com',
      'usa.com',
      'post.com',
      'europe.com',
      'consultant.com',
      'iname.com',
      'writeme.com',
    ],
    mx: ['.mail.com'],
  },
  { key: 't-online', domains: ['t-online.de', 'magenta.de'], mx: ['.t-online.de'] },
  { key: 'arcor', domains: ['arcor.de'] },
  {
    key: 'orange',
    domains: ['orange.fr', 'wanadoo.fr'],
    mx: ['.orange.fr', '.wanadoo.fr'],
    profile: { connections: 2, messagesPerConnection: 100 },
  },
  { key: 'laposte', domains: ['laposte.net'], mx: ['.laposte.net'] },
  { key: 'free.fr', domains: ['free.fr'], mx: ['.free.fr'] },
  { key: 'libero', domains: ['libero.it'], mx: ['.libero.it'] },
  { key: 'tiscali', domains: ['tiscali.it'] },
  { key: 'telenet', domains: ['telenet.be'] },
  { key: 'kpn', domains: ['kpnmail.nl'], mx: ['.kpnmail.nl'], profile: { connections: 10, messagesPerConnection: 10 } },
  { key: 'o2.co.uk', domains: ['o2.co.uk'] },
  { key: 'onet', domains: ['onet.pl', 'op.pl', 'vp.pl'], mx: ['.onet.pl'] },
  { key: 'wp.pl', domains: ['wp.pl'], mx: ['.wp.pl'] },
  { key: 'seznam', domains: ['seznam.cz'], mx: ['.seznam.cz'] },
  {
    key: 'mail.ru',
    domains: ['mail.ru', 'bk.ru', 'inbox.ru', 'list.ru'],
    mx: ['.mail.ru'],
    profile: { connections: 2, messagesPerConnection: 20 },
  },
  { key: 'yandex', domains: ['ya.ru'], brands: ['yandex'], mx: ['.yandex.net', '.yandex.ru'] },
  {
    key: 'qq',
    domains: ['qq.com', 'foxmail.com'],
    mx: ['.qq.com'],
    profile: { connections: 4, messagesPerConnection: 8, strict: true },
  },
  {
    key: '163',
    domains: ['163.com', '126.com', 'yeah.net'],
    mx: ['.netease.com', '.163.com'],
    profile: { connections: 4, messagesPerConnection: 7, strict: true },
  },
  { key: 'sina', brands: ['sina'], mx: ['.sina.com.cn'] },
  { key: 'proofpoint', mx: ['.pphosted.com'] },
  {
    key: 'mimecast',
    mx: ['.mimecast.com', '.mimecast.co.za', '.mimecast-offshore.com'],
    profile: { connections: 10, messagesPerConnection: 100 },
  },
  { key: 'barracuda', mx: ['.barracudanetworks.com'], profile: { connections: 10, messagesPerConnection: 15 } },
  { key: 'cisco-esa', mx: ['.iphmx.com'] },
  { key: 'messagelabs', mx: ['.messagelabs.com'] },
  { key: 'forcepoint', mx: ['.mailcontrol.com'] },
  { key: 'sophos', mx: ['.hydra.sophos.com'] },
  { key: 'godaddy', mx: ['.secureserver.net'] },
  { key: 'rackspace', mx: ['.emailsrvr.com'] },
  { key: 'zoho', domains: ['zoho.com'], mx: ['.zoho.com'] },
  { key: 'fastmail', domains: ['fastmail.com'], mx: ['.messagingengine.com'] },
  { key: 'proton', domains: ['proton.me', 'protonmail.com'], mx: ['.protonmail.ch'] },
  { key: 'ovh', mx: ['.ovh.net'] },
];

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
