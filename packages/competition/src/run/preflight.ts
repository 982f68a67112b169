import { type Decision, didYouMean, type Omission, PodiumError } from '@podium/core';
import { settingsProblems } from '@podium/core/settings';
import { type Head, readManifest, samplers } from '@podium/dataset';
import { metrics } from '@podium/metrics';
import { semiSupervisedMethods } from '@podium/semi-supervised';
import { type BoundForm, readSample, type SampleSubmission } from '@podium/submission';
import { fitsTask, losses, schedules } from '@podium/training';
import { z } from 'zod';
import { bindSubmission, defaultMetric, metricFor } from '../heads/submission-form.ts';
import { nameAndOptions } from '../recipe/shared-schemas.ts';
import { assertUsed } from '../recipe/unused-settings.ts';
import type { ModelSettings, Settings } from '../settings/schema.ts';
import type { DatasetSummary } from './dataset-summary.ts';

const MAX_EXAMPLES = 5;

interface Checked {
  readonly settings: Settings;
  readonly dataset: DatasetSummary;
  /** Heads that models are trained for. */
  readonly heads: readonly string[];
}

/** What predictions are scored by, and how they become a submission. */
export interface Scoring {
  readonly metric: string;
  /** Undefined if scores are of predictions as they are: no form fits, and nothing is to be submitted. */
  readonly form: BoundForm | undefined;
  /** What the settings left open: the form, its settings, the metric. */
  readonly decisions: readonly Decision[];
  readonly omissions: readonly Omission[];
}

/** Checks the names of heads in the settings. @throws PodiumError `head-unknown`, `head-combine` */
export function checkHeads({ settings, dataset }: Omit<Checked, 'heads'>): void {
  const { combine, weights = {}, sameInGroup } = settings.heads;
  const names = dataset.heads.map(({ name }) => name);
  for (const [i, name] of sameInGroup.entries())
    assertHead(names, name, `heads.sameInGroup[${i}]`, (known) => `heads.sameInGroup: [${known}]`);
  for (const name of Object.keys(weights))
    assertHead(names, name, 'heads.weights', (known) => `heads.weights: { ${known}: 1 }`);
  if (combine !== undefined) checkCombine(dataset.heads, combine);
}

/**
 * Checks that settings and data agree before the first training: metric and loss with what is predicted.
 * @throws PodiumError naming the key of the settings
 */
export function checkTrainable({ settings, dataset, heads }: Checked, { metric: name, form }: Scoring): void {
  const { tasks, name: metric } = metrics.get(name);
  for (const { name: head, task } of form?.targets ?? finalHeads(settings, dataset.heads, heads)) {
    if (tasks.includes(task)) continue;
    throw new PodiumError({
      code: 'metric-task',
      path: { key: 'metric' },
      message: `"${metric}" cannot score the head "${head}"`,
      expected: metrics
        .list()
        .filter((own) => own.tasks.includes(task))
        .map((own) => own.name),
      got: JSON.stringify(metric),
      fix:
        task === 'regression'
          ? 'set metric: rmse (or another one for numbers)'
          : task === 'multi-label'
            ? 'set metric: f1-samples (or another one for several labels per image)'
            : 'set metric: accuracy (or another one for one class per image)',
    });
  }
  const trained = dataset.heads.filter(({ name: own }) => heads.includes(own));
  const places: [ModelSettings | Settings['train'], string][] = [
    [settings.train, 'train'],
    ...(settings.models ?? []).flatMap((model, i): [ModelSettings, string][] =>
      typeof model === 'string' ? [] : [[model, `models[${i}]`]],
    ),
  ];
  for (const [own, key] of places) {
    checkLoss({ ...settings.train, ...own }, key, trained);
    checkSampler(own, key, trained);
    checkReaction(own, key, settings);
  }
  checkUse(settings, trained);
  checkNumbers(settings, trained);
}

/** Settings that need classes. @throws PodiumError `setting-needs-classes` naming the key */
function checkNumbers({ heads, pseudo, ensemble }: Settings, trained: readonly Head[]): void {
  const numbers = trained.find(({ task }) => task === 'regression');
  if (numbers === undefined) return;
  const refuse = (key: string, got: unknown, expected: string, fix: string): never => {
    throw new PodiumError({
      code: 'setting-needs-classes',
      path: { key },
      message: `the head "${numbers.name}" predicts numbers, and this setting is for classes`,
      expected,
      got: JSON.stringify(got),
      fix,
    });
  };
  if (pseudo !== undefined) {
    const fix = 'leave it out, or name the heads of classes in heads.train';
    refuse('pseudo', pseudo.method, 'no pseudo labels', fix);
  }
  if (heads.combine?.from.includes(numbers.name) === true)
    refuse('heads.combine', numbers.name, 'heads of classes', 'take it out');
  if (heads.sameInGroup.includes(numbers.name))
    refuse('heads.sameInGroup', numbers.name, 'heads of classes', 'take it out');
  const blends = ['mean', 'weighted-mean'];
  const only = trained.every(({ task }) => task === 'regression');
  if (ensemble.method !== undefined && only && !blends.includes(ensemble.method))
    refuse('ensemble.method', ensemble.method, blends.join('|'), 'set ensemble.method: mean');
}

/**
 * Decides how predictions are written and scored: the form by the sample submission, the metric by the settings, or else by
 * the form.
 * @param options.data absolute: the competition folder
 * @param options.test the manifest of test rows
 * @param options.submits whether a submission is to be written; if not, a sample that no form fits is no error
 * @throws PodiumError `submission-no-test`, `submission-ids`, and what reading the sample and binding its form throws
 */
export async function chooseScoring(
  { settings, dataset, heads }: Checked,
  { data, test, submits }: { readonly data: string; readonly test: string; readonly submits: boolean },
): Promise<Scoring> {
  if (submits) await assertTestImages(dataset, data);
  const known = (await readManifest(test)).rows.map(({ id }) => id);
  const { form: name, options, unpredicted } = settings.submission;
  try {
    const { sample, form } = await bindSubmission({
      data,
      format: dataset.format,
      heads: finalHeads(settings, dataset.heads, heads),
      ids: known,
      given: { ...options, ...(name !== undefined && { form: name }) },
      metric: settings.metric,
      separator: separatorOf(settings, dataset),
    });
    const omissions = submits
      ? unpredictedRows(sample, new Set(known), unpredicted, dataset.format.unpredicted)
      : [];
    const chosen = settings.metric === undefined ? metricFor(form) : undefined;
    return {
      metric: settings.metric ?? chosen!.metric,
      form,
      decisions: [
        ...form.decisions,
        ...(dataset.format.submission !== null ? [styleDecision(sample)] : []),
        ...(chosen === undefined ? [] : [{ key: 'metric', value: chosen.metric, reason: chosen.reason }]),
      ],
      omissions,
    };
  } catch (error) {
    if (submits || !(error instanceof PodiumError)) throw error;
    const reason = `scores are of predictions as they are, since no form fits the sample: ${error.problem.message ?? error.message}`;
    const metric =
      settings.metric ?? defaultMetric(finalHeads(settings, dataset.heads, heads).map(({ task }) => task));
    return {
      metric,
      form: undefined,
      decisions: [
        { key: 'submission.form', value: 'none', reason },
        ...(settings.metric === undefined ? [{ key: 'metric', value: metric, reason: 'the default' }] : []),
      ],
      omissions: [],
    };
  }
}

async function assertTestImages({ format, testRows }: DatasetSummary, data: string): Promise<void> {
  if (testRows > 0) return;
  const { submission } = format;
  const [row] = submission === null ? [] : (await readSample(data, submission)).rows;
  if (submission !== null && row !== undefined) {
    throw new PodiumError({
      code: 'submission-ids',
      path: { file: submission.path, line: row.line, column: submission.idColumn },
      message: 'no id of the sample submission has a test image',
      expected: 'the id of a test image',
      got: JSON.stringify(row.id),
      fix: 'add the test images, or name the sample submission that belongs to them (data.options)',
    });
  }
  throw new PodiumError({
    code: 'submission-no-test',
    path: { file: data },
    message: 'this competition folder has no test images, so there is nothing to submit',
    fix: 'add the test images and the sample submission, or run "podium train" for the cross-validation alone',
  });
}

/**
 * The rows of the sample that have no image to predict.
 * @throws PodiumError `submission-ids` unless the settings say that they keep the sample's cells
 */
function unpredictedRows(
  sample: SampleSubmission,
  known: ReadonlySet<string>,
  unpredicted: Settings['submission']['unpredicted'],
  settled: readonly string[],
): Omission[] {
  const missing = sample.rows.filter(({ id }) => !known.has(id));
  const [first] = missing;
  if (first === undefined) return [];
  const { file } = sample;
  // Rows that a patch drops, or whose check is accepted.
  const isSettled = new Set(settled);
  if (unpredicted === 'sample' || missing.every(({ id }) => isSettled.has(id))) {
    return [
      {
        what: 'rows of the submission',
        count: missing.length,
        of: sample.rows.length,
        reason: 'they have no test image that can be read: they keep the cells of the sample',
        examples: missing
          .slice(0, MAX_EXAMPLES)
          .map(({ id, line }) => `${file}:${line} ${JSON.stringify(id)}`),
      },
    ];
  }
  throw new PodiumError({
    code: 'submission-ids',
    path: { file, line: first.line, column: sample.idColumn },
    message: `${missing.length} of ${sample.ids.length} ids of the sample submission have no test image that can be read`,
    expected: 'the id of a test image',
    got: JSON.stringify(first.id),
    fix: 'add the images, or set submission.unpredicted: sample to keep what the sample has for them',
  });
}

/** That the file looks like the sample. */
function styleDecision({ file, idColumn, style }: SampleSubmission): Decision {
  const { delimiter, newline, encoding, byteOrderMark, header, quoted } = style;
  const parts = [
    `ids in "${idColumn}"`,
    `cells separated by ${delimiter === '\t' ? 'tabs' : JSON.stringify(delimiter)}`,
    `lines ending in ${newline === '\n' ? 'LF' : 'CRLF'}`,
    `${encoding}${byteOrderMark ? ' with a byte order mark' : ''}`,
    ...(header === undefined ? ['no header'] : []),
    ...(quoted.some(Boolean) ? ['quoted cells'] : []),
  ];
  return { key: 'submission', value: parts.join(', '), reason: `as in ${file}, with its rows in its order` };
}

/** What separates labels in the training table: a setting of the layout, or what the layout found out. */
function separatorOf({ data }: Settings, { format }: DatasetSummary): string | undefined {
  const given = JSON.stringify(data.options?.labels ?? null);
  const found = format.decisions.find(({ key }) => key === 'data.options.labels')?.value ?? '';
  const [, text] = /"?separator"?: ?("(?:[^"\\]|\\.)*"|[^\s,}]+)/.exec(`${given} ${found}`) ?? [];
  if (text === undefined) return undefined;
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}

/** The heads that are submitted: a combined head replaces its parts. */
function finalHeads(
  { heads: { combine } }: Settings,
  all: readonly Head[],
  trained: readonly string[],
): Head[] {
  const wanted = combine === undefined ? trained : [combine.into];
  return all.filter(({ name }) => wanted.includes(name));
}

function checkCombine(
  all: readonly Head[],
  { into, from }: { readonly into: string; readonly from: readonly string[] },
): void {
  const names = all.map(({ name }) => name);
  assertHead(names, into, 'heads.combine.into', (known) => `heads.combine.into: ${known}`);
  for (const [i, name] of from.entries())
    assertHead(names, name, `heads.combine.from[${i}]`, (known) => {
      return `heads.combine.from: [${from.map((part, p) => (p === i ? known : JSON.stringify(part))).join(', ')}]`;
    });
  const classes = (name: string) => all.find((head) => head.name === name)!.classes.length;
  const counts = from.map(classes);
  if (counts.reduce((product, count) => product * count, 1) === classes(into)) return;
  throw new PodiumError({
    code: 'head-combine',
    path: { key: 'heads.combine' },
    message: `the classes of "${into}" are not the combinations of those of ${from.join(', ')}`,
    expected: `${classes(into)} combinations`,
    got: counts.join(' x '),
    fix: 'name its parts in the order in which the last one varies fastest; every class must occur in training',
  });
}

/** Settings without effect, as far as they are known before anything is measured. */
function checkUse({ train, models = [{ model: '' }] }: Settings, heads: readonly Head[]): void {
  const tasks = heads.map(({ task }) => task);
  assertUsed(
    train,
    models.map((given, i) => {
      const own: ModelSettings = typeof given === 'string' ? { model: given } : given;
      const { method, loss, augment, model } = { ...train, ...own };
      const use = { method, loss, augment, tasks, isUserModel: typeof model !== 'string' };
      return { name: String(i), own, path: `models[${i}]`, use };
    }),
  );
}

/** A sampler by classes needs a head with one class per image, and its name where there are several. */
function checkSampler(
  { sampler }: Pick<ModelSettings, 'sampler'>,
  key: string,
  heads: readonly Head[],
): void {
  if (sampler === undefined) return;
  const { name, options } = nameAndOptions(sampler);
  if (!('head' in samplers.get(name).settings.shape)) return;
  const single = heads.filter(({ task }) => task === 'single-label').map((head) => head.name);
  const [only] = heads;
  const given = options.head ?? (heads.length === 1 ? only!.name : undefined);
  if (single.includes(given as string)) return;
  throw new PodiumError({
    code: 'sampler-head',
    path: { key: `${key}.sampler` },
    message: `"${name}" is for a head with one class per image`,
    expected: single.length === 0 ? 'such a head' : single,
    got: given === undefined ? 'no head' : JSON.stringify(given),
    fix:
      single.length === 0
        ? 'leave it out'
        : `write sampler: { name: ${name}, head: ${JSON.stringify(single[0])} }`,
  });
}

/** A schedule that reacts to the held-out fold needs one that is looked at while the network trains. */
function checkReaction(
  { schedule }: Pick<ModelSettings, 'schedule'>,
  key: string,
  { pseudo }: Settings,
): void {
  if (schedule === undefined || pseudo === undefined || !semiSupervisedMethods.has(pseudo.method)) return;
  const { name } = nameAndOptions(schedule);
  if (name !== 'plateau') return;
  throw new PodiumError({
    code: 'setting-unused',
    path: { key: `${key}.schedule` },
    message: `${pseudo.method} looks at no held-out images while it trains, so "plateau" would never react`,
    expected: schedules.names().filter((other) => other !== name),
    got: JSON.stringify(name),
    fix: 'set schedule: cosine',
  });
}

function checkLoss(
  { loss, method, labelSmoothing }: Pick<ModelSettings, 'loss' | 'method' | 'labelSmoothing'>,
  key: string,
  heads: readonly Head[],
): void {
  const named = loss === undefined ? undefined : nameAndOptions(loss);
  const multi = heads.find(({ task }) => task === 'multi-label');
  const isOfClasses = named !== undefined && losses.get(named.name).targets !== 'numbers';
  if (isOfClasses && multi !== undefined && losses.get(named.name).targets !== 'multi-label') {
    throw new PodiumError({
      code: 'loss-task',
      path: { key: `${key}.loss` },
      message: `"${named.name}" is for one class per image, and the head "${multi.name}" has several`,
      expected: losses
        .list()
        .filter(({ targets }) => targets === 'multi-label')
        .map((definition) => definition.name),
      got: JSON.stringify(named.name),
      fix: `set ${key}.loss: binary-cross-entropy, the default for several labels, or leave it out`,
    });
  }
  const fits = heads.some(
    ({ task }) => named === undefined || fitsTask(task, losses.get(named.name).targets),
  );
  if (named !== undefined && !fits && heads.length > 0) {
    const isNumbers = heads.some(({ task }) => task === 'regression');
    throw new PodiumError({
      code: 'loss-task',
      path: { key: `${key}.loss` },
      message: `"${named.name}" is for ${isNumbers ? 'classes, and the heads predict numbers' : 'numbers, and the heads predict classes'}`,
      expected: losses
        .list()
        .filter(({ targets }) => heads.some(({ task }) => fitsTask(task, targets)))
        .map((definition) => definition.name),
      got: JSON.stringify(named.name),
      fix: `set ${key}.loss: ${isNumbers ? 'huber' : 'cross-entropy'}, or leave it out`,
    });
  }
  for (const head of named === undefined ? [] : heads) {
    const weights = named!.options.positiveWeights;
    if (!Array.isArray(weights) || weights.length === head.classes.length) continue;
    throw new PodiumError({
      code: 'loss-weights',
      path: { key: `${key}.loss.positiveWeights` },
      message: `weights of the classes of "${head.name}": ${head.classes.slice(0, 20).join(', ')}`,
      expected: `${head.classes.length} numbers, one per class`,
      got: String(weights.length),
      fix: 'write one number per class, in the order of the classes; 1 changes nothing',
    });
  }
  if (named !== undefined && labelSmoothing !== undefined) {
    const { shape } = losses.get(named.name).settings;
    const [problem] =
      'labelSmoothing' in shape
        ? settingsProblems(
            z.object({ labelSmoothing: shape.labelSmoothing! }),
            { labelSmoothing },
            {
              prefix: key,
              owner: `loss "${named.name}"`,
            },
          )
        : [];
    if (problem !== undefined) throw new PodiumError(problem);
  }
  if (multi === undefined) return;
  if (method === 'probe') {
    throw new PodiumError({
      code: 'probe-multi-label',
      path: { key: `${key}.method` },
      message: `a probe is for one class per image, and the head "${multi.name}" has several`,
      expected: ['transfer', 'full'],
      got: '"probe"',
      fix: `set ${key}.method: full (or transfer, for a network with pretrained weights)`,
    });
  }
}

/**
 * Checks that there are rows to train on, and enough groups for the folds of the settings.
 * @throws PodiumError `data-none-left`, `data-too-little`, `folds-too-many`, `folds-unknown`
 */
export function checkFolds(
  { folds: { count, only = [] } }: Pick<Settings, 'folds'>,
  { groups, rows, findings }: Pick<DatasetSummary, 'groups' | 'rows' | 'findings'>,
): void {
  if (rows === 0) {
    const [worst] = findings.findings;
    throw new PodiumError({
      code: 'data-none-left',
      message: `no training row can be used${worst === undefined ? '' : `: ${worst.message}`}`,
      fix: worst?.fix ?? 'check the table of labels and the images with "podium inspect"',
    });
  }
  if (groups < 2) {
    throw new PodiumError({
      code: 'data-too-little',
      message: `cross-validation holds out whole groups, and ${rows === 1 ? 'the only training row is' : `the ${rows} training rows are`} in one`,
      expected: 'at least two groups (or rows without group)',
      got: String(groups),
      fix: 'check which column is the group (data.options), or add training images',
    });
  }
  if (count !== undefined && count > groups) {
    throw new PodiumError({
      code: 'folds-too-many',
      path: { key: 'folds.count' },
      message: 'every fold needs at least one group',
      expected: `at most ${groups}`,
      got: String(count),
      fix: `set folds.count: ${groups}, or leave it out`,
    });
  }
  const last = Math.min(groups, count ?? Number.POSITIVE_INFINITY);
  const none = only.find((fold) => fold >= last);
  if (none === undefined) return;
  throw new PodiumError({
    code: 'folds-unknown',
    path: { key: 'folds.only' },
    expected: `folds from 0 to ${last - 1}`,
    got: String(none),
    fix: 'set folds.only: [0] (folds are counted from 0)',
  });
}

/** @param setting the setting with a head that exists, as YAML */
export function assertHead(
  names: readonly string[],
  name: string,
  key: string,
  setting: (known: string) => string,
): void {
  if (names.includes(name)) return;
  const known = didYouMean(name, names) ?? names[0];
  throw new PodiumError({
    code: 'head-unknown',
    path: { key },
    expected: names,
    got: JSON.stringify(name),
    fix:
      known === undefined
        ? 'the data has no heads: check its table of labels'
        : `set ${setting(JSON.stringify(known))}, or another head of the data`,
  });
}
