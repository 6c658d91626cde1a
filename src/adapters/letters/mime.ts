import type { Body } from './body-writer.ts';

/** The skeleton of a message: a text part and an HTML part, alternatives of each other (RFC 2046 5.1.4). */

export type Skeleton = {
  /** Never occurs in a quoted-printable body, which has no "=_". */
  readonly boundary: string;
  assemble(headers: string, text: Body, html: Body): Buffer;
};

export function makeSkeleton(campaignId: string): Skeleton {
  const boundary = `=_offpeak_${campaignId.replace(/[^A-Za-z0-9]/g, '').slice(0, 40)}`;
  const top = `MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="${boundary}"\r\n\r\n`;
  const open = (type: string, encoding: Body['encoding']) =>
    `--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
  const begins = (type: string): Record<Body['encoding'], string> => ({
    '7bit': open(type, '7bit'),
    'quoted-printable': open(type, 'quoted-printable'),
  });
  const beginText = begins('text/plain');
  const beginHtml = begins('text/html');
  return {
    boundary,
    assemble(headers, text, html) {
      const message = `${headers}${top}${beginText[text.encoding]}${text.text}\r\n${beginHtml[html.encoding]}${html.text}\r\n--${boundary}--\r\n`;
      // Everything is ASCII by now, and latin1 is the quicker copy.
      return Buffer.from(message, 'latin1');
    },
  };
}
