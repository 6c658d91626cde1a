/** The identity of a letter: the same for every attempt, so that a receiver may drop a second copy. RFC 5322 3.6.4. */

// "_" begins an escape and is escaped itself, so two different ids never give the same text.
const atom = (id: string) => id.replace(/[^A-Za-z0-9-]/gu, (char) => `_${char.codePointAt(0)!.toString(16)}_`);

const dotAtom = (domain: string) =>
  domain
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .split('.')
    .filter((label) => label !== '')
    .join('.') || 'invalid';

/** `<recipient.campaign@domain>`, angle brackets included; ASCII whatever the ids hold. */
export const messageId = (campaignId: string, recipientId: string, domain: string): string =>
  `<${atom(recipientId)}.${atom(campaignId)}@${dotAtom(domain)}>`;
