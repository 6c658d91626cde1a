import { AFTER_RCPT, anyOf, type Rule } from '../rule.ts';

/** Last part: the mailbox does not exist. Only once the server has heard the recipient. */

/** An IP address and the letter itself are somebody else. */
const WHO = '(?:user|recipient|mail ?-?box|account|(?<!\\bip )address|addressee|person|customer|alias|local part)';

const NO_MAILBOX = anyOf(
  new RegExp(
    `${WHO}s?\\b.{0,80}\\b(?:unknown|unavailable|not (?:in \\w+|found|known|exist\\w*|valid|local|listed|active|present|recogni[sz]ed|possible)|inactive|disabled|deactivated|suspended|terminated|expired|frozen|discontinued|archived|deleted|removed|closed|moved|invalid|incorrect|undeliverable|no longer|does not exist|bounced)\\b`,
  ),
  new RegExp(
    `(?:unknown|invalid|no such|no|not an? (?:known|valid|active|existing|local)|non-?existent|inactive|disabled|expired|undeliverable|bad|wrong|illegal|does not exist) (?:local |destination |mail )?(?:[\\w-]+ )?${WHO}s?\\b`,
  ),
  /\b(?:recipient|user|mail ?box)(?:'s)?(?: account)? (?:is|was|has been) (?:blocked|barred|locked)/,
  /does(?: not|n't) (?:exist|have an? [\w.]+ account|like recipient)|no mail ?-?box|mailbox not found|not our customer|no one (?:with|at|by|here)|no longer (?:accepts?|on server|with|valid|active)|(?:is|are) unknown to/,
  /unrouteable|unroutable|cannot deliver mail for|(?:badrcptto|validrcptto|badrecipientto)|does not accept mail at this address|recipnotfound|adr\.recip|user ?unknown|moved to|not listed in (?:\w+ ){0,2}(?:name|directory|domino)/,
  /(?:recipient|address)(?:es)?\b.{0,80}\brejected|recipient (?:is )?not (?:accepted|ok)/,
);

export const UNKNOWN_USER_RULES: readonly Rule[] = [
  {
    name: 'general.unknown-user',
    class: 5,
    stages: AFTER_RCPT,
    text: NO_MAILBOX,
    unless: /\bsender|client host|\bmail from\b|\bfrom address/,
    means: ['invalid_recipient', 'suppress_recipient', 0],
  },
];
