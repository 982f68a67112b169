import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { image, NOW, points, training } from '../test/example-training.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { type Tracker, type Training, trackers } from './index.ts';

/** The tracker as it is without settings: all of them write files then. */
function create(name: string, folder: string, options = {}): Tracker {
  const { settings, create: make } = trackers.get(name);
  return make(settings.parse(options), { folder, now: () => NOW });
}

async function record(tracker: Tracker, given: Training): Promise<void> {
  const log = await tracker.open(given);
  await log.addPoints(points);
  await log.addImages(20, 'mistakes', [image]);
  await log.addHistograms?.(20, { 'weights/conv.weight': Float32Array.of(0, 1, 1, 2) });
  await log.close('finished');
}

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

describe.each(trackers.names())('%s', (name) => {
  const { settings, target, summary } = trackers.get(name);

  test('without settings it writes below .podium', () => {
    expect(summary).toMatch(/\.$/);
    expect(target(settings.parse({})).folder).toMatch(/^\.podium\//);
    for (const own of Object.values(settings.shape)) expect(own.description).toBeTruthy();
  });

  test('a training has a record once it is open, and another key has none', async () => {
    const tracker = create(name, temporaryFolder());
    expect(await tracker.has(training)).toBe(false);
    await record(tracker, training);
    expect(await tracker.has(training)).toBe(true);
    expect(await tracker.has({ ...training, key: 'f'.repeat(64) })).toBe(false);
  });

  test('equal trainings give equal bytes', async () => {
    const contents: string[][] = [];
    for (let i = 0; i < 2; i++) {
      const folder = temporaryFolder();
      await record(create(name, folder), training);
      contents.push(
        filesOf(folder).map((file) =>
          readFileSync(join(folder, file), 'latin1').replaceAll(folder, 'FOLDER'),
        ),
      );
    }
    expect(contents[0]!.length).toBeGreaterThan(0);
    expect(contents[1]).toEqual(contents[0]);
  });

  test('hostile names stay in the folder', async () => {
    const folder = temporaryFolder();
    const inner = join(folder, 'project');
    mkdirSync(inner);
    const tracker = create(name, inner);
    const log = await tracker.open({ ...training, name: '../../x\n\u202e', competition: '../../y' });
    await log.addPoints([{ step: 1, values: { '../../../z': 1, 'a/../b': 2, '': 3 } }]);
    await log.addImages(1, '../../mistakes', [{ ...image, caption: '<script>' }]);
    await log.close('stopped');
    expect(readdirSync(folder)).toEqual(['project']);
    expect(readdirSync(inner)).toEqual(['.podium']);
  });

  test('a link in place of a folder is not followed', async () => {
    const folder = temporaryFolder();
    const elsewhere = temporaryFolder();
    const tracker = create(name, folder);
    await record(tracker, training);
    const first = filesOf(folder)[0]!.split('/');
    // The same record in another folder, where a link stands in place of its first folder below the root.
    const other = temporaryFolder();
    mkdirSync(join(other, ...first.slice(0, 2)), { recursive: true });
    symlinkSync(elsewhere, join(other, ...first.slice(0, 3)));
    // A name that is taken may also lead to another one.
    await record(create(name, other), training).catch((error: Error) => {
      expect(error).toMatchObject({ code: 'link-refused' });
    });
    expect(readdirSync(elsewhere)).toEqual([]);
  });
});

test('a resumed training does not repeat points that are recorded already', async () => {
  for (const name of ['tensorboard', 'mlflow']) {
    const folder = temporaryFolder();
    const tracker = create(name, folder);
    const log = await tracker.open(training);
    await log.addPoints(points.slice(0, 2));
    const before = filesOf(folder).map((file) => readFileSync(join(folder, file)).length);
    const again = await create(name, folder).open({ ...training, step: 10 });
    await again.addPoints(points.slice(1, 2));
    const after = filesOf(folder).map((file) => readFileSync(join(folder, file)).length);
    // TensorBoard's second file, or the beginning of a session, is all that is added.
    const added = after.reduce((sum, size) => sum + size, 0) - before.reduce((sum, size) => sum + size, 0);
    expect(added, name).toBeLessThan(100);
  }
});
