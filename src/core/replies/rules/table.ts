import { ATT, COMCAST, COX, SHAW, SPECTRUM } from './america.ts';
import { APPLE } from './apple.ts';
import { ENHANCED_RULES } from './enhanced.ts';
import { ARCOR, FREE, GMX, LAPOSTE, O2, ORANGE, SLOW_GREYLISTS, T_ONLINE, WP } from './europe.ts';
import { BARRACUDA, FACEBOOK, GODADDY, MIMECAST, PROOFPOINT } from './gateways.ts';
import { HOST_RULES } from './general/host.ts';
import { PACE_AS_5XX, PACE_RULES } from './general/pace.ts';
import { RECIPIENT_NAMED, RECIPIENT_RULES } from './general/recipient.ts';
import { SENDER_RULES } from './general/sender.ts';
import { SESSION_RULES } from './general/session.ts';
import { UNKNOWN_USER_RULES } from './general/unknown-user.ts';
import { GOOGLE } from './google.ts';
import { MICROSOFT } from './microsoft.ts';
import type { Rule, RuleGroup } from './rule.ts';
import { MAIL_RU, NETEASE, QQ, YANDEX } from './russia-china.ts';
import { YAHOO, YAHOO_JAPAN } from './yahoo.ts';

/**
 * The reply table in reading order: the provider's own rules, then general phrases by whom they name, then enhanced codes.
 * A phrase of an earlier file of general/ wins over one of a later file, so a mailbox that is full is no limit of ours,
 * and a block that ends in "try again later" is still a block.
 */

export const PROVIDER_GROUPS: readonly RuleGroup[] = [
  GOOGLE,
  MICROSOFT,
  YAHOO,
  YAHOO_JAPAN,
  APPLE,
  COMCAST,
  COX,
  SPECTRUM,
  ATT,
  SHAW,
  ORANGE,
  LAPOSTE,
  FREE,
  GMX,
  T_ONLINE,
  ARCOR,
  SLOW_GREYLISTS,
  WP,
  O2,
  MAIL_RU,
  YANDEX,
  QQ,
  NETEASE,
  GODADDY,
  MIMECAST,
  PROOFPOINT,
  BARRACUDA,
  FACEBOOK,
];

export const GENERAL_RULES: readonly Rule[] = [
  ...RECIPIENT_RULES,
  ...SESSION_RULES,
  ...SENDER_RULES,
  ...PACE_RULES,
  ...HOST_RULES,
  RECIPIENT_NAMED,
  PACE_AS_5XX,
  ...UNKNOWN_USER_RULES,
  ...ENHANCED_RULES,
];
