import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isOverride, parseOverride, withOverrides } from './overrides.ts';
import { readSettings, settingsFrom } from './read-settings.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-overrides-')));
const file = join(folder, 'podium.yaml');
const YAML = `competition: leaves
data: { folder: data }
train: { epochs: 3, optimizer: sgd }
models: [small-net, { model: resnet18, epochs: 9 }]
`;
beforeAll(() => {
  mkdirSync(join(folder, 'data'));
  writeFileSync(file, YAML);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const errorOf = async (...overrides: string[]): Promise<PodiumError> => {
  const error: unknown = await readSettings(file, overrides).then(
    () => undefined,
    (problem: unknown) => problem,
  );
  expect(error).toBeInstanceOf(PodiumError);
  return error as PodiumError;
};

test.each([
  ['train.epochs=5', true],
  ['models=[resnet18]', true],
  ['models[0].epochs=5', true],
  ['models.0.epochs=5', true],
  ['+train.epochs=5', true],
  ['data.options.label=my label', true],
  ['competition=', true],
  ['podium.yaml', false],
  ['./a=b/podium.yaml', false],
  ['masks', false],
  ['=5', false],
])('%s sets a setting: %s', (argument, is) => {
  expect(isOverride(argument)).toBe(is);
});

test.each<[string, unknown]>([
  ['a=5', 5],
  ['a=1e-3', 0.001],
  ['a=true', true],
  ['a=null', null],
  ['a=', null],
  ['a=[x, y]', ['x', 'y']],
  ['a=[x,y]', ['x', 'y']],
  ['a={ name: focal, gamma: 2 }', { name: 'focal', gamma: 2 }],
  ['a=two words', 'two words'],
  ['a=b=c', 'b=c'],
  ['a="5"', '5'],
])('%s', (text, value) => {
  expect(parseOverride(text).value).toEqual(value);
});

test('the settings are what a file with these values says, and the file stays', async () => {
  const { settings } = await readSettings(folder, [
    'train.epochs=5',
    'train.loss={ name: focal, gamma: 1 }',
    'models[1].imageSize=64',
    'folds.count=4',
    'metric=accuracy',
    'train.optimizer.momentum=0.9',
    'models[0].epochs=2',
    'train.epochs=7',
  ]);
  writeFileSync(
    join(folder, 'whole.yaml'),
    `competition: leaves
data: { folder: data }
train: { epochs: 7, optimizer: { name: sgd, momentum: 0.9 }, loss: { name: focal, gamma: 1 } }
models: [{ model: small-net, epochs: 2 }, { model: resnet18, epochs: 9, imageSize: 64 }]
folds: { count: 4 }
metric: accuracy
`,
  );
  expect(settings).toEqual((await readSettings(join(folder, 'whole.yaml'))).settings);
  expect(readFileSync(file, 'utf8')).toBe(YAML);
});

test('podium.config.ts and objects take overrides, too, and are not changed', async () => {
  const config = join(folder, 'podium.config.ts');
  writeFileSync(
    config,
    "export default { competition: 'leaves', data: { folder: 'data' }, train: { epochs: 3 } };\n",
  );
  expect((await readSettings(config, ['train.epochs=5'], { trust: true })).settings.train.epochs).toBe(5);
  rmSync(config);
  const given = { competition: 'leaves', data: { folder: 'data' }, train: { epochs: 3 } };
  expect((await settingsFrom(given, folder, ['train.epochs=5', 'report=false'])).settings).toMatchObject({
    train: { epochs: 5 },
    report: false,
  });
  expect(given.train.epochs).toBe(3);
});

test.each<[overrides: string[], message: RegExp]>([
  [['train.epochs=0'], /^the command line train\.epochs: expected a number >= 1, got 0/],
  [['train.epochs=ten'], /^the command line train\.epochs: expected a number, got "ten"/],
  [
    ['metric=acuracy'],
    /^the command line metric: unknown metric.*did you mean "accuracy".*podium list metrics/s,
  ],
  [
    ['models=[resnet81]'],
    /^the command line models\[0\]: unknown model.*did you mean "resnet18".*podium models list/s,
  ],
  [['trian.epochs=5'], /^the command line trian: unknown key.*did you mean "train"/],
  [
    ['train.epoch=5'],
    /^the command line train\.epoch: unknown key: got "epoch" \(did you mean "epochs"\?\)\n {2}fix: write train\.epochs=5$/,
  ],
  [
    ['lr=0.1'],
    /^the command line lr: unknown key: got "lr" \(did you mean "train\.learningRate"\?\)\n {2}fix: write train\.learningRate=0\.1$/,
  ],
  [['models[1].bs=8'], /did you mean "batchSize"\?\)\n {2}fix: write models\[1\]\.batchSize=8$/],
  [['timeLimit=null'], /^the command line timeLimit: expected a string, got null/],
  [['train.loss={name:focal}'], /^the command line train\.loss: a colon without a space.*write a space/s],
  [['train.loss={ name: focal'], /^the command line train\.loss: not valid YAML/],
  [['train.epochs.x=1'], /train\.epochs is 3, which has no keys.*set train\.epochs as a whole/s],
  [['models[7]=resnet18'], /models has 2 entries: expected an entry from 0 to 2, got 7.*models=\[\.\.\.\]/s],
  [['folds.only[0]=1', 'external[0].name=x'], /is not set.*set the whole list/s],
  [['__proto__.x=1'], /unknown key/],
  [['train.__proto__=1'], /unknown key/],
  [['epochs'], /expected a setting and its value, such as train\.epochs=5, got "epochs"/],
])('%j is rejected', async (overrides, message) => {
  expect((await errorOf(...overrides)).message).toMatch(message);
});

test('a mistake in the file is still at its line', async () => {
  const broken = join(folder, 'broken.yaml');
  writeFileSync(broken, `${YAML}metrik: accuracy\n`);
  await expect(readSettings(broken, ['train.epochs=5'])).rejects.toThrow(
    /broken\.yaml:5 metrik: unknown key/,
  );
});

test('nothing but the settings is changed', () => {
  withOverrides({}, [
    parseOverride('__proto__.polluted=1'),
    parseOverride('constructor.prototype.polluted=1'),
  ]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
