import { expect, test } from 'vitest';
import { memoryBatches } from '../../test/memory-batches.ts';
import { makeImages } from '../../test/small-world.ts';
import { pairBatches, type SemiSupervisedBatch } from './index.ts';

const labeled = makeImages('labeled', 12);
const batches = memoryBatches({
  labeled,
  targets: { label: labeled.targets },
  unlabeled: makeImages('unlabeled', 60),
  batchSize: 5,
  ratio: 2,
  seed: 1,
  strong: (image, rng) => ({ ...image, data: image.data.map((value) => Math.min(255, value + rng.int(50))) }),
});

async function take(
  state: unknown,
  count: number,
): Promise<[batches: SemiSupervisedBatch[], states: unknown[]]> {
  const source = await batches(state);
  const [taken, states]: [SemiSupervisedBatch[], unknown[]] = [[], []];
  for await (const batch of source) {
    taken.push(batch);
    states.push(JSON.parse(JSON.stringify(source.state())));
    if (taken.length === count) break;
  }
  return [taken, states];
}

test('both sources are passed through evenly, and resumed anywhere', async () => {
  const [all, states] = await take(undefined, 12);
  const seen = new Map<number, number>();
  for (const { unlabeled } of all) {
    for (const index of unlabeled!.indices!) seen.set(index, (seen.get(index) ?? 0) + 1);
  }
  expect(seen.size).toBe(60);
  expect(new Set(seen.values())).toEqual(new Set([2]));
  for (const [i, state] of states.slice(0, -1).entries()) {
    const [[next]] = await take(state, 1);
    expect(next).toEqual(all[i + 1]);
  }
  await expect(batches('elsewhere')).rejects.toThrow('state of labeled and unlabeled batches');
});

test('an epoch is a pass over the longer source', async () => {
  const source = await batches(undefined);
  // 6 batches of 10 unlabeled images; the labeled set has 2.
  expect(source.steps(0)).toBe(6);
  const [all] = await take(undefined, 7);
  expect(all.map(({ epoch, step, steps }) => [epoch, step, steps])).toEqual([
    ...Array.from({ length: 6 }, (_, step) => [0, step, 6]),
    [1, 0, 6],
  ]);
  expect(all.map((batch) => batch.labeled.epoch)).toEqual([0, 0, 1, 1, 2, 2, 3]);
});

test('ends when one source ends, and closes both', async () => {
  const closed: string[] = [];
  const open = (name: string, length: number) => () => ({
    state: () => 0,
    steps: () => length,
    async *[Symbol.asyncIterator]() {
      try {
        for (let step = 0; step < length; step++) yield { epoch: 0, step, steps: length, name } as never;
      } finally {
        closed.push(name);
      }
    },
  });
  let pairs = 0;
  for await (const _ of await pairBatches(open('labeled', 5), open('unlabeled', 3))(undefined)) pairs++;
  expect(pairs).toBe(3);
  expect(closed.sort()).toEqual(['labeled', 'unlabeled']);
  for await (const _ of await pairBatches(open('labeled', 5))(undefined)) break;
  expect(closed).toContain('labeled');
});

test('without unlabeled images', async () => {
  const open = memoryBatches({
    labeled,
    targets: { label: labeled.targets },
    unlabeled: { images: new Uint8Array(), shape: [0, 4, 4, 1] },
    batchSize: 5,
    ratio: 0,
    seed: 1,
  });
  for await (const { unlabeled, steps } of await open(undefined)) {
    expect([unlabeled, steps]).toEqual([undefined, 2]);
    break;
  }
});
