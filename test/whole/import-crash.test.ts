import { describe, expect, test, vi } from 'vitest';
import type { ImportDeps } from '../../src/app/import/import.ts';
import { makeRescueImports } from '../../src/app/import/rescue.ts';
import { bytesOf, importingInto, people } from './importing.ts';

const MINUTE = 60_000;

const importing = importingInto('offpeak_test_import_crash');

describe('an importer that dies', () => {
  const rescueAt = (minutes: number) =>
    makeRescueImports({ ...importing.deps, clock: { now: () => Date.now() + minutes * MINUTE } })();

  test('is left alone while its lease runs', async () => {
    const campaignId = await importing.draft();
    const ends = gate();
    const reached = gate();
    async function* slow() {
      yield* bytesOf(people(1_500));
      reached.open();
      await ends.opened;
    }
    const loading = importing.load(campaignId, slow());
    await reached.opened;
    expect((await rescueAt(0)).ended).toBe(0);
    ends.open();
    expect((await loading).ok).toBe(true);
    await importing.expectWhole(campaignId, 1_500);
  });

  test('and comes back to life after the rescue writes nothing more', async () => {
    const campaignId = await importing.draft();
    const ends = gate();
    const reached = gate();
    let late = 0;
    let underway = 0;
    const loader: ImportDeps['loader'] = {
      ...importing.deps.loader,
      insertMany: async (...given) => {
        underway += 1;
        return importing.deps.loader.insertMany(...given).finally(() => {
          underway -= 1;
        });
      },
    };
    async function* stalled() {
      yield* bytesOf(people(5_000));
      reached.open();
      await ends.opened;
      yield* bytesOf('late@b.ee,Late\n');
    }
    const clock = { now: () => Date.now() + late };
    const loading = importing.load(campaignId, stalled(), { with: { clock, loader } });
    await reached.opened;
    await vi.waitFor(() => expect(underway).toBe(0), 10_000);
    expect(await importing.rowsOf(campaignId)).not.toHaveLength(0);
    expect((await rescueAt(2)).ended).toBe(1);
    late = 2 * MINUTE;
    ends.open();
    expect(await loading).toMatchObject({
      error: { import: { state: 'failed', fault: { code: 'import.abandoned' } } },
    });
    await importing.expectWhole(campaignId, 0);
    await importing.loaded(campaignId, people(10));
    await importing.expectWhole(campaignId, 10);
  });

  test('of sleep rather than of death ends its import by itself when the lease is over', async () => {
    const campaignId = await importing.draft();
    let now = Date.now();
    async function* slept() {
      yield* bytesOf(people(1_010));
      now += MINUTE;
      yield* bytesOf('late@b.ee,Late\n');
    }
    const clock = { now: () => now };
    expect(await importing.load(campaignId, slept(), { with: { clock } })).toMatchObject({
      error: { import: { state: 'failed', fault: { code: 'import.abandoned' } } },
    });
    await importing.expectWhole(campaignId, 0);
  });

  test('of sleep between rows and their slice brings nothing back into sight', async () => {
    const campaignId = await importing.draft();
    let late = 0;
    const loader: ImportDeps['loader'] = {
      ...importing.deps.loader,
      insertMany: async (...given) => {
        const duplicates = await importing.deps.loader.insertMany(...given);
        if (late === 0) expect((await rescueAt(2)).ended).toBe(1);
        late = 2 * MINUTE;
        return duplicates;
      },
    };
    const clock = { now: () => Date.now() + late };
    expect(await importing.load(campaignId, people(3_000), { with: { clock, loader } })).toMatchObject({
      error: { import: { state: 'failed', fault: { code: 'import.abandoned' } } },
    });
    expect(await importing.slicesOf(campaignId)).toEqual([]);
    await importing.expectWhole(campaignId, 0);
    await importing.removeLeftovers();
    expect(await importing.rowsOf(campaignId)).toEqual([]);
  });

  type Death = { readonly isDone: boolean; readonly isDead: boolean };

  /** The stores of a process whose nth write goes wrong. */
  function dyingAt(fatal: number, { isDone, isDead }: Death) {
    let writes = 0;
    const dying = <T extends object>(store: T, names: readonly (keyof T)[]): T => {
      const call = async (method: (...args: unknown[]) => Promise<unknown>, isWrite: boolean, args: unknown[]) => {
        if (isWrite) writes += 1;
        const isFatal = isWrite && writes === fatal;
        if (isDead && writes >= fatal && !(isFatal && isDone)) throw new Error('dead');
        const answer = await method(...args);
        if (isFatal) throw new Error('no answer');
        return answer;
      };
      return new Proxy(store, {
        get: (target, name) => {
          const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
          return (...args: unknown[]) => call(method, names.includes(name as keyof T), args);
        },
      });
    };
    const { campaigns, imports, loader } = importing.deps;
    const stores = {
      campaigns: dying(campaigns, ['update']),
      imports: dying(imports, ['insert', 'update', 'addRejects']),
      loader: dying(loader, ['insertMany', 'insertSlices', 'removeSlices']),
    };
    return { stores, hasDied: () => writes >= fatal };
  }

  const good = 'email\nann@b.ee\nANN@b.ee\nbad\nbo@b.ee';
  const broken = `${people(1_010)}x@b.ee,"X`;

  test.each([
    ['a good list', 'before it', good, { isDone: false, isDead: true }],
    ['a good list', 'after it', good, { isDone: true, isDead: true }],
    ['a good list', 'but for its answer, which is lost', good, { isDone: true, isDead: false }],
    ['a broken list', 'before it', broken, { isDone: false, isDead: true }],
    ['a broken list', 'after it', broken, { isDone: true, isDead: true }],
    ['a broken list', 'but for its answer, which is lost', broken, { isDone: true, isDead: false }],
  ])(
    'at any write of %s, %s, leaves all or nothing once swept',
    { timeout: 120_000 },
    async (_list, _when, list, death) => {
      for (let fatal = 1; ; fatal++) {
        const campaignId = await importing.draft();
        const { stores, hasDied } = dyingAt(fatal, death);
        await importing.load(campaignId, list, { with: stores }).catch((error: Error) => {
          if (!/^dead|no answer$/.test(error.message)) throw error;
        });
        await rescueAt(2);
        await rescueAt(20);
        const [value] = await importing.importsOf(campaignId);
        expect(['completed', 'failed', undefined]).toContain(value?.state);
        await importing.expectWhole(campaignId, value?.state === 'completed' ? 2 : 0);
        if (fatal % 2 === 0) await importing.removeLeftovers();
        await importing.loaded(campaignId, good);
        await importing.expectWhole(campaignId, 2);
        await importing.removeLeftovers();
        expect(await importing.rowsOf(campaignId)).toHaveLength(2);
        if (!hasDied()) break;
        expect(fatal).toBeLessThan(30);
      }
    },
  );
});

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
