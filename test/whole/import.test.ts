import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { newId } from '../setup/ids.ts';
import { bytesOf, importingInto, people } from './importing.ts';

const DEMO = new URL('../../templates/demo/', import.meta.url);
/** More than a batch. */
const MANY = 1_100;

const importing = importingInto('offpeak_test_import');

describe('a good list', () => {
  test('becomes rows, slices and totals', async () => {
    const campaignId = await importing.draft();
    const text = 'E-mail;First name\r\nAnn@Example.com;Ann\r\nbo@mõisa.ee;"B;o"\r\n';
    const done = await importing.loaded(campaignId, text);
    expect(done).toMatchObject({ state: 'completed', fault: null, records: 2, blank: 0, accepted: 2, firstSlice: 0 });
    expect(done).toMatchObject({
      bytes: Buffer.byteLength(text),
      digest: createHash('sha256').update(text).digest('hex'),
    });
    expect(await importing.deps.imports.get(done.id)).toEqual(done);
    expect(await importing.rowsOf(campaignId)).toMatchObject([
      {
        address: 'Ann@example.com',
        key: 'ann@example.com',
        domain: 'example.com',
        fields: { First_name: 'Ann' },
        line: 2,
      },
      { address: 'bo@xn--misa-0qa.ee', state: 'pending', dueAt: new Date(0), fields: { First_name: 'B;o' }, line: 3 },
    ]);
    expect((await importing.campaignOf(campaignId)).columns).toEqual(['email', 'First_name']);
    await importing.expectWhole(campaignId, 2);
  });

  test('is cut into slices of one provider each', async () => {
    const campaignId = await importing.draft();
    await importing.loaded(campaignId, people(2_300, 'gmail.com') + people(10, 'tiny.ee').replace('email,name\n', ''));
    const slices = await importing.slicesOf(campaignId);
    expect(slices.map(({ size, domains }) => [size, domains])).toEqual([
      [1_000, ['gmail.com']],
      [1_000, ['gmail.com']],
      [300, ['gmail.com']],
      [10, ['tiny.ee']],
    ]);
    await importing.expectWhole(campaignId, 2_310);
  });

  test('sent a second time is all duplicates, and no failure', async () => {
    const campaignId = await importing.draft();
    await importing.loaded(campaignId, people(MANY));
    expect(await importing.loaded(campaignId, people(MANY))).toMatchObject({
      accepted: 0,
      duplicate: MANY,
      records: MANY,
    });
    await importing.expectWhole(campaignId, MANY);
  });

  test('adds to the campaign, and the columns that both have remain', async () => {
    const campaignId = await importing.draft();
    await importing.loaded(campaignId, 'email,name,city\nann@b.ee,Ann,Tartu');
    await importing.loaded(campaignId, 'city,email,plan\nTartu,bo@b.ee,gold');
    expect((await importing.campaignOf(campaignId)).columns).toEqual(['email', 'city']);
    await importing.expectWhole(campaignId, 2);
  });

  test('that brings nobody new leaves the columns alone', async () => {
    const campaignId = await importing.draft();
    await importing.loaded(campaignId, 'email,name\nann@b.ee,Ann');
    await importing.loaded(campaignId, 'email\nann@b.ee');
    expect((await importing.campaignOf(campaignId)).columns).toEqual(['email', 'name']);
  });

  test('may be imported into a scheduled campaign, and while the campaign is edited', async () => {
    const campaignId = await importing.draft({ state: 'scheduled' });
    async function* edited() {
      for await (const chunk of bytesOf(people(3_000))) {
        const { version, name } = await importing.campaignOf(campaignId);
        expect(await importing.deps.campaigns.update(campaignId, version, { name: `${name}!` })).not.toBeNull();
        yield chunk;
      }
    }
    expect((await importing.load(campaignId, edited())).ok).toBe(true);
    expect((await importing.campaignOf(campaignId)).name).toMatch(/^spring!{3,}$/);
    await importing.expectWhole(campaignId, 3_000);
  });
});

describe('every line is accounted for', () => {
  test('with its number and the reason', async () => {
    await importing.deps.suppressions.add('gone@b.ee', 'unsubscribed', null);
    const campaignId = await importing.draft();
    const lines = ['email,name', 'ann@b.ee,Ann', '', 'ANN@b.ee,again', 'Gone@B.ee,x', 'gone@b.ee,y', 'bad,z', 'c@b.ee'];
    const done = await importing.loaded(
      campaignId,
      [...lines, 'd@b.ee,"D"d', 'e@b.ee,a\0b', 'f@b.ee,"F\nf"', 'g@b.ee,G'].join('\n'),
    );
    expect(done).toMatchObject({ records: 10, blank: 1, accepted: 3, duplicate: 1, suppressed: 2, rejected: 4 });
    expect(await importing.rejectsOf(done.id)).toEqual([
      { line: 4, kind: 'duplicate', code: 'recipient.duplicate', value: 'ANN@b.ee', record: 'ANN@b.ee,again' },
      { line: 5, kind: 'suppressed', code: 'recipient.suppressed', value: 'Gone@b.ee', record: 'Gone@B.ee,x' },
      { line: 6, kind: 'suppressed', code: 'recipient.suppressed', value: 'gone@b.ee', record: 'gone@b.ee,y' },
      { line: 7, kind: 'rejected', code: 'addr.at_count', value: 'bad', record: 'bad,z' },
      { line: 8, kind: 'rejected', code: 'csv.columns', value: 'c@b.ee', record: 'c@b.ee' },
      { line: 9, kind: 'rejected', code: 'csv.quote', value: 'd@b.ee,"D"d', record: 'd@b.ee,"D"d' },
      { line: 10, kind: 'rejected', code: 'csv.control', value: 'a\0b', record: 'e@b.ee,a\0b' },
    ]);
    expect((await importing.rowsOf(campaignId)).map((row) => row.line)).toEqual([2, 11, 13]);
    await importing.expectWhole(campaignId, 3);
  });

  test('over all batches, and of equal addresses the first stays', async () => {
    const campaignId = await importing.draft();
    const addresses = Array.from({ length: 5_500 }, (_, at) => `p${at % 1_700}@b.ee`);
    const done = await importing.loaded(campaignId, `email\n${addresses.join('\n')}`);
    expect(done).toMatchObject({ records: 5_500, accepted: 1_700, duplicate: 3_800 });
    expect((await importing.rejectsOf(done.id)).map((reject) => reject.line)).toEqual(
      Array.from({ length: 3_800 }, (_, at) => at + 1_702),
    );
    expect((await importing.rowsOf(campaignId)).at(-1)?.line).toBe(1_701);
    await importing.expectWhole(campaignId, 1_700);
  });

  test('page by page', async () => {
    const done = await importing.loaded(await importing.draft(), `email\nann@b.ee\n${'bad\n'.repeat(25)}`);
    const lines: number[] = [];
    for (let cursor: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof importing.deps.imports.rejects>> = await importing.deps.imports.rejects(
        done.id,
        {
          limit: 10,
          cursor,
        },
      );
      lines.push(...page.items.map((reject) => reject.line));
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    expect(lines).toEqual(Array.from({ length: 25 }, (_, at) => at + 3));
  });

  test('of the list that ships as the demo', { timeout: 120_000 }, async () => {
    const expected = JSON.parse(readFileSync(new URL('expected.json', DEMO), 'utf8'));
    const campaignId = await importing.draft();
    const done = await importing.loaded(campaignId, readFileSync(new URL('recipients.csv', DEMO), 'utf8'));
    const { records, blank, accepted, duplicate, rejected } = expected;
    expect(done).toMatchObject({ records, blank, accepted, duplicate, rejected, suppressed: 0 });
    await importing.expectWhole(campaignId, accepted);
  });
});

describe('a list with a fault leaves nothing', () => {
  const good = people(MANY);

  test.each([
    ['an unclosed quote at the end', `${good}x@b.ee,"X`, 'csv.quote_not_closed', MANY + 2],
    ['a byte that is no UTF-8', null, 'csv.encoding', MANY + 2],
    ['no address column', 'name\nAnn', 'csv.no_email_column', 1],
    ['nothing in it', '', 'csv.empty', null],
    ['only a header', '\ufeffemail,name\r\n\r\n', 'csv.empty', null],
    ['only bad rows', 'email\nx\ny\nz', 'csv.all_rejected', null],
  ])('%s', async (_why, text, code, line) => {
    const campaignId = await importing.draft();
    const body = text === null ? Buffer.concat([Buffer.from(good), Buffer.from([0xff])]) : Buffer.from(text);
    const result = await importing.load(campaignId, bytesOf(body));
    expect(result).toMatchObject({
      error: { code: 'import.failed', import: { state: 'failed', accepted: 0, fault: { code, line } } },
    });
    await importing.expectWhole(campaignId, 0);
  });

  test('so that the same list can come again, mended', async () => {
    const campaignId = await importing.draft();
    expect((await importing.load(campaignId, `${good}x@b.ee,"X`)).ok).toBe(false);
    await importing.loaded(campaignId, `${good}x@b.ee,"X"`);
    await importing.expectWhole(campaignId, MANY + 1);
  });

  test('but its report: the rejects up to there stay', async () => {
    const campaignId = await importing.draft();
    const result = await importing.load(campaignId, 'email\nx\ny\nz');
    expect(result).toMatchObject({ error: { import: { records: 3, rejected: 3, bytes: 11 } } });
    const [only] = await importing.importsOf(campaignId);
    expect(await importing.rejectsOf(only?._id ?? '')).toHaveLength(3);
  });

  test('nor takes away what an earlier list brought', async () => {
    const campaignId = await importing.draft();
    await importing.loaded(campaignId, 'email\nann@b.ee');
    expect((await importing.load(campaignId, `${good}x@b.ee,"X`)).ok).toBe(false);
    await importing.expectWhole(campaignId, 1);
    expect((await importing.campaignOf(campaignId)).columns).toEqual(['email']);
  });

  test('when the upload breaks off', async () => {
    async function* broken() {
      yield* bytesOf(good);
      throw new Error('ECONNRESET');
    }
    const campaignId = await importing.draft();
    const result = await importing.load(campaignId, broken());
    expect(result).toMatchObject({ error: { code: 'import.failed', import: { fault: { code: 'upload.aborted' } } } });
    await importing.expectWhole(campaignId, 0);
  });

  test('when the caller gives up on an upload that hangs', async () => {
    const gone = new AbortController();
    async function* hanging() {
      yield* bytesOf(good);
      gone.abort();
      await new Promise(() => {});
    }
    const campaignId = await importing.draft();
    const result = await importing.load(campaignId, hanging(), { signal: gone.signal });
    expect(result).toMatchObject({ error: { code: 'import.failed', import: { fault: { code: 'upload.aborted' } } } });
    await importing.expectWhole(campaignId, 0);
  });

  test('when it is larger than allowed by one byte', async () => {
    const campaignId = await importing.draft();
    expect(await importing.load(campaignId, good, { maxBytes: good.length - 1 })).toMatchObject({
      error: { code: 'import.tooLarge', import: { state: 'failed' } },
    });
    await importing.expectWhole(campaignId, 0);
    expect((await importing.load(campaignId, good, { maxBytes: good.length })).ok).toBe(true);
  });

  test('when the campaign is cancelled meanwhile', async () => {
    const campaignId = await importing.draft();
    async function* cancelled() {
      yield* bytesOf(good);
      await importing.deps.campaigns.update(campaignId, (await importing.campaignOf(campaignId)).version, {
        state: 'cancelled',
      });
    }
    expect(await importing.load(campaignId, cancelled())).toMatchObject({
      error: { code: 'import.failed', import: { fault: { code: 'campaign.notEditable' } } },
    });
    await importing.expectWhole(campaignId, 0);
  });
});

describe('a campaign takes', () => {
  test('no list when it is not there', async () => {
    expect(await importing.load(newId(), people(1))).toEqual({ ok: false, error: { code: 'campaign.notFound' } });
  });

  test.each(['running', 'paused', 'blocked', 'finished', 'cancelled'] as const)(
    'no list while it is %s',
    async (state) => {
      const campaignId = await importing.draft({ state });
      expect(await importing.load(campaignId, people(1))).toEqual({
        ok: false,
        error: { code: 'campaign.notEditable', state },
      });
    },
  );

  test('one list at a time', async () => {
    const campaignId = await importing.draft();
    const results = await Promise.all([1, 2, 3].map(() => importing.load(campaignId, people(MANY))));
    const won = results.filter((result) => result.ok);
    const lost = results.flatMap((result) => (result.ok ? [] : [result.error]));
    expect(won).toHaveLength(1);
    expect(lost).toEqual(Array(2).fill({ code: 'import.open', importId: won[0]?.ok && won[0].value.id }));
    await importing.expectWhole(campaignId, MANY);
  });
});
