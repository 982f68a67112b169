import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PodiumError, renderProblem } from '@podium/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSettings } from './read-settings.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-broken-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => {
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'model.ts'), 'export const make = () => 1;\n');
});

const HEAD = 'competition: leaves\ndata: { folder: data }\n';

/** Settings that are wrong, the line that the error has to name, and what it has to say. */
const broken: readonly (readonly [name: string, text: string, line: number | undefined, says: RegExp])[] = [
  // YAML
  ['an empty file', '', 1, /expected an object.*got null/],
  ['a list', '- a\n- b\n', 1, /expected an object/],
  ['a text', 'hello\n', 1, /expected an object.*got "hello"/],
  ['a tab', `${HEAD}folds:\n\tcount: 3\n`, 4, /not valid YAML: .*[Tt]ab/],
  ['a key twice', `${HEAD}metric: accuracy\nmetric: f1-macro\n`, 4, /not valid YAML: .*unique/],
  ['an open bracket', `${HEAD}models: [resnet18\n`, 4, /not valid YAML/],
  ['an open quote', `${HEAD}metric: "accuracy\n`, undefined, /not valid YAML/],
  ['wrong indentation', `${HEAD}folds:\n  count: 3\n method: x\n`, 5, /not valid YAML/],
  ['an unknown alias', `${HEAD}metric: *nobody\n`, undefined, /[Aa]lias|anchor/],
  [
    'a bomb of anchors',
    `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n${HEAD}`,
    undefined,
    /without anchors/,
  ],
  ['two documents', `${HEAD}---\n${HEAD}`, 3, /not valid YAML/],
  ['a binary file', '\u0000\u0001\u0002PNG', undefined, /expected|not valid YAML/],
  ['a list that contains itself', '&a [*a]\n', undefined, /anchors and aliases/],
  ['one in a setting', `${HEAD}models: &a [*a]\n`, undefined, /anchors and aliases/],
  [
    'lists in lists without end',
    `${HEAD}models: ${'['.repeat(200_000)}`,
    undefined,
    /nested too deeply|not valid YAML/,
  ],
  ['a megabyte', `${HEAD}#${'x'.repeat(1 << 20)}`, undefined, /too large/],
  ['a number for a key', `${HEAD}7: x\n`, 3, /unknown key.*got "7"/],
  // keys
  ['no competition', 'data: { folder: data }\n', undefined, /competition: expected a string, got nothing/],
  ['no data', 'competition: leaves\n', undefined, /data: expected an object, got nothing/],
  ['no folder', 'competition: leaves\ndata: {}\n', 2, /data.folder: expected a string, got nothing/],
  ['a mistyped key', `${HEAD}metrik: accuracy\n`, 3, /metrik: unknown key.*did you mean "metric"/],
  ['a mistyped key below', `${HEAD}folds: { cout: 3 }\n`, 3, /folds.cout: unknown key.*did you mean "count"/],
  [
    'a mistyped key of training',
    `${HEAD}train:\n  epoch: 3\n`,
    4,
    /train.epoch: unknown key.*did you mean "epochs"/,
  ],
  [
    'a mistyped key of a model',
    `${HEAD}models:\n  - model: small-net\n    batchsize: 3\n`,
    5,
    /models\[0\].batchsize.*did you mean "batchSize"/,
  ],
  ['a key of another level', `${HEAD}epochs: 3\n`, 3, /epochs: unknown key/],
  ['two mistakes', `${HEAD}metrik: a\nfolds: { cout: 3 }\n`, 3, /also wrong: folds.cout \(line 4\)/],
  ['a key of objects', `${HEAD}__proto__: { metric: accuracy }\n`, 3, /unknown key/],
  // types
  [
    'a number for a name',
    'competition: 7\ndata: { folder: data }\n',
    1,
    /competition: expected a string, got 7/,
  ],
  ['a list for a folder', 'competition: a\ndata: { folder: [data] }\n', 2, /data.folder: expected a string/],
  ['a text for data', 'competition: a\ndata: data\n', 2, /data: expected an object, got "data"/],
  ['a text for epochs', `${HEAD}train: { epochs: ten }\n`, 3, /train.epochs: expected a number, got "ten"/],
  [
    'epochs of a fraction',
    `${HEAD}train: { epochs: 1.5 }\n`,
    3,
    /train.epochs: expected a whole number, got 1.5/,
  ],
  ['no epochs', `${HEAD}train: { epochs: 0 }\n`, 3, /train.epochs: expected a number >= 1, got 0/],
  ['negative epochs', `${HEAD}train: { epochs: -3 }\n`, 3, /train.epochs/],
  ['no number', `${HEAD}train: { learningRate: .nan }\n`, 3, /train.learningRate/],
  ['an infinite number', `${HEAD}train: { learningRate: .inf }\n`, 3, /train.learningRate/],
  [
    'a rate of zero',
    `${HEAD}train: { learningRate: 0 }\n`,
    3,
    /train.learningRate: expected a number > 0, got 0/,
  ],
  ['tiny images', `${HEAD}train: { imageSize: 8 }\n`, 3, /train.imageSize: expected a number >= 16, got 8/],
  ['huge images', `${HEAD}train: { imageSize: 9000 }\n`, 3, /train.imageSize: expected a number <= 2048/],
  ['a share beyond one', `${HEAD}train: { warmup: 5 }\n`, 3, /train.warmup: expected a number <= 0.9, got 5/],
  [
    'two averages',
    `${HEAD}train: { swa: 0.5, soup: 3 }\n`,
    3,
    /train.swa: expected one of ema, swa and soup, got swa, soup/,
  ],
  [
    'an unknown schedule',
    `${HEAD}train: { schedule: cosin }\n`,
    3,
    /train.schedule: unknown schedule: expected constant\|cosine\|.*, got "cosin" \(did you mean "cosine"/,
  ],
  [
    'an unknown way to train',
    `${HEAD}train: { method: fine-tune }\n`,
    3,
    /train.method: expected probe\|transfer\|full/,
  ],
  ['an unknown plan', `${HEAD}train: { plan: little }\n`, 3, /train.plan/],
  [
    'an unknown precision',
    `${HEAD}train: { precision: float16 }\n`,
    3,
    /train.precision: expected float32\|bfloat16/,
  ],
  ['no views', `${HEAD}train: { views: [] }\n`, 3, /train.views: expected at least 1 item/],
  ['no seeds', `${HEAD}train: { seeds: [] }\n`, 3, /train.seeds/],
  ['one fold', `${HEAD}folds: { count: 1 }\n`, 3, /folds.count: expected a number >= 2, got 1/],
  ['a thousand folds', `${HEAD}folds: { count: 1000 }\n`, 3, /folds.count: expected a number <= 100/],
  [
    'a fold that is not there',
    `${HEAD}folds: { count: 3, only: [3] }\n`,
    3,
    /folds.only\[0\]: there is no such fold.*expected 0 to 2, got 3/,
  ],
  [
    'a mistyped preset',
    `${HEAD}preset: fst\n`,
    3,
    /preset: unknown preset: expected best\|fast\|good, got "fst" \(did you mean "fast"/,
  ],
  ['a time without unit', `${HEAD}timeLimit: 20\n`, 3, /timeLimit: expected a string, got 20/],
  ['a time of another unit', `${HEAD}timeLimit: 2 days\n`, 3, /timeLimit/],
  ['no models', `${HEAD}models: []\n`, 3, /models: expected at least 1 item/],
  ['a text for models', `${HEAD}models: resnet18\n`, 3, /models: expected a list, got "resnet18"/],
  ['a report of maybe', `${HEAD}report: maybe\n`, 3, /report: expected a boolean, got "maybe"/],
  ['no threads', `${HEAD}threads: 0\n`, 3, /threads: expected a number >= 1/],
  ['a seed below zero', `${HEAD}seed: -1\n`, 3, /seed/],
  [
    'a combination of one',
    `${HEAD}heads: { combine: { into: a, from: [b] } }\n`,
    3,
    /heads.combine.from: expected at least 2 items/,
  ],
  [
    'weights of zero',
    `${HEAD}heads: { weights: { age: 0 } }\n`,
    3,
    /heads.weights.age: expected a number > 0/,
  ],
  // names
  [
    'a competition that leads elsewhere',
    'competition: ../elsewhere\ndata: { folder: data }\n',
    1,
    /competition/,
  ],
  ['a competition with a slash', 'competition: a/b\ndata: { folder: data }\n', 1, /competition/],
  [
    'an unknown layout',
    `competition: a\ndata: { folder: data, layout: folder }\n`,
    2,
    /data.layout: unknown layout.*did you mean "folders"/,
  ],
  [
    'an unknown check',
    `competition: a\ndata: { folder: data, accept: [near-duplicate] }\n`,
    2,
    /data.accept\[0\]: unknown check/,
  ],
  [
    'an unknown metric',
    `${HEAD}metric: f1_marco\n`,
    3,
    /metric: unknown metric.*did you mean "f1-macro".*podium list metrics/s,
  ],
  [
    'an unknown model',
    `${HEAD}models: [resnet81]\n`,
    3,
    /models\[0\]: unknown model.*did you mean "resnet18"/,
  ],
  [
    'unknown weights',
    `${HEAD}models: [resnet50.zz_in1k]\n`,
    3,
    /models\[0\].pretrained: unknown weights of resnet50.*podium models show resnet50/s,
  ],
  [
    'two weights',
    `${HEAD}models: [{ model: resnet50.a1_in1k, pretrained: false }]\n`,
    3,
    /"resnet50.a1_in1k" names its weights.*write model: resnet50/s,
  ],
  [
    'an unknown model with settings',
    `${HEAD}models:\n  - model: smal-net\n`,
    4,
    /models\[0\].model: unknown model.*did you mean "small-net"/,
  ],
  [
    'an unknown optimizer',
    `${HEAD}train: { optimizer: adamww }\n`,
    3,
    /train.optimizer: unknown optimizer.*did you mean "adamw"/,
  ],
  [
    'an unknown optimizer of a model',
    `${HEAD}models: [{ model: small-net, optimizer: sdg }]\n`,
    3,
    /models\[0\].optimizer: unknown optimizer.*did you mean "sgd"/,
  ],
  [
    'an unknown loss',
    `${HEAD}train: { loss: crossentropy }\n`,
    3,
    /train.loss: unknown loss.*did you mean "cross-entropy"/,
  ],
  ['an unknown fold method', `${HEAD}folds: { method: stratifid }\n`, 3, /folds.method: unknown fold method/],
  [
    'an unknown ensemble method',
    `${HEAD}ensemble: { method: stackin }\n`,
    3,
    /ensemble.method: unknown ensemble method.*did you mean "stacking"/,
  ],
  [
    'options of no method',
    `${HEAD}ensemble: { options: { bags: 3 } }\n`,
    3,
    /ensemble.options: options of which method/,
  ],
  [
    'an unknown option of a method',
    `${HEAD}ensemble: { method: selection, options: { bag: 3 } }\n`,
    3,
    /ensemble.options.*bag/,
  ],
  [
    'a wrong option of a rule',
    `${HEAD}ensemble: { method: power-mean, options: { power: strong } }\n`,
    3,
    /ensemble.options.*power/,
  ],
  [
    'an unknown form',
    `${HEAD}submission: { form: labels }\n`,
    3,
    /submission.form: unknown.*did you mean "label"/,
  ],
  [
    'a form among its own settings',
    `${HEAD}submission: { options: { form: label } }\n`,
    3,
    /submission.options.form.*set submission.form: label instead/s,
  ],
  ['an unknown rule', `${HEAD}submission: { accept: [rows] }\n`, 3, /submission.accept\[0\]: unknown/],
  [
    'an unknown transform',
    `${HEAD}train: { augment: [horizontalFlop] }\n`,
    3,
    /train.augment\[0\].*did you mean "horizontalFlip"/,
  ],
  [
    'a wrong setting of a transform',
    `${HEAD}train: { augment: [{ rotate: { degrees: lots } }] }\n`,
    3,
    /train.augment\[0\].rotate/,
  ],
  [
    'an unknown setting of a transform',
    `${HEAD}train: { augment: [{ rotate: { degree: 3 } }] }\n`,
    3,
    /train.augment\[0\].rotate.*degree/,
  ],
  ['an unknown preset of transforms', `${HEAD}train: { augment: havy }\n`, 3, /train.augment/],
  [
    'an unknown way to pseudo labels',
    `${HEAD}pseudo: { method: curiculum, allowTest: true }\n`,
    3,
    /pseudo.method.*did you mean "curriculum"/,
  ],
  // files
  [
    'a folder that is not there',
    'competition: a\ndata: { folder: dta }\n',
    2,
    /data.folder: expected the competition folder.*got "dta", which does not exist/,
  ],
  ['a file for a folder', 'competition: a\ndata: { folder: model.ts }\n', 2, /data.folder.*a file/],
  [
    'settings inside of the data',
    'competition: a\ndata: { folder: . }\n',
    2,
    /inside the competition folder/,
  ],
  ['settings below the data', 'competition: a\ndata: { folder: .. }\n', 2, /inside the competition folder/],
  [
    'a patch that is not there',
    'competition: a\ndata: { folder: data, patch: patch.json }\n',
    2,
    /data.patch: expected a file.*does not exist/,
  ],
  [
    'own code that is not there',
    `${HEAD}models: [{ model: { module: ./mine.ts, export: make } }]\n`,
    3,
    /models\[0\].model.module: expected a file.*does not exist/,
  ],
  ['own code without export', `${HEAD}models: [{ model: { module: ./model.ts } }]\n`, 3, /models\[0\].model/],
  [
    'own augmentation that is not there',
    `${HEAD}train: { augment: { module: ./mine.ts, export: make } }\n`,
    3,
    /train.augment.module/,
  ],
  [
    'an own stage that is not there',
    `${HEAD}postprocess: [{ module: ./mine.ts, export: make }]\n`,
    3,
    /postprocess\[0\].module/,
  ],
  [
    'weights that are not there',
    `${HEAD}models: [{ model: resnet18, pretrained: ./mine.safetensors }]\n`,
    3,
    /models\[0\].pretrained: expected a file.*does not exist/,
  ],
  [
    'a probe on nothing',
    `${HEAD}models: [{ model: small-net, method: probe }]\n`,
    3,
    /no pretrained weights to build on/,
  ],
  ['two names alike in a list of nothing', `${HEAD}models: [null]\n`, 3, /models\[0\]/],
];

test.each(broken)('%s is named, with its line', async (name, text, line, says) => {
  const file = join(folder, 'podium.yaml');
  writeFileSync(file, text);
  const error = await readSettings(file).then(
    () => undefined,
    (problem: unknown) => problem,
  );
  expect(error, name).toBeInstanceOf(PodiumError);
  const { problem } = error as PodiumError;
  const shown = renderProblem(problem);
  expect(shown.replaceAll('\n', ' ')).toMatch(says);
  expect(problem.path?.file).toBe(file);
  if (line !== undefined) expect(problem.path?.line).toBe(line);
  expect(problem.fix ?? problem.expected).toBeDefined();
  expect(shown).not.toMatch(/\n {4}at |undefined|\[object/);
});

test.each([
  ['nothing there', 'no such folder', /no such folder: .*|does not exist|not there|not found/],
  ['a folder without settings', 'data', /this folder has no settings file.*podium init/],
])('%s', async (_, path, says) => {
  const error = await readSettings(join(folder, path)).catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(PodiumError);
  expect((error as Error).message.replaceAll('\n', ' ')).toMatch(says);
});

test('two settings in a folder ask which', async () => {
  const both = join(folder, 'both');
  mkdirSync(both);
  writeFileSync(join(both, 'podium.yaml'), HEAD);
  writeFileSync(join(both, 'podium.config.ts'), 'export default {};');
  await expect(readSettings(both)).rejects.toThrow(/several settings files: podium.yaml, podium.config.ts/);
});

test.each([
  ['throws', 'throw new Error("no disk");', /could not be loaded: no disk/],
  ['does not parse', 'export default {', /could not be loaded/],
  ['exports nothing', 'export const a = 1;', /expected an object|competition/],
  ['exports a number', 'export default 7;', /expected an object.*got 7/],
  ['imports what is not there', 'import "./nowhere.ts"; export default {};', /could not be loaded.*nowhere/s],
])('podium.config.ts that %s', async (name, text, says) => {
  const file = join(folder, `${name.replaceAll(' ', '-')}.config.ts`);
  writeFileSync(file, text);
  const error = await readSettings(file, [], { trust: true }).catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(PodiumError);
  expect((error as Error).message).toMatch(says);
  expect((error as Error).message).toContain(file);
});
