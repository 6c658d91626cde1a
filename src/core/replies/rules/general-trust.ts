import { RATE_WORDS, type Rule } from './rule.ts';

/** General phrases, third part: our set-up, our standing, and what we wrote. A lower rate cures none of these. */

export const TRUST_RULES: readonly Rule[] = [
  {
    name: 'general.dns-trouble',
    class: 4,
    text: /domain (?:name )?not found|does not resolve|unresolvable|could not (?:be )?resolve|servfail|temperror|\bdns (?:failure|time-?out|error|lookup|problem)|temporary dns/,
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
    text: /\b(?:spf|dkim|dmarc)\b|unauthenticated (?:e?mail|sender)|authentication (?:checks|level)/,
    means: ['config_auth', 'stop_and_alert', 0],
  },
  {
    name: 'general.reverse-dns',
    text: /reverse dns|\bptr\b|\brdns\b|cannot find your (?:reverse )?hostname|\bhelo\b.{0,60}(?:not found|invalid|rejected|need fully)/,
    means: ['config_dns', 'stop_and_alert', 3600],
  },
  {
    name: 'general.sender-domain',
    class: 5,
    text: /sender .{0,80}(?:domain not found|does not (?:exist|resolve)|unresolvable)|(?:sender|sending|from) (?:address )?domain|domain of sender/,
    unless: RATE_WORDS,
    means: ['config_dns', 'stop_and_alert', 0],
  },
  {
    name: 'general.same-message-id',
    text: /same message-id|duplicate message-id/,
    means: ['duplicate_message_id', 'stop_and_alert', 0],
  },
  {
    name: 'general.reputation',
    class: 4,
    text: /reputation|block ?list|black ?list|\bdns[bw]l\b|\brbl\b|spamhaus|spamcop|user complaints|(?:ip|host|client|network|server)\b.{0,40}\bblocked|too many spams?\b/,
    means: ['reputation', 'pause_provider', 3600],
  },
  {
    name: 'general.reputation-permanent',
    class: 5,
    text: /reputation|block ?list|black ?list|\bdns[bw]l\b|\brbl\b|spamhaus|spamcop|user complaints|blocked (?:using|by|for spam)|(?:ip|host|client|network|server)\b.{0,40}\bblocked|banned|spam source|too many spams?\b/,
    means: ['reputation', 'stop_and_alert', 14400],
  },
  {
    name: 'general.size',
    class: 5,
    text: /message (?:size|is too (?:big|large))|(?:message|size) exceeds|too (?:big|large)/,
    means: ['content', 'stop_and_alert', 0],
  },
  {
    name: 'general.content',
    class: 5,
    text: /spam (?:message|content|mail|detected|rejected)|(?:message|mail|content)\b.{0,40}\b(?:spam|virus|malware|phishing|unsolicited)\b|suspicion of spam|\bvirus|malware|phishing|content (?:denied|rejected|filter|blocked)/,
    unless: RATE_WORDS,
    means: ['content', 'stop_and_alert', 3600],
  },
  {
    name: 'general.policy',
    class: 5,
    text: /\bpolicy\b|access (?:is )?denied|not (?:in |on )?(?:the )?white ?-?list|namespace mining|not authori[sz]ed/,
    unless: new RegExp(`${RATE_WORDS.source}|recipient address rejected: access denied`),
    means: ['policy_block', 'stop_and_alert', 7200],
  },
  {
    name: 'general.sender-rejected',
    class: 5,
    text: /sender (?:address )?(?:is )?(?:rejected|denied|refused|invalid|unknown|blocked)|client host rejected/,
    unless: RATE_WORDS,
    means: ['policy_block', 'stop_and_alert', 3600],
  },
];
