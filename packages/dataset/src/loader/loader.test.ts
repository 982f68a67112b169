import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PodiumError } from '@podium/core';
import { afterAll, describe, expect, test } from 'vitest';
import { imageSet } from '../../test/loader/image-set.ts';
import { testTransform } from '../../test/loader/transform.ts';
import { CAT_DOG, row } from '../../test/rows.ts';
import { decodeImage } from '../decode/decode-image.ts';
import { repeated } from '../samplers/repeated.ts';
import { sequential } from '../samplers/sequential.ts';
import { shuffled } from '../samplers/shuffled.ts';
import { createLoader } from './create-loader.ts';
import { sampleRng } from './epoch-order.ts';
import type { Batch, LoaderEvent, LoaderOptions, LoaderState } from './types.ts';

const set = await imageSet(21);
afterAll(() => set.remove());

const module = new URL('../../test/loader/transform.ts', import.meta.url).href;
const base: LoaderOptions = {
  rows: set.rows,
  root: set.root,
  heads: [CAT_DOG],
  batchSize: 4,
  imageSize: [16, 16],
  seed: 3,
  sampler: shuffled(),
  transform: { module, factory: 'testTransform', argument: { size: 16 } },
  workers: 0,
};

/** One line per batch, with its content to the byte. */
function digest(batch: Batch): string {
  const { images, ids, targets, weights, indices, epoch, step, steps, shape } = batch;
  const bytes = createHash('sha256').update(images).digest('hex').slice(0, 16);
  const rest = Object.entries(targets).map(([name, values]) => [name, [...values]]);
  return JSON.stringify([epoch, step, steps, shape, ids, [...indices], [...weights], rest, bytes]);
}

async function digests(options: Partial<LoaderOptions> = {}): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of createLoader({ ...base, ...options })) lines.push(digest(batch));
  return lines;
}

async function failure(options: Partial<LoaderOptions>): Promise<{ error: PodiumError; batches: number }> {
  let batches = 0;
  try {
    for await (const _ of createLoader({ ...base, ...options })) batches++;
  } catch (error) {
    return { error: error as PodiumError, batches };
  }
  throw new Error('nothing failed');
}

test('batches match their rows', async () => {
  const seen: string[] = [];
  for await (const batch of createLoader({ ...base, epochs: 2 })) {
    const size = batch.step === 5 ? 1 : 4;
    expect(batch.shape).toEqual([size, 16, 16, 3]);
    expect(batch.images).toHaveLength(size * 16 * 16 * 3);
    expect(batch.steps).toBe(6);
    for (const [i, id] of batch.ids.entries()) {
      const index = batch.indices[i]!;
      expect(set.rows[index]?.id).toBe(id);
      expect(batch.targets.label?.[i]).toBe(index % 2);
      expect(batch.weights[i]).toBe(1 + index / 8);
      seen.push(`${batch.epoch} ${id}`);
    }
  }
  expect(new Set(seen).size).toBe(42);
});

test('(seed, epoch, id) reproduces an image', async () => {
  const transform = testTransform({ size: 16 });
  for await (const batch of createLoader({ ...base, epochs: 2 })) {
    const index = batch.indices[0]!;
    const rng = sampleRng(3, batch.epoch, batch.ids[0]!);
    const source = set.rows[index]!.image;
    const image = await decodeImage(source, {
      root: set.root,
      window: (size) => transform.window?.(size, rng),
    });
    expect(batch.images.subarray(0, 768)).toEqual(transform.apply(image, rng).data);
  }
});

test('the same bits for 0, 1, 2 and 4 workers, and any prefetch depth', async () => {
  const lines = await digests({ epochs: 3 });
  expect(lines).toHaveLength(18);
  expect(new Set(lines).size).toBe(18);
  for (const options of [{ workers: 1 }, { workers: 2 }, { workers: 4 }, { prefetch: 7, inFlight: 1 }]) {
    expect(await digests({ epochs: 3, ...options }), JSON.stringify(options)).toEqual(lines);
  }
});

test('epochs have different orders, and repeated rows are augmented differently', async () => {
  const order: string[][] = [[], []];
  for await (const { epoch, ids } of createLoader({ ...base, epochs: 2 })) order[epoch]?.push(...ids);
  expect(order[0]).not.toEqual(order[1]);
  expect(order[0]?.toSorted()).toEqual(order[1]?.toSorted());
  for await (const { images, ids } of createLoader({ ...base, sampler: repeated({ times: 2 }) })) {
    if (ids.length < 2) continue;
    expect(ids[0]).toBe(ids[1]);
    expect(images.subarray(0, 768)).not.toEqual(images.subarray(768, 1536));
  }
});

test.each([0, 2])(
  'resumes in the middle of an epoch with the bits of the uninterrupted run (%i workers)',
  async (workers) => {
    const options = { epochs: 3, onBroken: 'skip' as const };
    const uninterrupted = await digests(options);
    for (const stop of workers === 0 ? [0, 1, 5, 6, 11, 17] : [1, 6]) {
      const first = createLoader({ ...base, ...options, workers: 0 });
      const lines: string[] = [];
      if (stop > 0) {
        for await (const batch of first) {
          lines.push(digest(batch));
          if (lines.length === stop) break;
        }
      }
      const state = JSON.parse(JSON.stringify(first.state()));
      expect(
        lines.concat(await digests({ ...options, workers, state, prefetch: 3 })),
        `after ${stop}`,
      ).toEqual(uninterrupted);
    }
  },
);

test('two loaders side by side resume in the middle of their epochs', async () => {
  // As for labeled and unlabeled images: epochs of different lengths, one of them over and over.
  const options = [
    { ...base, epochs: 2, workers: 1 },
    { ...base, batchSize: 7, sampler: repeated({ times: 2 }), epochs: 100, seed: 8 },
  ];
  const pairs = async (states: readonly (LoaderState | undefined)[], count: number) => {
    const loaders = options.map((option, i) => createLoader({ ...option, state: states[i] }));
    const [first, second] = loaders.map((loader) => loader[Symbol.asyncIterator]());
    const lines: string[] = [];
    for (let i = 0; i < count; i++) {
      const [one, two] = await Promise.all([first!.next(), second!.next()]);
      lines.push(digest(one.value as Batch) + digest(two.value as Batch));
    }
    const saved = JSON.parse(JSON.stringify(loaders.map((loader) => loader.state())));
    await Promise.all(loaders.map((loader) => loader.close()));
    return { lines, states: saved as LoaderState[] };
  };
  const { lines } = await pairs([], 11);
  for (const stop of [1, 4, 7]) {
    const { states } = await pairs([], stop);
    expect((await pairs(states, 11 - stop)).lines, `after ${stop}`).toEqual(lines.slice(stop));
  }
});

test('a state with other settings is an error that names them', async () => {
  const state = createLoader(base).state();
  const other = () => createLoader({ ...base, state, batchSize: 5, seed: 4, workers: 2, prefetch: 9 });
  expect(other).toThrowError(/a different batchSize, seed/);
  expect(() => createLoader({ ...base, state: { ...state, step: -1 } })).toThrowError(/not the saved state/);
  const { error } = await failure({ state: { ...state, step: 6 } });
  expect(error.code).toBe('loader-state');
});

test('epoch() gives one epoch at a time', async () => {
  const lines = await digests({ epochs: 3 });
  const loader = createLoader({ ...base, epochs: 3, workers: 1 });
  const epochs: string[][] = [];
  for (let epoch = 0; epoch < 3; epoch++) {
    const lines: string[] = [];
    for await (const batch of loader.epoch()) lines.push(digest(batch));
    epochs.push(lines);
  }
  expect(epochs.map(({ length }) => length)).toEqual([6, 6, 6]);
  expect(epochs.flat()).toEqual(lines);
  expect(loader.steps(0)).toBe(6);
  for await (const _ of loader.epoch()) throw new Error('there is no fourth');
});

test('drops an incomplete last batch; float32 output; soft and multi-label targets', async () => {
  const rows = set.rows.map((one, i) =>
    i === 0
      ? { ...one, labels: {} }
      : {
          ...one,
          ...(i === 2 && { softLabels: { label: [0.25, 0.75] } }),
          labels: { ...one.labels, tags: ['x', 'z'] },
        },
  );
  const heads = [CAT_DOG, { name: 'tags', task: 'multi-label', classes: ['x', 'y', 'z'] } as const];
  const output = { type: 'float32', mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] } as const;
  const bytes: Batch[] = [];
  for await (const batch of createLoader({ ...base, dropLast: true }))
    bytes.push({ ...batch, images: batch.images.slice() });
  expect(bytes).toHaveLength(5);
  let at = 0;
  for await (const batch of createLoader({ ...base, rows, heads, output, dropLast: true, workers: 1 })) {
    const before = bytes[at++]!;
    for (const i of [0, 1, 2, 767]) {
      const expected = (before.images[i]! / 255 - output.mean[i % 3]!) / output.std[i % 3]!;
      expect(batch.images[i]).toBeCloseTo(expected, 5);
    }
    for (const [i, index] of batch.indices.entries()) {
      const label = [...(batch.targets.label?.subarray(2 * i, 2 * i + 2) ?? [])];
      expect(label).toEqual(
        index === 0 ? [0, 0] : index === 2 ? [0.25, 0.75] : index % 2 === 0 ? [1, 0] : [0, 1],
      );
      expect([...(batch.targets.tags?.subarray(3 * i, 3 * i + 3) ?? [])]).toEqual(
        index === 0 ? [0, 0, 0] : [1, 0, 1],
      );
    }
  }
});

test('workers continue while this thread computes', async () => {
  const log = join(set.root, 'made.log');
  const transform = { module, factory: 'testTransform', argument: { size: 16, log } };
  const loader = createLoader({ ...base, workers: 2, prefetch: 5, epochs: 2, transform });
  const iterator = loader[Symbol.asyncIterator]();
  await iterator.next();
  // Blocks until all slots are full, which only workers can achieve; the limit is for a failure.
  const until = performance.now() + 20_000;
  const made = () => readFileSync(log).length;
  while (made() < 5 * 4 + 1 && performance.now() < until);
  await iterator.return?.();
  // The sixth batch is the epoch's last, with one image; there is no slot for more.
  expect(made()).toBe(5 * 4 + 1);
});

describe('broken images', () => {
  const broken = { 3: 'not an image', 4: '', 8: 'GIF89a', 20: '<html>' } as const;
  const rows = set.rows.map((one, i) =>
    i in broken ? row(`broken${i}`, 'cat', { image: { kind: 'file', path: `broken${i}.jpg` } }) : one,
  );
  const write = Promise.all(
    Object.entries(broken).map(([i, text]) => writeFile(join(set.root, `broken${i}.jpg`), text)),
  );
  const options = { rows, sampler: sequential() };
  const names = Object.keys(broken).map((i) => `broken${i}`);

  test.each([0, 2])('fail ends the loop at the batch with the image (%i workers)', async (workers) => {
    await write;
    const events: LoaderEvent[] = [];
    const { error, batches } = await failure({
      ...options,
      workers,
      prefetch: 6,
      onEvent: (event) => events.push(event),
    });
    expect(batches).toBe(0);
    expect(error.code).toBe('image-format');
    expect(error.message).toContain('broken3.jpg row "broken3"');
    expect(events).toMatchObject([
      { kind: 'broken-image', id: 'broken3', handled: 'failed', epoch: 0, step: 0 },
    ]);
  });

  test('skip leaves them out, emits an event for each, and moves nothing to another batch', async () => {
    await write;
    const events: LoaderEvent[] = [];
    const ids: string[][] = [];
    const loader = createLoader({
      ...base,
      ...options,
      onBroken: 'skip',
      workers: 2,
      onEvent: (event) => events.push(event),
    });
    const whole = await digests({ ...options, onBroken: 'skip' });
    const lines: string[] = [];
    for await (const batch of loader) {
      ids.push([...batch.ids]);
      lines.push(digest(batch));
    }
    expect(lines).toEqual(whole);
    // The last batch had only a broken image, so it is missing.
    expect(ids.map(({ length }) => length)).toEqual([3, 3, 3, 4, 4]);
    expect(ids.flat()).toEqual(rows.map(({ id }) => id).filter((id) => !id.startsWith('broken')));
    expect(events.map((event) => event.kind === 'broken-image' && [event.id, event.handled])).toEqual(
      names.map((name) => [name, 'skipped']),
    );
    expect(loader.statistics()).toMatchObject({ broken: 4, images: 17 });
  });

  test('substitute replaces them by the next readable row, the same for any number of workers', async () => {
    await write;
    const events: LoaderEvent[] = [];
    const lines = await digests({
      ...options,
      onBroken: 'substitute',
      onEvent: (event) => events.push(event),
    });
    expect(lines).toHaveLength(6);
    expect(events).toMatchObject([
      { id: 'broken3', substitute: 'p005' },
      { id: 'broken4', substitute: 'p005' },
      { id: 'broken8', substitute: 'p009' },
      { id: 'broken20', substitute: 'p000' },
    ]);
    expect(await digests({ ...options, onBroken: 'substitute', workers: 2 })).toEqual(lines);
    const { error } = await failure({
      rows: rows.filter(({ id }) => id.startsWith('broken')),
      onBroken: 'substitute',
    });
    expect(error.message).toContain('row "broken');
  });
});

describe('closing', () => {
  const threads = () =>
    process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker').length;

  test('leaves no threads after break, an exception, an abort, a finished loop, or without a loop', async () => {
    const before = threads();
    const loader = createLoader({ ...base, workers: 2, epochs: 5 });
    for await (const { step } of loader) if (step === 2) break;
    expect(threads()).toBe(before);
    for await (const _ of loader) throw new Error('it was closed');
    await expect(async () => {
      for await (const _ of createLoader({ ...base, workers: 2 })) throw new Error('mine');
    }).rejects.toThrow('mine');
    expect(threads()).toBe(before);

    const controller = new AbortController();
    const aborted = createLoader({ ...base, workers: 2, epochs: 1000, signal: controller.signal });
    await expect(async () => {
      for await (const { step } of aborted) if (step === 1) controller.abort(new Error('enough'));
    }).rejects.toThrow('enough');
    await aborted.close();
    expect(threads()).toBe(before);
    await digests({ workers: 2 });
    expect(threads()).toBe(before);
    await createLoader({ ...base, workers: 2 }).close();
  });

  test('an aborted signal starts nothing', async () => {
    const { error } = await failure({ workers: 2, signal: AbortSignal.abort(new Error('before')) });
    expect(error.message).toBe('before');
  });

  test.each([0, 2])(
    'a transform that throws ends the loop, regardless of onBroken (%i workers)',
    async (workers) => {
      const transform = { module, factory: 'testTransform', argument: { size: 16, throwOn: 3 } };
      const { error } = await failure({ workers, transform, onBroken: 'skip' });
      expect(error.code).toBe('loader-transform');
      expect(error.message).toMatch(/image "p\d+": the transform failed \(Error: a bug in the transform\)/);
    },
  );

  test('a worker that dies ends the loop with an error', async () => {
    const transform = { module, factory: 'testTransform', argument: { size: 16, crashOn: 3 } };
    const { error } = await failure({ workers: 2, transform });
    expect(error.code).toBe('loader-worker');
  });

  test.each([
    ['no such module', { module: 'file:///nowhere.js', factory: 'x' }, 'loader-transform'],
    ['no such function', { module, factory: 'testTransfrom' }, 'loader-transform'],
    ['no transform', { module, factory: 'notATransform' }, 'loader-transform'],
    ['another size', { module, factory: 'testTransform', argument: { size: 15 } }, 'loader-image-size'],
  ])('a transform module with %s is an error', async (_, transform, code) => {
    for (const workers of [0, 1]) expect((await failure({ workers, transform })).error.code).toBe(code);
  });

  test('two loops at a time are an error', async () => {
    const loader = createLoader(base);
    const [one, two] = [loader[Symbol.asyncIterator](), loader[Symbol.asyncIterator]()];
    const first = one.next();
    await expect(two.next()).rejects.toMatchObject({ code: 'loader-busy' });
    await first.catch(() => {});
    await loader.close();
  });
});

test.each([
  ['batchSize', { batchSize: 0 }],
  ['imageSize[0]', { imageSize: [0, 4] as const }],
  ['workers', { workers: -1 }],
  ['prefetch', { prefetch: 0 }],
  ['output.std', { output: { type: 'float32', mean: [0, 0, 0], std: [1, 0, 1] } as const }],
  ['transform', { workers: 1, transform: testTransform({ size: 16 }) }],
])('%s is checked', (key, options) => {
  expect(() => createLoader({ ...base, ...options })).toThrowError(
    expect.objectContaining({ code: 'loader-setting', problem: expect.objectContaining({ path: { key } }) }),
  );
});

test('unknown labels and epochs without a batch are errors', async () => {
  const rows = [row('a', 'cow')];
  expect(() => createLoader({ ...base, rows })).toThrowError(
    expect.objectContaining({ code: 'label-unknown' }),
  );
  expect((await failure({ rows: [] })).error.code).toBe('loader-empty');
  expect((await failure({ batchSize: 30, dropLast: true })).error.code).toBe('loader-empty');
});
