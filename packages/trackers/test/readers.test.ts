// What the real readers see. In CI only TensorBoard's, which is small; `npm run test:trackers` runs all of them.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Point, trackers } from '../src/index.ts';
import { curvesOf, image, NOW, points, training } from './example-training.ts';
import { temporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);
const SCRIPT = new URL('read_records.py', import.meta.url).pathname;

/** What pip installs for each reader; versions are fixed, so that a new one cannot break an old commit. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  // What the reader of events imports, without the web server.
  tensorboard: ['--no-deps', 'tensorboard==2.21.0', 'numpy<3', 'protobuf<7', 'absl-py<3', 'packaging<27'],
  // The last ones had no reader in Python.
  wandb: ['wandb==0.22.0'],
  mlflow: ['mlflow==3.17.2'],
};
const wanted = process.env.PODIUM_TRACKERS === 'all' ? trackers.names() : ['tensorboard'];
/** Elsewhere nobody expects a test to install Python packages. */
const isAsked = process.env.CI === 'true' || process.env.PODIUM_TRACKERS !== undefined;

/** The folder with a reader's Python packages, which are installed once. */
async function installed(name: string): Promise<string> {
  const cache = process.env.PODIUM_CACHE ?? join(homedir(), '.cache', 'podium');
  const packages = PACKAGES[name]!;
  const folder = join(cache, 'readers', packages.join(' ').replaceAll(/[^\w.-]+/g, '_'));
  if (existsSync(folder)) return folder;
  const made = `${folder}.${process.pid}`;
  await mkdir(made, { recursive: true });
  await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', made, ...packages]);
  await rename(made, folder).catch(() => rm(made, { recursive: true }));
  return folder;
}

interface Read {
  readonly curves: Record<string, [number, number | string][]>;
  readonly images: unknown;
  readonly histograms?: unknown;
  readonly info?: Record<string, unknown>;
}

async function read(name: string, target: string): Promise<Read> {
  const { stdout } = await run('python3', [SCRIPT, name, target], {
    env: { ...process.env, PYTHONPATH: await installed(name) },
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Read;
}

/** As the script prints numbers that JSON lacks. */
const plain = (curves: ReturnType<typeof curvesOf>) =>
  Object.fromEntries(
    Object.entries(curves).map(([tag, curve]) => [
      tag,
      curve.map(([step, value]) => [step, Number.isFinite(value) ? value : 'nan']),
    ]),
  );

/** More than fits into one block of W&B's log. */
const many: Point[] = Array.from({ length: 1000 }, (_, i) => ({
  step: 21 + i,
  values: { 'train/loss': 1 / (i + 3) },
}));

async function record(name: string, folder: string, options = {}): Promise<void> {
  const { settings, create } = trackers.get(name);
  const log = await create(settings.parse(options), { folder, now: () => NOW }).open(training);
  await log.addPoints(points);
  await log.addPoints(many);
  await log.addImages(1020, 'mistakes', [image, image]);
  await log.addHistograms?.(1020, { 'weights/conv.weight': Float32Array.of(0, 1, 1, 2) });
  await log.close('finished');
}

/** Defines a test if its reader is wanted: in CI a skipped test would be a failure. */
function testWith(reader: string, name: string, check: () => Promise<void>, timeout: number): void {
  if (wanted.includes(reader)) test(name, check, timeout);
}

describe.runIf(isAsked)('what the real readers see is what was recorded', () => {
  const expected = plain(curvesOf([...points, ...many]));

  testWith(
    'tensorboard',
    'tensorboard',
    async () => {
      const folder = temporaryFolder();
      await record('tensorboard', folder, { histograms: true });
      const found = await read('tensorboard', folder);
      expect(found.curves).toEqual(expected);
      // Width, height and the image of each.
      expect(found.images).toEqual({ 'mistakes/0': [[1020, 3]], 'mistakes/1': [[1020, 3]] });
      expect(found.histograms).toEqual({ 'weights/conv.weight': [[1020, 4]] });
    },
    300_000,
  );

  testWith(
    'tensorboard',
    'tensorboard, of a training that resumed',
    async () => {
      const folder = temporaryFolder();
      const { settings, create } = trackers.get('tensorboard');
      const tracker = create(settings.parse({}), { folder, now: () => NOW });
      const killed = await tracker.open(training);
      await killed.addPoints([...points, { step: 30, values: { 'train/loss': 9 } }]);
      const resumed = await create(settings.parse({}), { folder, now: () => NOW + 1 }).open({
        ...training,
        step: 20,
      });
      await resumed.addPoints([...points, ...many]);
      expect((await read('tensorboard', folder)).curves).toEqual(expected);
    },
    300_000,
  );

  testWith(
    'wandb',
    'wandb',
    async () => {
      const folder = temporaryFolder();
      await record('wandb', folder);
      const { curves, images, info } = await read('wandb', folder);
      expect(curves).toEqual(expected);
      expect(images).toEqual({ mistakes: [[1020, 2]] });
      expect(info).toMatchObject({ name: training.name, project: 'leaves', header: 1, run: 1, exit: 1 });
    },
    600_000,
  );

  testWith(
    'mlflow',
    'mlflow, file store',
    async () => {
      const folder = temporaryFolder();
      await record('mlflow', folder);
      const { curves, images, info } = await read('mlflow', join(folder, '.podium', 'mlruns'));
      expect(curves).toEqual(expected);
      expect(images).toEqual(['mistakes/1020-0.png', 'mistakes/1020-1.png', 'mistakes/1020.json']);
      expect(info).toMatchObject({ name: training.name, status: 'FINISHED', experiment: 'leaves' });
      expect(info?.params).toEqual({ epochs: '3', 'optimizer.name': 'adamw', augment: '[]' });
    },
    600_000,
  );
});
