import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from './workspace.ts';

/*
 * CONTRIBUTING.md says: a new family, transform, metric, loss, form or stage is one file and one line in the `index.ts` next
 * to it; a new setting of training is one entry of the recipe. Here all of them are added to a copy of the packages, and a
 * competition is run with them.
 */
interface Addition {
  readonly what: string;
  readonly file: string;
  readonly source: string;
  /** Added to the `index.ts` next to it. */
  readonly line: string;
}

const ADDITIONS: readonly Addition[] = [
  {
    what: 'a family of models',
    file: 'packages/model-zoo/src/families/pooled-pixels.ts',
    line: "export { pooledPixels } from './pooled-pixels.ts';",
    source: `
import { Conv2d, SelectAdaptivePool2d } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { type AnyFamily, defineFamily } from '../family.ts';
import { type Classes, type Classifier, classesOf, ImageModel, makeClassifier, type ModelOptions } from '../image-model.ts';

class PooledPixels extends ImageModel {
  readonly numFeatures = 8;
  readonly featureInfo = [{ channels: 8, reduction: 4, module: 'conv' }];
  readonly depthGroups = { stem: /^conv\\./, blocks: /^block\\.(\\d+)\\./ };
  readonly classifierPath = 'fc';
  readonly firstConvPath = 'conv';
  conv: Conv2d;
  pool: SelectAdaptivePool2d = new SelectAdaptivePool2d('avg');
  fc: Classifier;
  constructor(options: ModelOptions) {
    super();
    this.conv = new Conv2d(options.inChannels, 8, 4, { stride: 4 });
    this.fc = makeClassifier(8, classesOf(options));
  }
  forwardFeatures(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv.call(x) as tf.Tensor4D;
  }
  forwardHead(x: tf.Tensor4D, { preLogits = false }: { readonly preLogits?: boolean } = {}): tf.Tensor {
    const pooled = this.pool.call(x);
    return preLogits ? pooled : this.fc.call(pooled);
  }
  resetClassifier(classes: Classes): void {
    this.fc.dispose();
    this.fc = makeClassifier(8, classes);
  }
}

export const pooledPixels: AnyFamily = defineFamily<object>({
  name: 'pooled-pixels',
  build: (_, options) => new PooledPixels(options),
  imageSize: () => 16,
  variants: { pooled_pixels: {} },
});`,
  },
  {
    what: 'a transform',
    file: 'packages/augment/src/transforms/negative.ts',
    line: "export { negative } from './negative.ts';",
    source: `
import { invertTable } from '../kernels/tables.ts';
import { defineTransform, type TransformEntry } from '../transform.ts';

export const negative: TransformEntry = defineTransform({
  name: 'negative',
  summary: 'Inverts all values.',
  settings: () => ({}),
  p: 0.5,
  create: () => {
    const table = invertTable();
    return (image) => image.map(table);
  },
});`,
  },
  {
    what: 'a metric',
    file: 'packages/metrics/src/metrics/error-rate.ts',
    line: "export * as errorRate from './error-rate.ts';",
    source: `
import { defineMetric, type Metric, meanOfRows } from '../metric.ts';

export const errorRate: Metric = defineMetric({
  name: 'error-rate',
  title: 'Error rate',
  meaning: 'The share of images whose class is predicted incorrectly; 0 is perfect.',
  direction: 'lower',
  range: [0, 1],
  needs: 'classes',
  tasks: ['single-label'],
  prepare: ({ truth, predicted }) => meanOfRows(truth.map((k, row) => (k === predicted[row] ? 0 : 1))),
});

export const entries: readonly Metric[] = [errorRate];`,
  },
  {
    what: 'a loss',
    file: 'packages/training/src/losses/kinds/absolute-error.ts',
    line: "export { absoluteError } from './absolute-error.ts';",
    source: `
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineLoss } from '../definition.ts';
import { meanOf } from '../mean.ts';

export const absoluteError = defineLoss({
  name: 'absolute-error',
  summary: 'Absolute difference of probabilities and targets.',
  targets: 'soft',
  settings: z.strictObject({}),
  create:
    () =>
    ({ logits, targets, weights }) =>
      meanOf(tf.mean(tf.abs(tf.sub(tf.softmax(logits), targets)), 1), weights),
});`,
  },
  {
    what: 'a submission form',
    file: 'packages/submission/src/forms/upper-case.ts',
    line: "export { upperCase } from './upper-case.ts';",
    source: `
import { z } from 'zod';
import { singleColumn } from '../columns/single-column.ts';
import { defineForm, type SubmissionForm } from './form.ts';

export const upperCase: SubmissionForm = defineForm({
  name: 'upper-case',
  summary: 'id and label: the class in capital letters',
  settings: z.strictObject({}),
  example: {
    sample: 'id,label\\n1.jpg,CAT\\n',
    heads: [{ name: 'label', task: 'single-label', classes: ['cat', 'dog'] }],
  },
  detect: () => undefined,
  bind: (settings, context) => {
    const [head] = context.heads;
    if (head === undefined) throw new Error('no head');
    const texts = head.classes.map((name) => name.toUpperCase());
    return {
      settings,
      heads: [head],
      columns: [{ name: singleColumn(context, 'upper-case'), type: { kind: 'label', labels: new Set(texts) } }],
      sums: [],
      writer: (predictions) => {
        const best = predictions.get(head.name)!.argmax();
        return (row) => [texts[best[row]!]!];
      },
    };
  },
});`,
  },
  {
    what: 'a stage',
    file: 'packages/competition/src/stages/count-rows.ts',
    line: "export { countRows } from './count-rows.ts';",
    source: `
import { readManifest } from '@podium/dataset';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { writeJson } from '../artifacts/json.ts';

export const countRows = defineStage({
  name: 'count-rows',
  version: '1',
  settings: z.strictObject({}),
  inputs: { rows: { kind: 'file', type: 'manifest' } },
  outputs: { count: { kind: 'file', type: 'row-count' } },
  run: async ({ inputs, outputs }) => writeJson(outputs.count, (await readManifest(inputs.rows)).rows.length),
});`,
  },
];

/** A setting of training: an entry of the recipe, and nothing else. */
const RECIPE = 'packages/competition/src/recipe/recipe.ts';
const SETTING = `
  labelNoise: field(
    z.number().min(0).max(0.5).meta({
      description: 'share of labels that are drawn at random',
      example: '0.1',
      default: '\`0\`',
    }),
    () => 0,
    ['train'],
  ),
`;

const PROGRAM = `
import { readFile } from 'node:fs/promises';
import { recipe, runCompetition, stages } from '@podium/competition';
import { writeLeaves } from '@podium/competition/testing';

const folder = process.argv[2];
await writeLeaves(folder);
const { record, paths, score } = await runCompetition(
  {
    competition: 'leaves',
    data: { folder: 'data' },
    metric: 'error-rate',
    folds: { count: 2 },
    report: false,
    submission: { form: 'upper-case', accept: ['one-class'] },
    train: { labelNoise: 0.25, loss: 'absolute-error', augment: ['negative'], epochs: 1 },
    models: [{ model: 'pooled_pixels', imageSize: 16, method: 'full' }],
  },
  { folder },
);
const trained = record.stages.instances.find(({ stage }) => stage === 'train-fold').settings;
console.log(JSON.stringify({
  metric: score.metric,
  csv: await readFile(paths.csv, 'utf8'),
  model: trained.model,
  labelNoise: trained.labelNoise,
  described: recipe.labelNoise.schema.meta().description,
  stage: stages.get('count-rows').name,
}));
`;

let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'podium-additions-'));
  const made = /(?:^|\/)(?:node_modules|dist|\.turbo)$/;
  for (const name of await readdir(join(root, 'packages'))) {
    const from = join(root, 'packages', name);
    const to = join(copy, 'packages', name);
    await cp(from, to, { recursive: true, filter: (path) => !made.test(path) });
    if (existsSync(join(from, 'node_modules')))
      await symlink(join(from, 'node_modules'), join(to, 'node_modules'));
  }
  await linkModules(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const file of ['package.json', 'tsconfig.base.json']) await cp(join(root, file), join(copy, file));
});
afterAll(() => rm(copy, { recursive: true, force: true }));

/** The same dependencies, but the copy's own packages. */
async function linkModules(from: string, to: string): Promise<void> {
  await mkdir(join(to, '@podium'), { recursive: true });
  for (const name of await readdir(from)) {
    if (name !== '@podium') await symlink(join(from, name), join(to, name));
  }
  for (const name of await readdir(join(copy, 'packages'))) {
    await symlink(join(copy, 'packages', name), join(to, '@podium', name));
  }
}

test('one file and one line add a family, a transform, a metric, a loss, a form, a stage; one entry a setting', async () => {
  for (const { file, source, line } of ADDITIONS) {
    await writeFile(join(copy, file), source);
    const barrel = join(copy, dirname(file), 'index.ts');
    await writeFile(barrel, `${await readFile(barrel, 'utf8')}${line}\n`);
  }
  const recipe = await readFile(join(copy, RECIPE), 'utf8');
  const [start, rest] = recipe.split(/^(?= {2}epochs: field\()/m) as [string, string];
  expect(rest).toBeDefined();
  await writeFile(join(copy, RECIPE), `${start}${SETTING.slice(1)}${rest}`);
  await writeFile(join(copy, 'program.ts'), PROGRAM);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@podium/source', '--import', 'tsx', 'program.ts', join(copy, 'leaves')],
    { cwd: copy },
  );
  const { csv, ...facts } = JSON.parse(stdout) as { readonly csv: string };
  expect(facts).toEqual({
    metric: 'error-rate',
    model: 'pooled_pixels',
    labelNoise: 0.25,
    described: 'share of labels that are drawn at random',
    stage: 'count-rows',
  });
  expect(csv).toMatch(/^id,label\n(?:\d+\.png,(?:OAK|ELM)\n){4}$/);
}, 300_000);
