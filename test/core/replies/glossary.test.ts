import { describe, expect, test } from 'vitest';
import { inEnglish } from '../../../src/core/replies/glossary.ts';
import { plain } from '../../../src/core/replies/shape.ts';
import { HELD_OUT, ROWS } from './fixtures.ts';

const english = (text: string) => inEnglish(plain(text));

describe('in English', () => {
  test.each([
    ['Das Postfach des Empfängers ist voll', 'das mailbox des recipient ist full'],
    ["Cette adresse n'existe pas", 'cette address does not exist'],
    ['Demasiadas conexiones', 'too many connections'],
    ['Casella piena', 'mailbox full'],
    ['Seu IP está bloqueado', 'seu ip esta blocked'],
    ['Te veel berichten', 'too many messages'],
    ['Skrzynka jest pełna', 'mailbox jest full'],
    ['Слишком много соединений', 'too many connections'],
    ['用户邮箱空间已满', 'user mailbox storage full'],
    ['メールボックスがいっぱいです', 'mailbox が full です'],
  ])('%s: %s', (text, words) => expect(english(text)).toBe(words));

  test('takes whole words, and leaves English as it is', () => {
    for (const text of ['limited', 'volume', 'saturday', 'addressed to users', 'postfix', 'exceeded'])
      expect(english(text)).toBe(text);
    const changed = [...ROWS.map(({ text }) => text), ...HELD_OUT.map(({ reply }) => reply)].filter(
      (text) => english(text) !== plain(text),
    );
    expect(changed.filter((text) => !/OFR|LPN|Service refus|trop de|inconnu|destinataire/i.test(text))).toEqual([]);
  });
});
