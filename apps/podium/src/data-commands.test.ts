import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeMaskCompetition } from '@podium/dataset/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spawnPodium } from '../test/run-podium.ts';
import { exitCodes } from './exit-codes.ts';

const folder = mkdtempSync(join(tmpdir(), 'podium-data-'));
const masks = join(folder, 'masks');

beforeAll(async () => {
  await writeMaskCompetition(masks, { people: 6, testPeople: 2 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const podium = (...args: string[]) => spawnPodium(args, { cwd: folder });

describe('inspect', { timeout: 120_000 }, () => {
  test('detects the layout and describes the folder; without leaks it exits with 0', () => {
    const { status, stdout } = podium('inspect', 'masks');
    expect(stdout).toMatch(/^Layout {5}person-folders: /);
    expect(stdout).toContain('Train      42 images in 6 groups\n');
    expect(stdout).toMatch(/Head {7}class: 18 classes/);
    expect(stdout).toContain('56 rows, 56 different images.');
    expect(status).toBe(exitCodes.ok);
  });

  test('a leak has its own exit code unless it is accepted; --fix writes a patch', () => {
    const leaky = join(folder, 'leaky');
    for (const split of ['train', 'test']) {
      spawnSync('mkdir', ['-p', join(leaky, split, 'a'), join(leaky, split, 'b')]);
    }
    const faces = JSON.parse(podium('inspect', 'masks', '--json').stdout) as { layout: string };
    expect(faces.layout).toBe('person-folders');
    const photos = spawnSync('find', [join(masks, 'train'), '-name', 'mask*', '-not', '-name', '._*'], {
      encoding: 'utf8',
    });
    photos.stdout
      .trim()
      .split('\n')
      .sort()
      .slice(0, 20)
      .forEach((photo, i) => {
        copyFileSync(photo, join(leaky, 'train', i % 2 === 0 ? 'a' : 'b', `${i}.${photo.split('.').pop()}`));
        if (i === 0) copyFileSync(photo, join(leaky, 'test', 'a', `again.${photo.split('.').pop()}`));
      });
    const inspected = podium('inspect', 'leaky', '--layout', 'folders', '--fix', 'patch.json');
    expect(inspected.stdout).toContain('LEAK     exact-duplicates-across-splits: ');
    expect(inspected.stdout).toContain('A run would drop the rows that leak.');
    expect(inspected.status).toBe(exitCodes.problems);
    const { entries } = JSON.parse(readFileSync(join(folder, 'patch.json'), 'utf8')) as {
      entries: { action: string }[];
    };
    expect(entries.some(({ action }) => action === 'drop')).toBe(true);
    const accepted = podium(
      'inspect',
      'leaky',
      '--layout',
      'folders',
      '--accept',
      'exact-duplicates-across-splits',
    );
    expect(accepted.status).toBe(exitCodes.ok);
  });

  test('unreadable input is an error without a stack trace', () => {
    for (const args of [
      ['inspect', 'nowhere'],
      ['inspect', 'masks', '--layout', 'person-foldrs'],
      ['inspect', 'masks', '--accept', 'exact-duplicate'],
      ['inspect', 'masks', '--settings', 'broken.json'],
    ]) {
      writeFileSync(join(folder, 'broken.json'), '{ "a": 1, }');
      const { status, stderr } = podium(...args);
      expect([args, status]).toEqual([args, exitCodes.failed]);
      expect(stderr).toMatch(/^podium: /);
      expect(stderr).not.toContain('    at ');
    }
  });
});

test('augment preview writes a sheet with the given rows and columns', async () => {
  const photo = join(folder, 'photo.png');
  const create = { width: 60, height: 40, channels: 3, background: '#c84' } as const;
  await sharp({ create }).png().toFile(photo);
  writeFileSync(join(folder, 'pipeline.json'), '["horizontalFlip", { "rotate": { "degrees": 15 } }]');
  const { status, stdout } = podium(
    'augment',
    'preview',
    photo,
    '--pipeline',
    'pipeline.json',
    '--rows',
    '2',
    '--columns',
    '3',
  );
  expect([status, stdout]).toEqual([exitCodes.ok, `Wrote 6 versions of ${photo} to preview.png\n`]);
  const { width, height } = await sharp(join(folder, 'preview.png')).metadata();
  expect([width, height]).toEqual([3 * 64 + 4, 2 * 44 + 4]);
  const wrong = podium('augment', 'preview', photo, '--preset', 'hevy');
  expect(wrong.status).toBe(exitCodes.usage);
  expect(wrong.stderr).toContain('Allowed choices are light, medium, heavy, eval');
});

describe('models', () => {
  test('list takes a glob, and show prints layers and weights', { timeout: 60_000 }, () => {
    expect(podium('models', 'list', 'resnet1?').stdout).toBe('resnet18   11.7M    1.8G  apache-2.0\n');
    expect(JSON.parse(podium('models', 'list', '--pretrained', '--json').stdout)).toContain('resnet50');
    const { status, stdout } = podium('models', 'show', 'resnet18', '--depth', '1', '--no-measure');
    expect(status).toBe(exitCodes.ok);
    expect(stdout).toContain('Linear (fc)');
    expect(stdout).toContain('Parameters:  11,689,512 (11,689,512 trainable)');
    expect(stdout).toContain('hf:timm/resnet18.a1_in1k');
    expect(JSON.parse(podium('models', 'show', 'resnet18', '--size', '64', '--json').stdout)).toMatchObject({
      imageSize: 64,
      numFeatures: 512,
    });
  });

  test('an unknown model is an error that suggests the nearest name', () => {
    const { status, stderr } = podium('models', 'show', 'resnt18');
    expect(status).toBe(exitCodes.failed);
    expect(stderr).toContain('(did you mean "resnet18"?)');
  });
});

test('a demo without a run writes the competition, its settings and answers, and nothing else', {
  timeout: 120_000,
}, () => {
  const own = join(folder, 'demo');
  mkdirSync(own);
  const { status, stdout } = spawnPodium(['demo', 'masks', '--no-run', '--json'], { cwd: own });
  expect(status).toBe(exitCodes.ok);
  expect(JSON.parse(stdout)).toEqual({
    folder: join(realpathSync(own), 'data', 'masks'),
    settings: join(realpathSync(own), 'data', 'masks.yaml'),
    answers: join(realpathSync(own), 'data', 'masks.answers.csv'),
  });
  expect(readdirSync(own)).toEqual(['data']);
  expect(readdirSync(join(own, 'data')).sort()).toEqual(['masks', 'masks.answers.csv', 'masks.yaml']);
});
