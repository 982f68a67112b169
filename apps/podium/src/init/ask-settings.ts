import { stat } from 'node:fs/promises';
import { basename, dirname, relative, sep } from 'node:path';
import { metricFor, presets, settingsPlaces, settingsSchema } from '@podium/competition';
import { PodiumError } from '@podium/core';
import { type DatasetDescription, layouts, type Report, recognizeLayout } from '@podium/dataset';
import { metrics } from '@podium/metrics';
import { type BoundForm, bindForm, forms, readSample } from '@podium/submission';
import { fileExists } from '../file-exists.ts';
import type { Questions } from './questions.ts';

/** Why settings have their values, by dotted path; each question adds its own. */
type Notes = Record<string, string>;

/**
 * The layout of the folder; asked if several are possible.
 * @throws PodiumError `init-no-data`, `layout-unrecognized`
 */
export async function askLayout(data: string, questions: Questions, notes: Notes): Promise<string> {
  if (!(await stat(data).catch(() => undefined))?.isDirectory()) {
    throw new PodiumError({
      code: 'init-no-data',
      path: { file: data },
      expected: 'the competition folder',
      got: 'no folder',
      fix: 'name the folder with the images and the table',
    });
  }
  const { layout, candidates } = await recognizeLayout(data);
  const problem = candidates.find((candidate) => candidate.problem !== undefined)?.problem;
  if (problem !== undefined && layout === undefined) throw problem;
  const possible = candidates.filter(({ confidence }) => confidence > 0);
  const best = possible[0];
  if (layout !== undefined) {
    notes['data.layout'] = `Detected: ${best?.evidence.join('; ')}.`;
    return layout;
  }
  if (best === undefined) {
    throw new PodiumError({
      code: 'layout-unrecognized',
      path: { file: data },
      message: 'this does not look like a competition folder',
      expected: layouts.names(),
      got: 'an unknown layout',
      fix: 'it needs images, and a table with one row per image or one folder per class',
    });
  }
  return await questions.choose(
    'Which layout does the folder have?',
    possible.map(({ layout: name, evidence }) => ({
      value: name,
      label: `${name} (${evidence.join('; ')})`,
    })),
    best.layout,
  );
}

/** The column that groups rows, false for none; asked if a table has candidates, undefined if it has none. */
export async function askGroup(
  { possibleGroups = [], decisions = [] }: DatasetDescription,
  questions: Questions,
  notes: Notes,
): Promise<string | false | undefined> {
  if (possibleGroups.length === 0) return undefined;
  const columns = possibleGroups.map(({ column, groups, rows }) => ({
    value: column,
    label: `${column}: ${groups} different values in ${rows} rows`,
  }));
  const none = { value: '', label: 'none: all rows are independent' };
  const chosen = possibleGroups.find(({ isChosen }) => isChosen)?.column ?? '';
  const group = await questions.choose(
    'Which column groups images that belong together, such as those of one person or scene? Folds never split a group.',
    [...columns, none],
    chosen,
  );
  const answer =
    group === '' ? 'No column groups rows' : `"${group}" groups rows, and a group stays in one fold`;
  const reasons = decisions.flatMap(({ key, reason }) => (key === 'data.options.group' ? [reason] : []));
  notes['data.options'] = group === chosen ? `${answer}: ${reasons.join('; ')}.` : `${answer}.`;
  return group === '' ? false : group;
}

/** Checks whose leaks are accepted; asks about leaks that no patch resolves. */
export async function askAcceptedLeaks({ failures }: Report, questions: Questions): Promise<string[]> {
  const unresolved = failures.filter(({ suggestedPatch = [] }) => suggestedPatch.length === 0);
  const accepted: string[] = [];
  for (const check of new Set(unresolved.map((finding) => finding.check))) {
    const finding = unresolved.find((item) => item.check === check);
    const answer = await questions.choose(
      `Leak (${check}): ${finding?.message}. Accept it?`,
      [
        { value: 'no', label: 'no: a run stops and reports it' },
        { value: 'yes', label: 'yes: the score may be too high' },
      ],
      'no',
    );
    if (answer === 'yes') accepted.push(check);
  }
  return accepted;
}

/** How a submission is written, as far as settings have to say it. */
export interface AskedForm {
  /** Undefined if a run detects it. */
  readonly form?: string;
  /** Undefined without a sample, or if the form needs more settings. */
  readonly bound?: BoundForm;
  /** What a run would stop at. */
  readonly problem?: PodiumError;
}

/** The submission form; asked if the sample submission is ambiguous. */
export async function askForm(
  { root, submission, heads }: DatasetDescription,
  questions: Questions,
  notes: Notes,
): Promise<AskedForm> {
  if (submission === undefined) return {};
  const sample = await readSample(root, submission);
  const bind = (form: string | undefined): AskedForm => {
    try {
      return {
        bound: bindForm(form === undefined ? {} : { form }, sample, heads),
        ...(form !== undefined && { form }),
      };
    } catch (error) {
      if (!(error instanceof PodiumError)) throw error;
      return { problem: error, ...(form !== undefined && { form }) };
    }
  };
  const asked = bind(undefined);
  const { bound, problem } = asked;
  if (bound !== undefined)
    notes['submission.form'] = `Detected in ${submission.path}: ${bound.settings.form}.`;
  const { expected } = problem?.problem ?? {};
  if (!Array.isArray(expected) || !expected.every((name) => forms.has(name))) return asked;
  return bind(
    await questions.choose(
      'Which form does the sample submission have?',
      expected.map((name: string) => ({ value: name, label: `${name}: ${forms.get(name).summary}` })),
      expected[0] as string,
    ),
  );
}

export async function askMetric(
  { heads }: DatasetDescription,
  { bound }: AskedForm,
  questions: Questions,
): Promise<string> {
  const tasks = new Set(heads.map((head) => head.task));
  const task =
    bound?.information === 'numbers' || (tasks.size === 1 && tasks.has('regression'))
      ? 'regression'
      : tasks.has('multi-label')
        ? 'multi-label'
        : 'single-label';
  const fallback = { 'multi-label': 'f1-samples', 'single-label': 'f1-macro', regression: 'rmse' }[task];
  const names = metrics
    .list()
    .filter(({ tasks }) => tasks.includes(task))
    .map(({ name }) => name);
  const usual = bound === undefined ? undefined : metricFor(bound).metric;
  return await questions.choose(
    'Which metric does the competition use?',
    names.map((name) => ({ value: name, label: name })),
    [usual, fallback].find((name) => names.includes(name!)) ?? names[0]!,
  );
}

export async function askPreset(questions: Questions): Promise<string> {
  return await questions.choose(
    'Which preset?',
    [...presets].map(({ name, summary }) => ({ value: name, label: `${name}: ${summary}` })),
    'good',
  );
}

/** A name for a competition: that of its folder, or of the one above if it is generic. */
function nameOf(data: string): string {
  const isGeneric = /^(data|dataset|input|train)$/i.test(basename(data));
  const name = basename(isGeneric ? dirname(data) : data)
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N} ._-]/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '');
  return name === '' ? 'competition' : name;
}

export async function askName(data: string, questions: Questions): Promise<string> {
  return await questions.text('What is the name of the competition?', nameOf(data), (answer) =>
    settingsSchema.shape.competition.safeParse(answer).success
      ? undefined
      : 'letters, digits, spaces, ".", "_" and "-", starting with a letter or digit',
  );
}

/** The settings file; asked, so that another competition can have a folder of its own. */
export async function askPlace(data: string, questions: Questions): Promise<string> {
  const folder = process.cwd();
  const { usual, own } = await settingsPlaces(folder, data, nameOf(data));
  const shown = (file: string) => relative(folder, file).split(sep).join('/');
  const choices = [
    { value: usual, label: `${shown(usual)}: beside its submissions` },
    { value: own, label: `${shown(own)}: in a folder of its own` },
  ];
  // The results of two competitions never mix.
  const isOnly = usual === own || (await fileExists(usual));
  return await questions.choose(
    'Where do the settings and results go?',
    isOnly ? choices.slice(0, 1) : choices,
    usual,
  );
}
