import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageId } from '../../../src/core/recipients/message-id.ts';

const MSG_ID = /^<[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*>$/;

test('a letter has the same Message-ID at every attempt', () => {
  expect(messageId('c1', 'r-2', 'News.Example')).toBe('<r-2.c1@news.example>');
  expect(messageId('c1', 'r-2', 'News.Example')).toBe(messageId('c1', 'r-2', 'News.Example'));
});

test('whatever the ids and the domain hold, the Message-ID is a dot-atom on both sides', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 1, unit: 'binary' }),
      fc.string(),
      (campaign, recipient, domain) => {
        expect(messageId(campaign, recipient, domain)).toMatch(MSG_ID);
      },
    ),
  );
});

test('two different recipients or campaigns never share a Message-ID', () => {
  const id = fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom('a', 'b', '.', '_', '5', 'f', '-', 'é') });
  fc.assert(
    fc.property(id, id, id, id, (campaign, recipient, otherCampaign, otherRecipient) => {
      fc.pre(campaign !== otherCampaign || recipient !== otherRecipient);
      expect(messageId(campaign, recipient, 'a.example')).not.toBe(
        messageId(otherCampaign, otherRecipient, 'a.example'),
      );
    }),
  );
});
