import { withAddressesAs } from './shape.ts';

/** What a server said, without the person it was about: for all that outlives the campaign. Pure text, linear time. */

const WITHHELD = '…@…';
const SPECIAL = /[.*+?^${}()|[\]\\/]/g;

/**
 * Leaves out the recipient's address, as it is, in a link (`%40`) and in a return path (`=`). Where the reply is about
 * the recipient, all addresses: of a mailbox that forwards, for one. Elsewhere others are whom to ask for help.
 */
export function nameless(text: string, recipient: string, isAboutRecipient: boolean): string {
  const at = recipient.lastIndexOf('@');
  const local = recipient.slice(0, at);
  if (!text.includes('@') && !text.toLowerCase().includes(local.toLowerCase())) return text;
  const own = new RegExp(`${escaped(local)}(?:@|%40|=)${escaped(recipient.slice(at + 1))}`, 'gi');
  const without = text.replace(own, WITHHELD);
  return isAboutRecipient ? withAddressesAs(WITHHELD, without) : without;
}

const escaped = (text: string) => text.replace(SPECIAL, '\\$&');
