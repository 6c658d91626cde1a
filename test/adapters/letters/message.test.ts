import fc from 'fast-check';
import MailComposer from 'nodemailer/lib/mail-composer';
import { expect, test } from 'vitest';
import { headerText } from '../../../src/adapters/letters/headers.ts';
import { ann, campaign, compiled, header, parsed, raw } from './a-campaign.ts';

/** The message on the wire: what nodemailer's MailComposer would say, in CRLF lines that every server takes. */

const RUNS = 150;

/** Text that letters really hold, and text that breaks encoders; no braces, which belong to Liquid. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        '\n',
        '\r\n',
        '\r',
        ' \n',
        '\t\r\n',
        '.\n',
        '\n.\n',
        '=',
        '=3D',
        ' ',
        '"',
        ',',
        '--=_offpeak_c1\n',
        'Jürgen',
        '東京',
        '👩‍🚀',
      ),
      fc.integer({ min: 60, max: 400 }).map((length) => 'lorem-'.repeat(length).slice(0, length)),
      fc.integer({ min: 20, max: 90 }).map((length) => 'ü'.repeat(length)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join('').replace(/[{}\0]/g, ''));

const title = text.map((value) => value.slice(0, 900));

// A CR and an LF that meet at a merge field are two line ends to us.
const newlines = (value: string) => value.replace(/\r\n?/g, '\n');
const lines = (value: string | undefined) => newlines(value ?? '').replace(/\n+$/, '');
const escaped = (value: string) =>
  value
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&#34;')
    .replace(/'/g, '&#39;');

const seen = async (message: Buffer) => {
  const email = await parsed(message);
  const { subject, from, to, replyTo, messageId, date } = email;
  const list = ['list-unsubscribe', 'list-unsubscribe-post'].map((key) => header(email, key));
  return {
    subject: subject ?? '',
    from,
    to,
    replyTo,
    messageId,
    date,
    html: lines(email.html),
    text: lines(email.text),
    list,
  };
};

test('a letter reads like the one MailComposer makes from the same values', async () => {
  const parts = fc.record({ before: text, between: text, after: text, name: text, note: text, sender: title, title });
  await fc.assert(
    fc.asyncProperty(parts, async ({ before, between, after, name, note, sender, title }) => {
      const from = { address: 'news@alpha.example', name: sender };
      const content = {
        from,
        replyTo: 'answers@alpha.example',
        subject: 'For {{ email }}: {{ title }}',
        html: `<p>${before.replace(/</g, '')}{{ name }}${between.replace(/</g, '')}{{ note }}{{ name }}${after.replace(/</g, '')}`,
        text: `x${before}{{ name }}${between}{{ note }}${after}`,
        listUnsubscribe: { url: 'https://alpha.example/u?e={{ email | url_encode }}', mailto: 'off@alpha.example' },
      };
      const merged = (source: string, print: (value: string) => string) =>
        source
          .split(/\{\{ (name|note) \}\}/)
          .map((part, at) => newlines(at % 2 === 0 ? part : print(part === 'name' ? name : note)))
          .join('');
      const own = compiled(content).render(ann({ name, note, title }));
      if (!own.ok) throw new Error(JSON.stringify(own.error));
      const composed = await new MailComposer({
        from: { address: from.address, name: headerText(sender) },
        to: 'ann@beta.example',
        replyTo: content.replyTo,
        subject: headerText(`For ann@beta.example: ${title}`),
        messageId: '<r1.c1@alpha.example>',
        date: campaign().createdAt,
        html: merged(content.html, escaped),
        text: merged(content.text, String),
        headers: {
          'List-Unsubscribe': '<mailto:off@alpha.example>, <https://alpha.example/u?e=ann%40beta.example>',
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        },
      })
        .compile()
        .build();
      expect(await seen(own.value.raw)).toEqual(await seen(composed));
    }),
    { numRuns: RUNS, endOnFailure: true }, // shrinking text this size takes minutes
  );
});

test('no line is over 76 in a body or over 998 anywhere, and every line ends in CRLF', async () => {
  await fc.assert(
    fc.property(text, text, title, title, (before, after, name, subject) => {
      const html = `${before}{{ name }}${after}{% if name %}${before}{{ name }}{% endif %}`;
      const message = raw(
        { html: html.replace(/</g, ''), text: html, subject: `S ${subject}{{ name }}` },
        { name },
      ).toString('latin1');
      expect(message).not.toMatch(/[^\r]\n|\r(?!\n)|\P{ASCII}/u);
      expect(message).not.toContain('\0');
      const [head = '', ...rest] = message.split('\r\n\r\n');
      for (const line of head.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
      for (const line of rest.join('\r\n\r\n').split('\r\n')) expect(line.length).toBeLessThanOrEqual(76);
    }),
    { numRuns: RUNS },
  );
});

test('a plain letter in short lines goes as 7bit, and one umlaut makes that part quoted-printable', () => {
  const content = { html: '<p>Hello {{ name }}</p>\n', text: 'Hello\n' };
  const encodings = (name: string) =>
    raw(content, { name })
      .toString()
      .match(/(?<=Transfer-Encoding: ).*/g);
  expect(encodings('Ann')).toEqual(['7bit', '7bit']);
  expect(encodings('Änn')).toEqual(['7bit', 'quoted-printable']);
  expect(encodings('x'.repeat(70))).toEqual(['7bit', 'quoted-printable']);
});

test('a value can not end a part, even when it knows the boundary', async () => {
  const email = await parsed(raw({ html: '<p>x</p>', text: 'Hello {{ note }}' }, { note: 'a\n--=_offpeak_c1--\nb' }));
  expect(lines(email.text)).toBe('Hello a\n--=_offpeak_c1--\nb');
  expect(lines(email.html)).toBe('<p>x</p>');
});

test('a blank at the end of a line survives even where a merge field is empty', async () => {
  const message = raw({ html: 'ü Hello {{ name }}\nyou \n', text: 'x' }, { name: '' });
  expect(message.toString()).toContain('Hello=20\r\nyou=20\r\n');
});

test('a dot alone on a line is left for the SMTP session to stuff', async () => {
  const message = raw({ html: 'a\n.\nb\n', text: 'a\n.\n..\nb\n' });
  expect(message.toString()).toContain('\r\n.\r\n..\r\n');
});

test('every attempt for a recipient is the same message, byte by byte', () => {
  const letter = compiled({ subject: 'Für {{ name }}', html: '<p>{{ name }}</p>' });
  const [one, two] = [letter.render(ann({ name: 'Ann' })), letter.render(ann({ name: 'Ann' }))];
  expect(one).toEqual(two);
  expect(one.ok && one.value).toMatchObject({
    envelopeFrom: 'news@alpha.example',
    to: 'ann@beta.example',
    domain: 'beta.example',
  });
});
