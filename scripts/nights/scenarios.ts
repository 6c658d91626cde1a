import type { Night, NightServer, Said } from './night.ts';

/** Nights in which the words mislead: what servers, seen from outside, really did. */

const ACCEPTED: Said = { said: null };
const SLOWER: Said = { said: '421 4.7.0 Too many messages, slow down' };

/** Takes so many a second and says so when there are more; a bucket of ten. */
function limited(perSecond: number, inner: NightServer): NightServer {
  let tokens = 10;
  let at = 0;
  return (letter, now, offers) => {
    tokens = Math.min(10, tokens + (perSecond * (now - at)) / 1_000);
    at = now;
    if (tokens < 1) return SLOWER;
    tokens -= 1;
    return inner(letter, now, offers);
  };
}

const taking: NightServer = () => ACCEPTED;
const place = ({ id }: { readonly id: string }) => Number(id.slice(1));
/** The same recipients each time, spread evenly. */
const isAmong = (letter: { readonly id: string }, share: number) => (place(letter) * 7_919) % 1_000 < share * 1_000;

const clean = (name: string, letters: number, perSecond: number | null, width = 10): Night => ({
  ...{ name, letters, width, until: 7_200 },
  server: () => (perSecond === null ? taking : limited(perSecond, taking)),
});

const FULL = [
  '452 4.2.2 The mailbox is over quota',
  '552 5.2.2 Mailbox full',
  '550 The account has exceeded its limit',
  '452 Too much in store for this one',
  '421 4.7.0 This user gets too much, slow down',
];

/** A share of recipients hears this, the same ones each time. */
const some = (share: number, said: string, name: string, perSecond: number | null = null, letters = 3_000): Night => ({
  ...clean(name, letters, perSecond),
  server: () => {
    const inner: NightServer = (letter) => (isAmong(letter, share) ? { said } : ACCEPTED);
    return perSecond === null ? inner : limited(perSecond, inner);
  },
});

export const FULL_MAILBOXES = FULL.map((said) => some(0.02, said, `2 % hear "${said}"`));

/** A share of all tries, whoever it is. */
export const BUSY_TRIES: Night = {
  ...clean('1 % of all tries: mailbox busy, 40/s', 6_000, 40),
  server: (random) => limited(40, () => (random() < 0.01 ? { said: '450 4.2.1 mailbox busy, try again' } : ACCEPTED)),
};

export const GREYLISTED: Night = {
  ...clean('greylisted for 40 s, 50/s', 4_000, 50),
  server: () => {
    const since = new Map<string, number>();
    return limited(50, ({ id }, at) => {
      const from = since.get(id) ?? at;
      since.set(id, from);
      return at - from >= 40_000 ? ACCEPTED : { said: '451 4.7.1 Please try again later' };
    });
  },
};

export const POISONED: Night = {
  ...clean('one of 1,500 always hears 421', 1_500, 40),
  server: () => limited(40, (letter) => (place(letter) === 200 ? SLOWER : ACCEPTED)),
};

/** Up and down in turn, seconds; down, nobody answers at all. */
export const FLAPPING: Night = {
  ...clean('up 20 s, down 7 s', 3_000, 60),
  server: () =>
    limited(60, (_, at) =>
      at % 27_000 < 20_000 ? ACCEPTED : { said: 'connect ECONNREFUSED', stage: 'connect', seconds: 0.01 },
    ),
};

const WALLS = [
  '550 5.7.1 Mail from your network is blocked',
  '554 5.7.1 Service refused',
  '550 Requested action not taken',
  '421 4.7.0 Your address is blocked for now, try again later',
  '451 Try again later',
  '550 5.1.1 User unknown',
];

/** From the 300th accepted letter on, for so many seconds. */
const walled = (said: string, seconds: number): Night => ({
  ...clean(`blocked after 300, "${said}"`, 1_500, 30),
  until: 14_400,
  server: () => {
    let [taken, from] = [0, Number.POSITIVE_INFINITY];
    return limited(30, (_, at) => {
      if (taken === 300 && from === Number.POSITIVE_INFINITY) from = at;
      if (at >= from && at < from + seconds * 1_000) return { said };
      taken += 1;
      return ACCEPTED;
    });
  },
});

/** It lifts after twenty minutes. */
export const BLOCKED = WALLS.map((words) => ({ words, seconds: 1_200, night: walled(words, 1_200) }));

/** The same letters to a server that takes so many a second, or all, and nothing else. */
export const cleanLike = ({ letters, width }: Night, perSecond: number | null): Night =>
  clean('clean', letters, perSecond, width);
