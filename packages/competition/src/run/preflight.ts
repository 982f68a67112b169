import { didYouMean, PodiumError } from '@podium/core';
import { type Head, readManifest } from '@podium/dataset';
import { metrics } from '@podium/metrics';
import type { FormSettings } from '@podium/submission';
import { bindForm, readSample } from '@podium/submission';
import { losses } from '@podium/training';
import { nameAndOptions } from '../recipe/shared-schemas.ts';
import type { ModelSettings, Settings } from '../settings/schema.ts';
import type { DatasetSummary } from './dataset-summary.ts';

interface Checked {
  readonly settings: Settings;
  readonly dataset: DatasetSummary;
  /** Heads that models are trained for. */
  readonly heads: readonly string[];
  /** Absolute: the competition folder. */
  readonly data: string;
  /** The manifest of test rows. */
  readonly test: string;
}

/**
 * Checks that settings and data agree before the first training: metric and loss with what is predicted, heads by name,
 * folds with groups.
 * @throws PodiumError naming the key of the settings
 */
export function checkTrainable({ settings, dataset, heads }: Omit<Checked, 'data' | 'test'>): void {
  const { combine, weights = {}, sameInGroup } = settings.heads;
  const names = dataset.heads.map(({ name }) => name);
  for (const [i, name] of sameInGroup.entries()) assertHead(names, name, `heads.sameInGroup[${i}]`);
  for (const name of Object.keys(weights)) assertHead(names, name, 'heads.weights');
  if (combine !== undefined) checkCombine(dataset.heads, combine);
  const { tasks, name: metric } = metrics.get(settings.metric);
  const final = finalHeads(settings, dataset.heads, heads);
  for (const { name, task } of final) {
    if (tasks.includes(task)) continue;
    throw new PodiumError({
      code: 'metric-task',
      path: { key: 'metric' },
      message: `"${metric}" cannot score the head "${name}"`,
      expected: metrics
        .list()
        .filter((own) => own.tasks.includes(task))
        .map((own) => own.name),
      got: JSON.stringify(metric),
      fix: `choose a metric for ${task === 'multi-label' ? 'several labels per image' : 'one class per image'}`,
    });
  }
  const trained = dataset.heads.filter(({ name }) => heads.includes(name));
  checkLoss(settings.train, 'train', trained);
  for (const [i, model] of (settings.models ?? []).entries())
    if (typeof model !== 'string') checkLoss({ ...settings.train, ...model }, `models[${i}]`, trained);
  checkFolds(settings, dataset);
}

/**
 * Checks what a submission needs before the first training: test images, a sample submission of a known form, and an image
 * for each of its ids.
 * @throws PodiumError `submission-no-test`, `submission-ids`, and what reading the sample and binding its form throws
 */
export async function checkSubmittable({ settings, dataset, heads, data, test }: Checked): Promise<void> {
  if (dataset.testRows === 0) {
    const { submission } = dataset.format;
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
  const { submission } = dataset.format;
  if (submission === null) return;
  const sample = await readSample(data, submission);
  const { form, options, unpredicted } = settings.submission;
  const isOpen = form === undefined && Object.keys(options).length === 0;
  const given = isOpen ? undefined : ({ ...options, form: form ?? 'label' } as FormSettings);
  const { needs } = metrics.get(settings.metric);
  bindForm(given, sample, finalHeads(settings, dataset.heads, heads), { needs });
  if (unpredicted === 'sample') return;
  const known = new Set((await readManifest(test)).rows.map(({ id }) => id));
  const missing = sample.rows.filter(({ id }) => !known.has(id));
  const [first] = missing;
  if (first === undefined) return;
  throw new PodiumError({
    code: 'submission-ids',
    path: { file: submission.path, line: first.line, column: submission.idColumn },
    message: `${missing.length} of ${sample.ids.length} ids of the sample submission have no test image`,
    expected: 'the id of a test image',
    got: JSON.stringify(first.id),
    fix: 'add the images, or set submission.unpredicted: sample to keep what the sample has for them',
  });
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
  assertHead(names, into, 'heads.combine.into');
  for (const [i, name] of from.entries()) assertHead(names, name, `heads.combine.from[${i}]`);
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

function checkLoss(
  { loss, method }: Pick<ModelSettings, 'loss' | 'method'>,
  key: string,
  heads: readonly Head[],
): void {
  const multi = heads.find(({ task }) => task === 'multi-label');
  if (multi === undefined) return;
  const name = loss === undefined ? undefined : nameAndOptions(loss).name;
  if (name !== undefined && losses.get(name).targets === 'class') {
    throw new PodiumError({
      code: 'loss-task',
      path: { key: `${key}.loss` },
      message: `"${name}" is for one class per image, and the head "${multi.name}" has several`,
      expected: losses
        .list()
        .filter(({ targets }) => targets !== 'class')
        .map((definition) => definition.name),
      got: JSON.stringify(name),
      fix: 'leave it out: binary cross-entropy is the default for several labels',
    });
  }
  if (method === 'probe') {
    throw new PodiumError({
      code: 'probe-multi-label',
      path: { key: `${key}.method` },
      message: `a probe is for one class per image, and the head "${multi.name}" has several`,
      expected: ['transfer', 'full'],
      got: '"probe"',
    });
  }
}

function checkFolds(
  { folds: { count, only = [] } }: Settings,
  { groups, rows, findings }: DatasetSummary,
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
      fix: 'use a smaller number, or leave it out',
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
  });
}

function assertHead(names: readonly string[], name: string, key: string): void {
  if (names.includes(name)) return;
  const near = didYouMean(name, names);
  throw new PodiumError({
    code: 'head-unknown',
    path: { key },
    expected: names,
    got: JSON.stringify(name),
    fix: near === undefined ? 'choose one of the heads of the data' : `write ${near}`,
  });
}
