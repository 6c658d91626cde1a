/** The last look at an envelope. nodemailer repairs a hostile address into somebody else's, so it must see none. */

// One bare ASCII address: no control character, space, list or display form can reach an SMTP command.
const MAILBOX = /^[!#-'*+\-./0-9:=?A-Z[\]^_`a-z{|}~$%&]{1,64}@[A-Za-z0-9.\-_]{1,255}$/;

export const isMailbox = (address: string): boolean => MAILBOX.test(address);

/** A null reverse-path is legal, RFC 5321 4.5.5. */
export const isReversePath = (address: string): boolean => address === '' || isMailbox(address);
