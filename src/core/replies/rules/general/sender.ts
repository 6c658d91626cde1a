import { anyOf, RATE_WORDS, type Rule } from '../rule.ts';

/**
 * Third part: our own side. Our name and address in DNS, our standing, what we wrote. A lower rate cures none of these,
 * so they stand above words of pace, and "try again later" changes nothing.
 */

/** Our side of the connection. */
const OUR_SIDE =
  '\\b(?:ips?|ip address\\w*|host|hostname|client|server|network|relay|mta|sender|sending domain|your domain|your (?:e-?mail )?address|connecti(?:on|ng) from|mail from)\\b';

const LISTED = anyOf(
  /(?<!white ?|white-|allow ?)\b(?:block|black|deny) ?-?list|\bdns[bw]?bls?\b|\b[rs]bl\b|(?<!\bnot )\blisted (?:at|in|on|by|for|as)\b|\bis listed\b|(?:found|due to (?:a )?listing) (?:in|on) /,
  /spamhaus|spam ?cop|\bsorbs\b|barracuda ?(?:central|reputation)|abuseat|invaluement|\bsenderbase|sender ?score|cloudmark|hostkarma|uceprotect|mailspike|spamrl|mail-abuse|fortiguard|\bdnsbl\b|\bspammer'?s? list/,
);

/** What is done to someone who is not wanted. */
const REFUSED =
  '\\b(?:blocked|banned|barred|locked out|denied|refused|rejected|not (?:currently )?(?:allowed|permitted|accept\\w*|welcome|authori[sz]ed)|forbidden|prohibited|unauthori[sz]ed|suspicious|filtered|untrusted)\\b';

const FOR_NOW = /temporar|for (?:the next |a |\d+ )?(?:minute|hour|day|while)|\bin (?:an?|\d+) (?:minute|hour)/;

const NAMES_OUR_HOST = anyOf(
  /reverse[ -]dns|\bptr\b|\brdns\b|reverse (?:host ?name|lookup)|cannot find your (?:reverse )?host ?name|ip name lookup|no (?:matching )?host ?name|no (?:a|aaaa|valid a) record|forward-confirmed/,
  /\b(?:helo|ehlo)\b.{0,80}(?:not found|invalid|reject|need|must|fqdn|does(?: not|n't)|not (?:a )?valid|mismatch|denied|\bbad\b|incorrect|forged|syntax)|(?:bad|invalid|bogus|forged) (?:helo|ehlo)/,
  /unverif\w+ (?:\w+ )?(?:ips?|hosts?)\b|(?:host ?name|ip)\b.{0,40}\b(?:do(?:es)? not match|mismatch)/,
);

const SPAM = anyOf(
  /spam (?:message|content|mail|detected|rejected|found)|(?:message|e-?mail|content|mail|it)\b.{0,60}\b(?:spam|junk|virus|malware|phishing|unsolicited|bulk)\b|suspicion of spam|suspected spam|probabl[ey] spam|spam ?assassin|too much spam\b|\bspam score/,
  /\bvirus|malware|phishing|(?:content|attachments?) (?:denied|rejected|filter|blocked|not allowed|suspicious|spam)|(?:illegal|forbidden|banned|executable|prohibited|suspicious|rejected|blocked) (?:\w+ ){0,2}(?:attachment|content)|content filter|message (?:was )?filtered|\bsurbl|\buribl|\burls?\b.{0,30}(?:list|block|reject)|bulk checksum/,
  /(?:^|[^\w])(?:spam|junk)[ .!]*$|\bclassified as\b|\blooks? like spam|(?:rejected|refused|detected|identified) (?:as|due to|for) (?:\w+ ){0,2}spam|messages? rejected:? (?:spam|content)/,
);

/** A flood is told by its speed, also where its letters are called spam. */
const HOW_FAST =
  /\brates?\b|rate-?limit|throttl|frequen|too (?:fast|quick|often)|per (?:hour|minute|second)|too many (?:messages|e?-?mails|connections)/;

const MALFORMED =
  /(?:malformed|invalid|bad|missing|duplicate|multiple|illegal|non-?compliant) (?:\w+ ){0,3}headers?|headers? (?:\w+ ){0,3}(?:invalid|syntax|malformed|error|missing|not accepted|not compliant)|(?:not|non)[ -](?:rfc|compliant)|\brfc ?-?\d{3,4}\b.{0,40}(?:compl|violat|required)|bare (?:lf|cr|line)|mime (?:error|headers)|8-?bit data|unqualified|protocol violation|syntax error/;

const POLICY = anyOf(
  /\bpolic(?:y|ies)\b|access (?:is |was )?(?:denied|forbidden)|your access to|not (?:in |on )?(?:the )?white ?-?list|namespace mining|not authori[sz]ed|unauthori[sz]ed|administrative(?:ly)? prohibit|prohibited|forbidden/,
  /\b(?:dynamic|residential|dial-?up|transient|broadband)\b|smart ?host|smtp server of your isp|geo(?:graph|ip|-?loc)\w*|\byour country|no smtp service|go away|open proxy|not welcome|does not accept (?:e?mail|messages|connections) from|\bacl\b|firewall|administrator rule|local rule|sender verif/,
);

export const SENDER_RULES: readonly Rule[] = [
  // Nobody could be asked: not a wrong record, but none for the moment.
  {
    name: 'general.dns-trouble',
    class: 4,
    text: /domain (?:name )?not found|does not resolve|unresolvable|could not (?:be )?resolve|servfail|temperror|\bdns (?:\w+ )?(?:failure|time-?out|error|lookup|problem)|temporary (?:[\w-]+ ){0,3}(?:dns|rdns|ptr|spf|dkim|dmarc)|(?:dns|spf|dkim|dmarc) (?:[\w-]+ ){0,3}(?:temporar\w+|tim(?:e|ed)[ -]?out)|(?:r?dns|name ?servers?) (?:[\w-]+ ){0,3}(?:temporar\w+|timed out)/,
    unless: /\bhelo\b|\behlo\b|\bptr\b/,
    means: ['dns_trouble', 'retry_recipient', 3600],
  },
  {
    name: 'general.unauthenticated',
    class: 4,
    text: /\b(?:spf|dkim|dmarc)\b|unauthenticated (?:e?mail|sender)|authentication checks/,
    means: ['config_auth', 'stop_and_alert', 3600],
  },
  {
    name: 'general.unauthenticated-permanent',
    class: 5,
    text: /\b(?:spf|dkim|dmarc)\b|unauthenticated (?:e?mail|sender)|authentication (?:checks|level)|anti-?spoof/,
    means: ['config_auth', 'stop_and_alert', 0],
  },
  { name: 'general.reverse-dns', text: NAMES_OUR_HOST, means: ['config_dns', 'stop_and_alert', 3600] },
  {
    name: 'general.sender-domain',
    class: 5,
    text: /sender .{0,80}(?:domain not found|does(?: not|n't) (?:exist|resolve)|unresolvable|(?:has )?no mx|invalid|unrout\w+)|(?:sender|sending|from) (?:address )?domain\b|domain of sender|(?:invalid|unrout\w+|bad) sender/,
    unless: RATE_WORDS,
    means: ['config_dns', 'stop_and_alert', 0],
  },
  {
    name: 'general.same-message-id',
    text: /same message-id|duplicate message-id/,
    means: ['duplicate_message_id', 'stop_and_alert', 0],
  },
  {
    name: 'general.invalid-recipients',
    text: /too (?:many|much) (?:invalid|unknown|bad|non-?existent|wrong) (?:recipient|user|address|rcpt)|excessive (?:unknown|invalid)|directory harvest|dictionary attack|spam ?-?trap|honey ?pot/,
    means: ['list_quality', 'stop_and_alert', 3600],
  },
  {
    name: 'general.our-account',
    text: /(?:your|sender'?s?|sending) (?:\w+ ){0,2}account\b.{0,40}\b(?:suspended|paused|disabled|locked|blocked|review|deactivated|expired)|(?:sending|account)\b.{0,20}\b(?:paused|suspended|under review)\b.{0,30}\b(?:support|account|sending)\b/,
    means: ['account_quota', 'stop_and_alert', 3600],
  },
  // A list holds until somebody has us taken off it; a block with a time ends by itself.
  {
    name: 'general.listed-for-now',
    class: 4,
    text: anyOf(/(?:block|black) ?-?list.{0,60}temporar|temporar.{0,30}(?:block|black) ?-?list/),
    means: ['reputation', 'pause_provider', 3600],
  },
  { name: 'general.listed', class: 4, text: LISTED, means: ['reputation', 'stop_and_alert', 3600] },
  {
    name: 'general.listed-permanent',
    class: 5,
    text: anyOf(LISTED, /blocked (?:using|by|for)/),
    unless: /\bpolicy filter/,
    means: ['reputation', 'stop_and_alert', 14400],
  },
  {
    name: 'general.reputation',
    class: 4,
    text: new RegExp(
      `reputation|user complaints|unwanted (?:e?mails?|messages)|too (?:many|much) spams?\\b|intrusion|${OUR_SIDE}.{0,40}\\b(?:blocked|banned)|spam(?:med|ming)?\\b.{0,20}\\bfrom`,
    ),
    means: ['reputation', 'pause_provider', 3600],
  },
  {
    name: 'general.reputation-permanent',
    class: 5,
    text: new RegExp(
      `reputation|user complaints|unwanted (?:e?mails?|messages)|banned|spam source|spammers?\\b|sending spam|too (?:many|much) spams?\\b|neighbou?rhood|${OUR_SIDE}.{0,60}\\bblocked|\\bblocked\\b.{0,40}${OUR_SIDE}|\\bbad ip`,
    ),
    means: ['reputation', 'stop_and_alert', 14400],
  },
  {
    name: 'general.size',
    class: 5,
    text: /message (?:size|length|is too (?:big|large))|(?:message|size) exceeds|too (?:big|large)|(?:mail|file|header) size|(?:size|line) limit|\bsize\b.{0,40}\b(?:limit|over|exceed\w*)/,
    means: ['content', 'stop_and_alert', 0],
  },
  {
    name: 'general.content',
    text: SPAM,
    unless: HOW_FAST,
    means: ['content', 'stop_and_alert', 3600],
  },
  { name: 'general.malformed', class: 5, text: MALFORMED, means: ['protocol', 'stop_and_alert', 0] },
  {
    name: 'general.policy',
    text: POLICY,
    unless: anyOf(RATE_WORDS, /recipient address(?:es)? rejected ?: access denied|\brelay(?:ing)?\b/),
    means: ['policy_block', 'stop_and_alert', 7200],
  },
  {
    name: 'general.sender-rejected',
    text: new RegExp(
      `sender (?:[\\w-]+ ){0,2}(?:rejected|denied|refused|invalid|unknown|blocked)|client host rejected|${OUR_SIDE}.{0,40}${REFUSED}|${REFUSED}.{0,20}${OUR_SIDE}|not allowed to (?:connect|send)|(?:sender|your (?:domain|ip|server|host))\\b.{0,40}\\bsuspended`,
    ),
    unless: anyOf(
      RATE_WORDS,
      FOR_NOW,
      /\brelay(?:ing)?\b|\bconnections?\b.{0,20}refused|server (?:is )?(?:busy|error)|not accepting|recipient address/,
    ),
    means: ['policy_block', 'stop_and_alert', 3600],
  },
];
