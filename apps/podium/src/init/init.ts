import { access, readdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { presets, type SettingsInput, settingsSchema } from '@podium/competition';
import { PodiumError, writeFileAtomic } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import {
  type DatasetDescription,
  inspectDataset,
  layouts,
  readDataset,
  recognizeLayout,
} from '@podium/dataset';
import { metrics } from '@podium/metrics';
import { detectForm, forms, readSample } from '@podium/submission';
import type { CommandContext } from '../commands/context.ts';
import { describeRecognition } from '../terminal/data-report.ts';
import { progressReporter } from '../terminal/progress.ts';
import type { Questions } from './questions.ts';
import { settingsText } from './settings-text.ts';

export interface InitOptions {
  readonly out: string;
  readonly force: boolean;
  /** Whether every image is looked at. */
  readonly inspect: boolean;
}

/** What was written, and why its values are what they are. */
export interface Initialized {
  readonly file: string;
  readonly settings: SettingsInput;
  readonly notes: Readonly<Record<string, string>>;
}

/**
 * Looks at a competition folder, asks what cannot be seen, and writes settings with every key explained.
 * @throws PodiumError `init-exists`, `init-no-data`, `init-inside-data`, and what reading a competition folder throws
 */
export async function init(
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
  given: string | undefined,
  questions: Questions,
  { out, force, inspect }: InitOptions,
): Promise<Initialized> {
  const file = resolve(out);
  await refuseExisting(file, out, force);
  const data = resolve(given ?? (await findData(dirname(file))));
  refuseInside(file, data);
  const notes: Record<string, string> = {};
  const layout = await chooseLayout(data, questions, notes);
  const description = await readDataset(data, { layout, signal });
  for (const line of describeRecognition(description)) terminal.say(line);
  const options = await chooseOptions(description, questions, notes);
  const faces = threeHeads(description, notes);
  const accept = inspect ? await chooseAccepted(description, { terminal, signal }, questions) : [];
  const form = await chooseForm(description, questions, notes);
  const metric = await chooseMetric(description, form, questions);
  const preset = await questions.choose(
    'How much may be computed?',
    [...presets].map(({ name, summary }) => ({ value: name, label: `${name}: ${summary}` })),
    'good',
  );
  const competition = await questions.text('What is the competition called?', nameOf(data), (answer) =>
    settingsSchema.shape.competition.safeParse(answer).success
      ? undefined
      : 'letters, digits, spaces, ".", "_" and "-", beginning with a letter or digit',
  );
  const path = relative(dirname(file), data).split(sep).join('/');
  const settings: SettingsInput = {
    competition,
    data: {
      folder: isAbsolute(path) || path === '' ? data : path,
      layout,
      ...(faces !== undefined ? { options: { heads: 'both' } } : options !== undefined && { options }),
      ...(accept.length > 0 && { accept }),
    },
    heads: faces,
    metric,
    preset: preset as 'good',
    ...(form !== undefined && { submission: { form } }),
  };
  // What is written has to be right, whoever answered.
  parseSettings(settingsSchema, settings, { file });
  await writeFileAtomic(file, settingsText(settings, notes));
  return { file, settings, notes };
}

async function refuseExisting(file: string, given: string, force: boolean): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere || force) return;
  throw new PodiumError({
    code: 'init-exists',
    path: { file: given },
    message: 'there are settings already',
    fix: 'name another file with --out, or overwrite them with --force',
  });
}

/** `data`, what alone lies in it, or the only folder here that looks like a competition. */
async function findData(folder: string): Promise<string> {
  const below = async (place: string) =>
    (await readdir(place, { withFileTypes: true }).catch(() => []))
      .filter((item) => item.isDirectory() && !item.name.startsWith('.') && !SKIPPED.has(item.name))
      .map(({ name }) => resolve(place, name))
      .sort();
  const looksRight = async (place: string) =>
    await recognizeLayout(place).then(
      ({ layout }) => layout !== undefined,
      () => false,
    );
  // An archive that brought a folder of its own.
  const [only, ...others] = await below(resolve(folder, 'data'));
  const isNested = only !== undefined && others.length === 0 && !(await hasFiles(dirname(only)));
  for (const candidates of [[isNested ? only : resolve(folder, 'data')], await below(folder)]) {
    const found: string[] = [];
    for (const candidate of candidates) if (await looksRight(candidate)) found.push(candidate);
    if (found.length === 1) return found[0]!;
    if (found.length > 1) {
      throw new PodiumError({
        code: 'init-no-data',
        path: { file: folder },
        message: 'there are several competition folders here',
        expected: found.map((each) => relative(folder, each)),
        fix: 'name one: podium init FOLDER',
      });
    }
  }
  throw new PodiumError({
    code: 'init-no-data',
    path: { file: folder },
    message: 'no folder here looks like a competition: images, and a table or folders that label them',
    fix: 'unpack the competition into a folder of its own, such as data, and name it: podium init data',
  });
}

async function hasFiles(folder: string): Promise<boolean> {
  return (await readdir(folder, { withFileTypes: true })).some((item) => item.isFile());
}

const SKIPPED = new Set(['node_modules', 'submissions']);

/** Results would become part of the data, which would change with every run. */
function refuseInside(file: string, data: string): void {
  if (dirname(file) !== data && !dirname(file).startsWith(`${data}${sep}`)) return;
  throw new PodiumError({
    code: 'init-inside-data',
    path: { file },
    message: 'settings inside of the competition folder would put results among the data',
    fix: `write them beside it: --out ${relative(process.cwd(), resolve(data, '..', 'podium.yaml')) || '../podium.yaml'}`,
  });
}

async function chooseLayout(
  data: string,
  questions: Questions,
  notes: Record<string, string>,
): Promise<string> {
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
  const possible = candidates.filter(({ confidence }) => confidence > 0);
  const best = possible[0];
  if (layout !== undefined) {
    notes['data.layout'] = `Seen: ${best?.evidence.join('; ')}.`;
    return layout;
  }
  if (best === undefined) {
    throw new PodiumError({
      code: 'layout-unrecognized',
      path: { file: data },
      message: 'this does not look like a competition folder',
      expected: layouts.names(),
      got: 'nothing that any of them knows',
      fix: 'it needs images, and a table with a row an image or a folder a class',
    });
  }
  return await questions.choose(
    'How is the folder laid out?',
    possible.map(({ layout: name, evidence }) => ({
      value: name,
      label: `${name} (${evidence.join('; ')})`,
    })),
    best.layout,
  );
}

/** The column that ties rows together, where it is not sure. */
async function chooseOptions(
  { possibleGroups = [] }: DatasetDescription,
  questions: Questions,
  notes: Record<string, string>,
): Promise<{ group: string } | undefined> {
  if (possibleGroups.length === 0) return undefined;
  const answers = possibleGroups.map(({ column, groups, rows }) => ({
    value: column,
    label: `${column}: ${groups} different values in ${rows} rows`,
  }));
  const none = { value: '', label: 'nothing: every row stands for itself' };
  const group = await questions.choose(
    'Which column says what belongs together (a person, a scene), and must not be torn apart by folds?',
    [none, ...answers],
    '',
  );
  if (group === '') return undefined;
  notes['data.options'] = 'The group stays in one fold.';
  return { group };
}

/**
 * The mask competition's classes are products of three things that a net learns better one by one; a product can be made
 * of them where every class occurs.
 */
function threeHeads(
  { layout, heads, train }: DatasetDescription,
  notes: Record<string, string>,
): SettingsInput['heads'] {
  if (layout !== 'person-folders') return undefined;
  const [joint] = heads;
  const there = new Set(train.map(({ labels }) => labels[joint?.name ?? '']));
  if (joint === undefined || !joint.classes.every((name) => there.has(name))) return undefined;
  notes['heads.combine'] = 'Mask, gender and age are learnt one by one, and multiplied.';
  return { combine: { into: joint.name, from: ['mask', 'gender', 'age'] }, sameInGroup: ['gender', 'age'] };
}

/** Leaks that neither a patch takes out nor a run goes on with. */
async function chooseAccepted(
  description: DatasetDescription,
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
  questions: Questions,
): Promise<string[]> {
  const { failures } = await inspectDataset(description, {
    onProgress: progressReporter(terminal, 'images'),
    signal,
  });
  const accepted: string[] = [];
  const left = failures.filter(({ suggestedPatch = [] }) => suggestedPatch.length === 0);
  for (const check of new Set(left.map((finding) => finding.check))) {
    const found = left.find((finding) => finding.check === check);
    const answer = await questions.choose(
      `A leak, ${check}: ${found?.message}. Go on with it?`,
      [
        { value: 'no', label: 'no: a run will stop and say so' },
        { value: 'yes', label: 'yes: the score may be too good' },
      ],
      'no',
    );
    if (answer === 'yes') accepted.push(check);
  }
  return accepted;
}

/** The form's name where the sample leaves it open; undefined where a run will see it by itself. */
async function chooseForm(
  { root, submission, heads }: DatasetDescription,
  questions: Questions,
  notes: Record<string, string>,
): Promise<string | undefined> {
  if (submission === undefined) return undefined;
  const sample = await readSample(root, submission);
  try {
    const { form, evidence } = detectForm(sample, heads);
    notes['submission.form'] = `Seen in ${submission.path}: ${form} (${evidence.join('; ')}).`;
    return undefined;
  } catch (error) {
    if (!(error instanceof PodiumError) || !/^submission-form/.test(error.code)) throw error;
    const named = error.problem.expected;
    const known = Array.isArray(named) && named.every((name) => forms.has(name)) ? named : forms.names();
    return await questions.choose(
      'What does the sample submission want?',
      known.map((name: string) => ({ value: name, label: `${name}: ${forms.get(name).summary}` })),
      known[0] as string,
    );
  }
}

async function chooseMetric(
  { heads }: DatasetDescription,
  form: string | undefined,
  questions: Questions,
): Promise<string> {
  const task = heads.some((head) => head.task === 'multi-label') ? 'multi-label' : 'single-label';
  const fitting = metrics.list().filter(({ tasks }) => tasks.includes(task));
  const wanted = task === 'multi-label' ? 'f1-samples' : form === 'probability' ? 'roc-auc' : 'f1-macro';
  const names = fitting.map(({ name }) => name);
  const otherwise = names.includes(wanted) ? wanted : names.includes('f1-macro') ? 'f1-macro' : names[0]!;
  return await questions.choose(
    'What does the competition score by?',
    names.map((name) => ({ value: name, label: name })),
    otherwise,
  );
}

/** Of the folder; one that is called data says nothing. */
function nameOf(data: string): string {
  const own = /^(data|dataset|input|train)$/i.test(basename(data)) ? basename(dirname(data)) : basename(data);
  const clean = own
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N} ._-]/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '');
  return clean === '' ? 'competition' : clean;
}
