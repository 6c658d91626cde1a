import { AFTER_RCPT, type Rule } from './rule.ts';

/** General phrases, last part: the mailbox does not exist. Only once the server has heard the recipient. */

const NO_MAILBOX = new RegExp(
  [
    /(?:user|recipient|mailbox|account|address)\b.{0,80}\b(?:unknown|unavailable|not (?:found|known|exist\w*|valid|local)|inactive|disabled|invalid|no longer)\b/,
    /(?:unknown|invalid|no such|not a (?:known|valid)|non-?existent|inactive|disabled) (?:local )?(?:[\w-]+ )?(?:user|recipient|mailbox|address|account|person)/,
    /does(?: not|n't) (?:exist|have an? [\w.]+ account)|no mailbox|mailbox not found|not our customer/,
    /(?:recipient|address)\b.{0,80}\brejected|recipient not (?:accepted|ok)/,
    /(?:utilisateur|destinataire) inconnu|(?:benutzer|empfanger|adressat) (?:ist )?(?:unbekannt|existiert nicht)|unbekannter? (?:benutzer|empfanger)/,
    /(?:usuario|destinatario|utente) (?:desconocido|desconhecido|sconosciuto|inexistente|no existe|nao existe|non esiste)|gebruiker onbekend|пользователь не найден/,
  ]
    .map((part) => part.source)
    .join('|'),
);

export const UNKNOWN_USER_RULES: readonly Rule[] = [
  {
    name: 'general.unknown-user',
    class: 5,
    stages: AFTER_RCPT,
    text: NO_MAILBOX,
    unless: /\bsender|client host/,
    means: ['invalid_recipient', 'suppress_recipient', 0],
  },
];
