import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/**
 * Writes templates/demo/recipients.csv and expected.json: 20,000 made-up people with the faults that real lists have.
 * The expected counts come from how the rows are made, not from reading them. The same seed gives the same bytes.
 */

const SEED = 421;
const ROWS = { accepted: 19_250, duplicate: 400, broken: 300, misfit: 50 } as const;
const BLANK = { empty: 30, commas: 10 } as const;
const COLUMNS = ['email', 'first_name', 'last_name', 'city', 'plan', 'note'];
/** Rows at the top that are all good, so that a look at the file shows what it is, and duplicates have someone to repeat. */
const CLEAN_START = 60;

type Person = { readonly email: string; readonly rest: readonly string[] };
type Dice = { below(limit: number): number; pick<T>(list: readonly T[]): T; chance(share: number): boolean };

/** `shown:in an address`. */
const pairs = (list: string) => list.split(/,\s+/).map((item) => item.split(':') as [string, string]);

const FIRST =
  pairs(`Ann:ann, Jürgen:juergen, Zoë:zoe, Siobhán:siobhan, Łukasz:lukasz, Åsa:asa, François:francois, Inés:ines,
  Søren:soren, Anne-Marie:anne-marie, Mehmet:mehmet, Nguyễn:nguyen, 美咲:misaki, 健太:kenta, 小明:xiaoming,
  지우:jiwoo, Олена:olena, Дмитро:dmytro, Ελένη:eleni, Amara:amara, Kwame:kwame, Priya:priya, Arjun:arjun,
  Jörg:joerg, Käthe:kaethe, Tom:tom, Maya:maya, Noah:noah, D'Arcy:d'arcy, Ümit:umit`);
const LAST = pairs(`O'Neil:o'neil, Müller:mueller, Weiß:weiss, García:garcia, D'Angelo:d'angelo, Ivanová:ivanova,
  Bjørnstad:bjornstad, Smith-Jones:smith-jones, van der Berg:vanderberg, de la Cruz:delacruz, Yılmaz:yilmaz,
  Trần:tran, 佐藤:sato, 鈴木:suzuki, 王:wang, 김:kim, Шевченко:shevchenko, Παπαδάκη:papadaki, Okafor:okafor,
  Mensah:mensah, Sharma:sharma, Iyer:iyer, Schröder:schroeder, Lefèvre:lefevre, Novák:novak,
  Kowalska:kowalska, Lindqvist:lindqvist, Rossi:rossi, N'Diaye:n'diaye, Lee:lee`);
const CITIES = `Köln; Zürich; Kraków; São Paulo; Málaga; København; Reykjavík; İstanbul; 東京; 서울; 上海; Київ; Αθήνα;
  Accra; Pune; Lyon; Graz; Oslo; Torino; Washington, D.C.; L'Aquila; Winston-Salem; Saint-Étienne; `.split(/;\s*/);
const PLANS = ['free', 'free', 'free', 'silver', 'silver', 'gold', ''];
const NOTES = [
  'asked at the fair, wants the printed issue',
  'said "call me after six"',
  'moved, new street is "Am Markt 3", second floor',
  "O'Neil & sons <office>",
  'prefers e-mail',
  '50 % off, until June',
  '"',
  'renews in May; has two seats',
  'notă: fără glută',
  '注意：午後のみ',
];
const LONG_NOTES = [
  'first line\r\nsecond line, with a comma',
  'called twice:\r\n"not before noon"\r\nthanks',
  'ends with a break\r\n',
];

/** Every kind of broken address, out of a good one. */
const BREAKS: readonly ((local: string, domain: string) => string)[] = [
  (local, domain) => `${local}.${domain}`,
  (local, domain) => `${local}@@${domain}`,
  (local, domain) => `${local}@home@${domain}`,
  (local, domain) => `${local} x@${domain}`,
  (local, domain) => `${local}@ ${domain}`,
  (local, domain) => `.${local}@${domain}`,
  (local, domain) => `${local}.@${domain}`,
  (local, domain) => `a..${local}@${domain}`,
  (local, domain) => `${local}@${domain.replace('.', '..')}`,
  (local, domain) => `Ann <${local}@${domain}>`,
  (local, domain) => `${local}@${domain};${local}@beta.example`,
  (local, domain) => `${local}@${domain}, ${local}@gamma.example`,
  (local, domain) => `${local}@${domain}.`,
  (local) => `${local}@localhost`,
  (local) => `${local}@`,
  (_, domain) => `@${domain}`,
  () => '',
  (local, domain) => `"${local} x"@${domain}`,
  (local, domain) => `${local}(work)@${domain}`,
  (local, domain) => `mailto:${local}@${domain}`,
  (local, domain) => `${local}@-${domain}`,
  (local, domain) => `${local}@in_${domain}`,
  (local) => `${local}@[127.0.0.1]`,
  (local, domain) => `${local.padEnd(65, 'x')}@${domain}`,
];

export function makeDemo(): { readonly csv: string; readonly expected: Readonly<Record<string, number>> } {
  const dice = makeDice(SEED);
  const people = makePeople(dice);
  const accepted: Person[] = [];
  const kinds = shuffled(rowKinds(), dice);
  const rows = kinds.map((kind, at) => {
    const person = people();
    if (kind === 'broken') return csvLine([broken(person, at), ...person.rest]);
    if (kind === 'duplicate') return csvLine([repeated(dice.pick(accepted), dice), ...person.rest]);
    if (kind === 'misfit') return csvLine(misfit([person.email, ...person.rest], dice));
    accepted.push(person);
    return csvLine([person.email, ...person.rest]);
  });
  const lines = [COLUMNS.join(','), ...withBlanks(rows, dice)];
  const { duplicate, broken: rejected, misfit: misfits } = ROWS;
  return {
    csv: `\ufeff${lines.join('\r\n')}\r\n`,
    expected: {
      records: kinds.length,
      blank: BLANK.empty + BLANK.commas,
      accepted: ROWS.accepted,
      duplicate,
      rejected: rejected + misfits,
    },
  };
}

type Kind = keyof typeof ROWS;

const rowKinds = (): Kind[] => (Object.keys(ROWS) as Kind[]).flatMap((kind) => Array<Kind>(ROWS[kind]).fill(kind));

function shuffled(kinds: readonly Kind[], dice: Dice): Kind[] {
  const list = kinds.slice(CLEAN_START);
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = dice.below(at + 1);
    [list[at], list[other]] = [list[other]!, list[at]!];
  }
  return [...kinds.slice(0, CLEAN_START), ...list];
}

/** No two people share an address, in any case. */
function makePeople(dice: Dice): () => Person {
  const taken = new Set<string>();
  const domain = () => {
    const at = dice.below(100);
    return at < 40 ? 'alpha.example' : at < 75 ? 'beta.example' : 'gamma.example';
  };
  return () => {
    const [first, firstLocal] = dice.pick(FIRST);
    const [last, lastLocal] = dice.pick(LAST);
    const local = dice.pick([
      `${firstLocal}.${lastLocal}`,
      `${firstLocal[0]}.${lastLocal}`,
      `${lastLocal}+news`,
      `${firstLocal}_${lastLocal}`,
    ]);
    const host = domain();
    let email = `${local}@${host}`;
    for (let n = 2; taken.has(email.toLowerCase()); n = 10 + dice.below(9_990)) email = `${local}${n}@${host}`;
    taken.add(email.toLowerCase());
    const note = dice.chance(0.003) ? dice.pick(LONG_NOTES) : dice.chance(0.2) ? dice.pick(NOTES) : '';
    return {
      email: dice.chance(0.02) ? capitalised(email) : email,
      rest: [first, last, dice.pick(CITIES), dice.pick(PLANS), note],
    };
  };
}

const capitalised = (email: string) => email.replace(/^./, (char) => char.toUpperCase());

function broken(person: Person, at: number): string {
  const [local = '', domain = ''] = person.email.split('@');
  return BREAKS[at % BREAKS.length]!(local, domain);
}

function repeated(person: Person, dice: Dice): string {
  const [local = '', domain = ''] = person.email.split('@');
  return dice.pick([
    person.email,
    person.email.toUpperCase(),
    `${local}@${domain.toUpperCase()}`,
    `${local.toUpperCase()}@${domain}`,
  ]);
}

const misfit = (fields: readonly string[], dice: Dice): readonly string[] =>
  dice.chance(0.5)
    ? fields.slice(0, 1 + dice.below(fields.length - 1))
    : [...fields, ...['extra', 'more'].slice(0, 1 + dice.below(2))];

const csvLine = (fields: readonly string[]): string =>
  fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');

function withBlanks(rows: readonly string[], dice: Dice): string[] {
  const blanks = [
    ...Array<string>(BLANK.empty).fill(''),
    ...Array<string>(BLANK.commas).fill(','.repeat(COLUMNS.length - 1)),
  ];
  const lines = [...rows];
  for (const blank of blanks) lines.splice(CLEAN_START + dice.below(rows.length - CLEAN_START), 0, blank);
  return lines;
}

/** Mulberry32: small, and the same on every machine. */
function makeDice(seed: number): Dice {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, pick: (list) => list[below(list.length)]!, chance: (share) => next() < share };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const demo = makeDemo();
  const folder = new URL('../templates/demo/', import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL('recipients.csv', folder), demo.csv);
  await writeFile(new URL('expected.json', folder), `${JSON.stringify(demo.expected, null, 2)}\n`);
}
