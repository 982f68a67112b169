import type { PredictionTask } from '@podium/core';
import type { Head } from '@podium/dataset';
import { metrics } from '@podium/metrics';
import {
  type BoundForm,
  bindForm,
  type DetectOptions,
  type FormSettings,
  type FormSettingsInput,
  readSample,
  type SampleSubmission,
} from '@podium/submission';
import Papa from 'papaparse';
import { z } from 'zod';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';
import type { DataFormat } from '../artifacts/json.ts';

/** A sample submission, and the form in which predictions become rows like its own. */
export interface BoundSubmission {
  readonly sample: SampleSubmission;
  readonly form: BoundForm;
}

/** For classes, and where no submission says what is scored. */
export const DEFAULT_METRIC = 'f1-macro';
/** For numbers. */
const DEFAULT_NUMBER_METRIC = 'rmse';

/** The metric of heads that predict this, where nothing else says one. */
export function defaultMetric(tasks: readonly PredictionTask[]): string {
  return tasks.length > 0 && tasks.every((task) => task === 'regression')
    ? DEFAULT_NUMBER_METRIC
    : DEFAULT_METRIC;
}

/** What a metric needs to be computed from. */
export function needsOf(metric: string): Pick<DetectOptions, 'needs' | 'ranks'> {
  const [, ranks] = /^(?:top|map)-(\d+)$/.exec(metric) ?? [];
  return ranks === undefined
    ? { needs: metrics.get(metric).needs }
    : { needs: 'ranking', ranks: Number(ranks) };
}

/** A metric for what a form writes, where the settings name none; with the reason. */
export function metricFor({ information, columns }: BoundForm): {
  readonly metric: string;
  readonly reason: string;
} {
  if (information === 'numbers') {
    return {
      metric: DEFAULT_NUMBER_METRIC,
      reason: 'the submission has numbers, and settings name no metric; other usual ones are mae and r2',
    };
  }
  if (information === 'probabilities') {
    return {
      metric: 'log-loss',
      reason:
        'the submission has probabilities, and settings name no metric; another usual one is roc-auc-macro',
    };
  }
  const [type] = columns.map((column) => column.type);
  const labels = type?.kind === 'labels' ? type.maxLabels : 1;
  if (information === 'ranking' && labels >= 3) {
    return {
      metric: labels >= 5 ? 'top-5' : 'top-3',
      reason: `the submission has ${labels} labels per row, and settings name no metric`,
    };
  }
  return { metric: DEFAULT_METRIC, reason: 'the submission has classes, and settings name no metric' };
}

/**
 * Binds the form of a submission to the sample of the competition; without a sample, to a table of Podium's own.
 * @param options.given settings of the form; what they leave open is detected
 * @param options.metric decides between classes and probabilities; undefined if the settings name none
 * @param options.separator of labels in the training table, if known
 * @param options.ids of the test images, for a competition without a sample
 * @throws PodiumError what reading the sample and binding a form throw
 */
export async function bindSubmission(options: {
  readonly data: string;
  readonly format: DataFormat;
  readonly heads: readonly Head[];
  readonly ids: readonly string[];
  readonly given: FormSettingsInput;
  readonly metric: string | undefined;
  readonly separator?: string | undefined;
}): Promise<BoundSubmission> {
  const { data, format, heads, ids, given, metric, separator } = options;
  const needs = metric === undefined ? {} : needsOf(metric);
  if (format.submission === null) return bindOwn(ids, heads, given, needs);
  const sample = await readSample(data, format.submission);
  return { sample, form: bindForm(given, sample, heads, { ...needs, separator }) };
}

/** Complete settings of a form, as stages get them. */
export const formSettings: z.ZodType<FormSettings> = z.looseObject({ form: z.string() });

/** The form of these settings, which leave nothing open, as a stage binds it. */
export async function readForm(options: {
  readonly data: string;
  readonly format: DataFormat;
  readonly heads: readonly Head[];
  readonly settings: FormSettings;
}): Promise<BoundForm> {
  const { settings, ...rest } = options;
  return (await bindSubmission({ ...rest, ids: [], given: settings, metric: undefined })).form;
}

/** Heads as they are predicted: a combined one is there, those that it was combined from are not. */
export function predictedHeads(heads: readonly Head[], predictions: HeadPredictions): Head[] {
  return heads.flatMap((head) => {
    const own = predictions.get(head.name);
    return own === undefined ? [] : [{ ...head, classes: own.classes }];
  });
}

/** Separators of labels, the usual one first. */
const SEPARATORS = [' ', ';', '|', ','];

/** The first that no class has in its name; undefined if there is none. */
export function separatorFor(classes: readonly string[]): string | undefined {
  return SEPARATORS.find((text) => classes.every((name) => !name.includes(text)));
}

/** For a competition without a sample: the id, and one column per head, or per class for probabilities. */
function bindOwn(
  ids: readonly string[],
  heads: readonly Head[],
  given: FormSettingsInput,
  needs: Pick<DetectOptions, 'needs' | 'ranks'>,
): BoundSubmission {
  const isChosen = given.form !== undefined;
  const own = isChosen ? { form: given.form } : usualForm(heads, needs.needs);
  const seen = heads.filter(({ task }) => (task === 'regression') === (own.form === 'numbers'));
  const { columns, filler, settings } = tableOf(own.form, seen);
  const sample = sampleOf(ids, columns, filler);
  const form = bindForm({ ...settings, ...own, ...given }, sample, heads, needs);
  const reason = 'the competition has no sample submission';
  const decisions = isChosen ? [] : [{ key: 'submission.form', value: own.form, reason }];
  return { sample, form: { ...form, decisions: [...decisions, ...form.decisions] } };
}

/** A form for what the metric needs. */
function usualForm(all: readonly Head[], needs: DetectOptions['needs']): FormSettings {
  const heads = all.filter(({ task }) => task !== 'regression');
  if (needs === 'numbers' || heads.length === 0) return { form: 'numbers' };
  const [head] = heads;
  const isSingle = heads.every(({ task }) => task === 'single-label');
  const wantsClasses = needs === undefined || needs === 'classes';
  if (!wantsClasses) return { form: 'class-columns', values: 'probabilities' };
  if (isSingle) return { form: heads.length === 1 ? 'label' : 'head-columns' };
  const separator = head && separatorFor(head.classes);
  return heads.length === 1 && separator !== undefined
    ? { form: 'multi-label', list: 'plain', separator }
    : { form: 'class-columns', values: 'zero-one' };
}

/** The columns of a table of this form, besides the id, with settings that say what they are for. */
function tableOf(
  form: string,
  heads: readonly Head[],
): {
  readonly columns: readonly string[];
  /** The cells of each row. */
  readonly filler: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
} {
  const columnOf = (name: string) => (name === 'id' ? 'label' : name);
  const [head] = heads;
  if (form === 'numbers') {
    const names = heads.flatMap(({ classes }) => classes);
    const columns = names.map((name, i) => {
      const isTaken = name === 'id' || names.indexOf(name) !== i;
      return isTaken ? `number_${i + 1}` : name;
    });
    const chosen = Object.fromEntries(columns.map((column, c) => [column, names[c]]));
    return { columns, filler: columns.map(() => '0'), settings: { columns: chosen } };
  }
  if (form === 'class-columns') {
    const cells = heads.flatMap(({ name, classes }) =>
      classes.map((label) => ({ head: name, class: label })),
    );
    const isPlain = heads.length === 1 && !cells.some((cell) => cell.class === 'id');
    const columns = cells.map((cell) => (isPlain ? cell.class : `${cell.head}_${cell.class}`));
    const chosen = Object.fromEntries(columns.map((column, c) => [column, cells[c]]));
    return { columns, filler: columns.map(() => '0'), settings: { columns: chosen } };
  }
  if (form === 'head-columns') {
    const columns = heads.map(({ name }) => columnOf(name));
    const chosen = Object.fromEntries(columns.map((column, h) => [column, heads[h]!.name]));
    return { columns, filler: heads.map(({ classes }) => classes[0]!), settings: { columns: chosen } };
  }
  const column = heads.length === 1 && head !== undefined ? columnOf(head.name) : 'label';
  const filler = form === 'combined-heads' ? '0' : form === 'probability' ? '0.5' : head?.classes[0];
  return {
    columns: [column],
    filler: [filler ?? ''],
    settings: heads.length === 1 && form !== 'combined-heads' ? { head: head?.name } : {},
  };
}

function sampleOf(
  ids: readonly string[],
  valueColumns: readonly string[],
  filler: readonly string[],
): SampleSubmission {
  const columns = ['id', ...valueColumns];
  return {
    file: '(no sample submission)',
    columns,
    idColumn: 'id',
    valueColumns,
    ids,
    rows: ids.map((id, i) => ({ id, cells: [id, ...filler], line: i + 2 })),
    style: {
      delimiter: ',',
      newline: '\n',
      byteOrderMark: false,
      encoding: 'utf-8',
      header: Papa.unparse([columns]),
      quoted: columns.map(() => false),
    },
    reading: { delimiter: ',', header: true },
  };
}
