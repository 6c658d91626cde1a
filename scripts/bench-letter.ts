import MailComposer from 'nodemailer/lib/mail-composer';
import { makeEngine, parse, renderText } from '../src/adapters/letters/liquid.ts';
import { makeLetterPress } from '../src/adapters/letters/press.ts';

/** Microseconds per letter, beside nodemailer's MailComposer in the same run: `tsx scripts/bench-letter.ts`. */

const FIELDS = ['first_name', 'last_name', 'city', 'plan', 'shop', 'code'];
const LETTERS = 2_000;
const ROUNDS = 7;

const paragraph = (field: string) =>
  `<tr><td style="padding:24px;font-family:Arial,sans-serif;font-size:16px">\n<h2>Hello {{ ${field} }}, grüße aus Köln</h2>\n` +
  `<p>${'Off-peak letters go out when the providers have time for them, and nobody waits longer than needed. '.repeat(15)}</p>\n</td></tr>\n`;
const html = `<!doctype html><html><body><table>\n${FIELDS.map(paragraph).join('')}</table></body></html>\n`;
const content = {
  subject: 'Hello {{ first_name }}, your plan is {{ plan }}',
  from: { address: 'news@alpha.example', name: 'Alpha News' },
  html,
  text: 'Hello {{ first_name }}, the letter is in the HTML part.\n',
  listUnsubscribe: { url: 'https://alpha.example/u?e={{ email | url_encode }}' },
};
const oneLine = { ...content, html: html.replaceAll('\n', ' ') };
const ascii = {
  ...content,
  html: html
    .replaceAll('ü', 'u')
    .replaceAll('ß', 's')
    .replaceAll('ö', 'o')
    .replace(/(.{1,70}) /g, '$1\n'),
};

const recipient = (n: number) => ({
  id: `r${n}`,
  address: `ann.${n}@beta.example`,
  domain: 'beta.example',
  fields: { first_name: `Ann ${n}`, last_name: "O'Neil", city: 'Köln', plan: 'gold', shop: 'A & B', code: `C-${n}` },
});

const press = makeLetterPress({ messageIdDomain: () => 'alpha.example' });
const compiled = (value: typeof content) => {
  const letter = press.compile({ id: 'c1', content: value, createdAt: new Date(0), columns: FIELDS });
  if (!letter.ok) throw new Error(JSON.stringify(letter.error));
  return letter.value;
};

async function median(work: (n: number) => unknown): Promise<string> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.cpuUsage();
    for (let n = 0; n < LETTERS; n += 1) await work(n);
    const { user, system } = process.cpuUsage(start);
    rounds.push((user + system) / LETTERS);
  }
  const sorted = rounds.slice(1).sort((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]!.toFixed(1)} us (${sorted[0]!.toFixed(1)}-${sorted.at(-1)!.toFixed(1)})`;
}

const merge = (source: string, kind: 'html' | 'plain') => {
  const parsed = parse(makeEngine(kind), source, '/content/html');
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return (n: number) => {
    const to = recipient(n);
    const done = renderText(parsed.value, { ...to.fields, email: to.address });
    return done.ok ? done.value : '';
  };
};

const page = merge(html, 'html');
const text = merge(content.text, 'plain');
const subject = merge(content.subject, 'plain');
const url = merge(content.listUnsubscribe.url, 'plain');
const letter = compiled(content);
const minified = compiled(oneLine);
const short = compiled(ascii);
const raw = letter.render(recipient(1));
console.log(`html ${html.length} characters, message ${raw.ok ? raw.value.raw.length : raw.error.code} bytes`);
console.log('press, 10 kB, umlauts      ', await median((n) => letter.render(recipient(n))));
console.log('press, the same on one line', await median((n) => minified.render(recipient(n))));
console.log('press, ASCII, short lines  ', await median((n) => short.render(recipient(n))));
console.log('of that, rendering         ', await median(page));
const composed = (n: number) => {
  const options = {
    from: content.from,
    to: recipient(n).address,
    subject: subject(n),
    html: page(n),
    text: text(n),
    headers: { 'List-Unsubscribe': { prepared: true, value: `<${url(n)}>` } },
  };
  return new MailComposer(options).compile().build();
};
console.log('rendering + MailComposer   ', await median(composed));
