import { ATT, COMCAST, COX, SHAW, SPECTRUM } from './america.ts';
import { APPLE } from './apple.ts';
import { ENHANCED_RULES } from './enhanced.ts';
import { ARCOR, FREE, GMX, LAPOSTE, O2, ORANGE, SLOW_GREYLISTS, T_ONLINE, WP } from './europe.ts';
import { BARRACUDA, GODADDY, MIMECAST, PROOFPOINT } from './gateways.ts';
import { PACE_RULES } from './general-pace.ts';
import { SESSION_RULES } from './general-session.ts';
import { TRUST_RULES } from './general-trust.ts';
import { UNKNOWN_USER_RULES } from './general-unknown-user.ts';
import { WAITING_RULES } from './general-waiting.ts';
import { GOOGLE } from './google.ts';
import { MICROSOFT } from './microsoft.ts';
import type { Rule, RuleGroup } from './rule.ts';
import { MAIL_RU, NETEASE, QQ, YANDEX } from './russia-china.ts';
import { YAHOO, YAHOO_JAPAN } from './yahoo.ts';

/** The reply table in reading order: the provider's own rules, then general phrases, then enhanced codes. */

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
];

export const GENERAL_RULES: readonly Rule[] = [
  ...WAITING_RULES,
  ...SESSION_RULES,
  ...TRUST_RULES,
  ...PACE_RULES,
  ...UNKNOWN_USER_RULES,
  ...ENHANCED_RULES,
];
