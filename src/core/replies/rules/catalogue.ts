import type { CatalogueRow } from './catalogue-row.ts';

/** Real replies that the phrases would sort worse. catalogue-row.ts says how to add one. */
export const CATALOGUE: readonly CatalogueRow[] = [
  {
    provider: 'gmail',
    reply:
      "550-5.7.1 Invalid credentials for relay [192.0.2.25]. The IP address you've registered in your Workspace SMTP Relay service doesn't match the domain of the account this email is being sent from...",
    means: ['auth_login', 'stop_and_alert', 0],
  },
  {
    provider: 'gmail',
    reply:
      "552 5.2.2 The recipient's inbox is out of storage space and inactive. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaPerm a640c23a62f3a-9a - gsmtp",
    means: ['mailbox_full', 'suppress_recipient', 0],
  },
  {
    // One customer's rule about one sender: not our standing at Google.
    provider: 'gmail',
    reply:
      '550 5.7.1 The user or domain that you are sending to (or from) has a policy that prohibited the mail that you sent. Please contact your domain administrator for further details...',
    means: ['policy_block', 'bounce_recipient', 0],
  },
  {
    provider: 'office365',
    reply:
      '554 5.2.252 SendAsDenied; news@example.com not allowed to send as sales@example.com; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied...',
    means: ['config_auth', 'stop_and_alert', 0],
  },
  {
    provider: 'office365',
    reply: "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
    means: ['account_quota', 'stop_and_alert', 86400],
    explicit: true,
  },
  {
    provider: 'office365',
    reply:
      '550 5.7.705 Access denied, tenant has exceeded threshold. Please visit https://aka.ms/EXOSmtpErrors for more information. AS(9320)',
    means: ['account_quota', 'stop_and_alert', 86400],
    explicit: true,
  },
  {
    provider: 'office365',
    reply: '550 5.7.23 The message was rejected because of Sender Policy Framework violation...',
    means: ['config_auth', 'stop_and_alert', 0],
  },
  {
    provider: 'office365',
    reply: '550 5.7.501 Access denied, spam abuse detected from IP [192.0.2.25]',
    means: ['reputation', 'stop_and_alert', 86400],
  },
  {
    // Greylisting, although it ends like the deferral that shuts a lane for hours.
    provider: 'yahoo',
    reply:
      '421 4.7.0 [GL01] Message from (192.0.2.25) temporarily deferred - 4.16.50. Please refer to http://postmaster.yahoo.com/errors/postmaster-21.html',
    means: ['greylisting', 'retry_recipient', 1800],
  },
  {
    provider: 't-online',
    reply:
      '554 IP=192.0.2.25 - Dialup/transient IP not allowed. Use a mailgateway instead or contact tobr@rx.t-online.de if this is a mailgateway. (DYN)',
    means: ['policy_block', 'stop_and_alert', 86400],
  },
  {
    provider: 'gmx-webde',
    reply: '550-Requested action not taken: mailbox unavailable\r\n550 Sender address is not allowed.',
    means: ['config_dns', 'stop_and_alert', 0],
  },
  {
    provider: 'orange',
    reply: '550 5.2.0 Mail rejete. Mail rejected. ofr_506 [506]',
    means: ['content', 'stop_and_alert', 3600],
  },
  {
    // The recipient blocked this sender by hand.
    provider: 'mimecast',
    reply: '550 Envelope blocked - User Entry - https://community.mimecast.com/docs/DOC-1369#550',
    means: ['policy_block', 'bounce_recipient', 0],
  },
  {
    // Barracuda's filter; it names the recipient, but it is the letter that was refused.
    provider: null,
    reply: '550 permanent failure for one or more recipients (user@example.net:blocked)',
    means: ['content', 'stop_and_alert', 3600],
  },
  {
    // Postfix asks the next host first; the answer is there on the next try.
    provider: null,
    reply:
      '450 4.1.1 <user@example.net>: Recipient address rejected: unverified address: Address verification in progress',
    means: ['greylisting', 'retry_recipient', 300],
  },
  {
    provider: null,
    reply: '450 4.7.1 <user@example.net>: Recipient address rejected: Policy Rejection- Abuse. Go away.',
    means: ['reputation', 'pause_provider', 3600],
  },
  {
    provider: null,
    reply: '550-Verification failed for <news@example.com>\r\n550-Unrouteable address\r\n550 Sender verify failed',
    means: ['config_dns', 'stop_and_alert', 0],
  },
  // Relays about the account that we have with them
  {
    provider: null,
    reply:
      '554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: news@example.com',
    means: ['config_auth', 'stop_and_alert', 0],
  },
  {
    provider: null,
    reply:
      '550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved...',
    means: ['config_auth', 'stop_and_alert', 0],
  },
  {
    provider: null,
    reply:
      '421 Domain example.com is not allowed to send: Please activate your Mailgun account. Check your inbox or log in to your control panel to resend the activation email.',
    means: ['auth_login', 'stop_and_alert', 3600],
  },
  {
    provider: null,
    reply: '550 5.4.6 Unusual sending activity detected. Please try after sometime',
    means: ['account_quota', 'stop_and_alert', 3600],
  },
];
