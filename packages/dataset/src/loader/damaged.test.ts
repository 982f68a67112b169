import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { image as drawn } from '../../test/images.ts';
import { damagedImages } from '../../test/loader/damage.ts';
import { row } from '../../test/rows.ts';
import { createLoader } from './create-loader.ts';
import type { LoaderEvent } from './types.ts';

const root = await mkdtemp(join(tmpdir(), 'podium-damaged-'));
afterAll(() => rm(root, { recursive: true, force: true }));

test('200 damaged images of ten kinds: none crashes or hangs the loader, each is named', async () => {
  const damaged = await damagedImages(20);
  expect(damaged).toHaveLength(200);
  for (const { name, bytes } of damaged) await writeFile(join(root, name), bytes);
  await writeFile(join(root, 'good.jpg'), await drawn(1).jpeg().toBuffer());
  const rows = [...damaged.map(({ name }) => name), 'good.jpg'].map((name) =>
    row(name, undefined, { image: { kind: 'file', path: name } }),
  );
  const load = async (workers: number) => {
    const events = new Map<string, LoaderEvent>();
    const shown: string[] = [];
    const onEvent = (event: LoaderEvent) => {
      if (event.kind === 'broken-image') events.set(event.id, event);
    };
    const loader = createLoader({
      rows,
      root,
      batchSize: 16,
      imageSize: [32, 32],
      seed: 1,
      workers,
      onBroken: 'skip',
      onEvent,
    });
    for await (const { ids } of loader) shown.push(...ids);
    return { events, shown };
  };
  const { events, shown } = await load(2);
  expect([...events.keys(), ...shown].sort()).toEqual(rows.map(({ id }) => id).sort());
  expect(shown).toContain('good.jpg');
  for (const { name, certain } of damaged) {
    // Images that libjpeg accepts may be shown.
    if (certain) expect(shown, name).not.toContain(name);
    const event = events.get(name);
    if (event?.kind !== 'broken-image') continue;
    expect(event.problem.code, name).toMatch(/^image-(damaged|empty|format|too-large)$/);
    expect(event.problem.path?.file).toBe(name);
    expect(event.problem.fix, name).toBeDefined();
  }
  // At least half of the flips are noticed by a decoder.
  const flipped = damaged.filter(({ certain }) => !certain);
  expect(flipped.filter(({ name }) => events.has(name)).length).toBeGreaterThanOrEqual(10);
  expect((await load(0)).shown).toEqual(shown);
});
