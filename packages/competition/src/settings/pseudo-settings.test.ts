import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readSettings } from './read-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'podium-pseudo-settings-'));
mkdirSync(join(folder, 'data'));
mkdirSync(join(folder, 'web'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = async (...lines: string[]) => {
  const file = join(folder, 'podium.yaml');
  writeFileSync(file, ['competition: pets', 'data: { folder: data }', ...lines].join('\n'));
  return (await readSettings(file)).settings;
};
const WEB = 'external: [{ name: web, folder: web }]';

test('defaults', async () => {
  const { external, pseudo } = await read(WEB, 'pseudo: { method: curriculum }');
  expect(external).toEqual([{ name: 'web', folder: 'web', labels: 'ignore', allowOutsideLinks: false }]);
  expect(pseudo).toEqual({
    method: 'curriculum',
    options: {},
    rounds: 1,
    keep: 'if-better',
    allowTest: false,
  });
  expect((await read('pseudo: { method: fixmatch, allowTest: true, ratio: 2 }')).pseudo?.ratio).toBe(2);
});

test.each([
  [
    'an unknown method',
    [WEB, 'pseudo: { method: curiculum }'],
    /unknown method.*did you mean "curriculum"|curiculum/s,
  ],
  [
    'a method that needs other models',
    [WEB, 'pseudo: { method: oof-mixing }'],
    /models that saw neither of two folds/,
  ],
  ['an unknown option', [WEB, 'pseudo: { method: curriculum, options: { stepp: 20 } }'], /"step"/],
  [
    'an option out of range',
    [WEB, 'pseudo: { method: fixmatch, options: { threshold: 2 } }'],
    /threshold.*got 2/s,
  ],
  ['nothing to label', ['pseudo: { method: curriculum }'], /there are no images to label.*allowTest: true/s],
  [
    'rounds of a method without',
    [WEB, 'pseudo: { method: fixmatch, rounds: 2 }'],
    /pseudo\.rounds.*labels while it trains/s,
  ],
  ['a ratio of a method without', [WEB, 'pseudo: { method: curriculum, ratio: 2 }'], /pseudo\.ratio/],
  [
    'a single fold',
    [WEB, 'folds: { only: [0] }', 'pseudo: { method: curriculum }'],
    /folds\.only.*calibrated on the others/s,
  ],
  [
    'a folder that is not there',
    ['external: [{ name: web, folder: wed }]'],
    /external\[0\]\.folder.*does not exist/s,
  ],
  [
    'two sources of one name',
    ['external: [{ name: web, folder: web }, { name: web, folder: data }]'],
    /external\[1\]\.name/,
  ],
  ['a name that is taken', ['external: [{ name: test, folder: web }]'], /other than train, test and data/],
  [
    'a model that is not there',
    [WEB, 'models: [small-net]', 'pseudo: { method: curriculum, models: [big-net] }'],
    /expected small-net/,
  ],
  [
    'an unknown pretraining',
    ['models: [{ model: small-net, pretrain: { method: byol, epochs: 1 } }]'],
    /rotation\|simclr/,
  ],
])('%s is found before anything runs', async (_, lines, message) => {
  await expect(read(...lines)).rejects.toThrow(message);
});
