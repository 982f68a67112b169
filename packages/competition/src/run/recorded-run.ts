import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Decision, didYouMean, type Omission, PodiumError, readText } from '@podium/core';
import {
  decodeRunRecord,
  type OutputRef,
  type RecordedInstance,
  type RunRecord,
  type Store,
} from '@podium/pipeline';
import {
  decodeSubmissionRecord,
  isSafeName,
  type RecordedScore,
  type SubmissionRecord,
} from '@podium/submission';
import { z } from 'zod';
import { type RaceReport, raceReport } from '../race/race-report.ts';
import { type Settings, settingsSchema } from '../settings/schema.ts';
import { projectFolder, projectStore } from './project-folder.ts';

/** A run as its record has it: with a submission by `podium run`, without one by `podium train`. */
export interface RecordedRun {
  /** The record, absolute. */
  readonly file: string;
  /** Folder of the record; its paths are relative to it. */
  readonly base: string;
  /** Where its settings were: the nearest folder above with a store. */
  readonly folder: string;
  /** Its results, unless the user names another store. */
  readonly store: string;
  readonly competition: string;
  readonly run: string;
  readonly settings: Settings;
  readonly score: RecordedScore | null;
  readonly stages: RunRecord;
  /** What no setting said and the run chose, and what it left out. */
  readonly decisions: readonly Decision[];
  readonly omissions: readonly Omission[];
  /** What a race decided, where there was one. */
  readonly race?: RaceReport | undefined;
  /** Undefined for a run of `podium train`. */
  readonly submission?: SubmissionRecord;
}

/** What the record of a training holds beside its stages. */
const trainingResults = z.strictObject({
  competition: z.string().refine(isSafeName),
  run: z.string().refine(isSafeName),
  settings: z.json(),
  score: z.custom<RecordedScore>((value) => typeof value === 'object' && value !== null).nullable(),
  decisions: z.array(z.strictObject({ key: z.string(), value: z.string(), reason: z.string() })).default([]),
  omissions: z
    .array(
      z.strictObject({
        what: z.string(),
        count: z.number(),
        of: z.number(),
        reason: z.string(),
        examples: z.array(z.string()),
      }),
    )
    .default([]),
  race: raceReport.optional(),
});

const RECORD = /\.(run|train)\.json$/;

/**
 * Reads the record of a run.
 * @param given the record's file, the CSV beside it, or the run's name below `submissions`
 * @throws PodiumError `run-not-found`, suggesting the nearest name; `run-ambiguous`; as reading a record does
 */
export async function findRun(given: string, submissions: string): Promise<RecordedRun> {
  const file = resolve(await recordFile(given, submissions));
  const text = await readText(file, { root: dirname(file), name: given });
  const base = dirname(file);
  const folder = await projectFolder(base);
  if (!/"format":\s*"podium-run-1"/.test(text) || /"format":\s*"podium-submission-1"/.test(text)) {
    const submission = decodeSubmissionRecord(text, given);
    const { competition, run, score, stages } = submission;
    assertUsualStages({ file: given, stages });
    const settings = settingsOfRecord(submission.settings, given);
    return {
      file,
      base,
      folder,
      store: await projectStore(folder, { base, stages, settings }),
      competition,
      run,
      score,
      stages,
      decisions: submission.decisions,
      omissions: submission.omissions,
      race: raceReport.optional().catch(undefined).parse(submission.race),
      submission,
      settings,
    };
  }
  const stages = decodeRunRecord(text, given);
  const results = trainingResults.safeParse(stages.results);
  if (!results.success) {
    throw new PodiumError({
      code: 'record-invalid',
      path: { file: given, key: 'results' },
      expected: 'a record of "podium train", with competition, run, settings and score',
      fix: 'name the .run.json or .train.json in the folder of submissions',
    });
  }
  assertUsualStages({ file: given, stages });
  const settings = settingsOfRecord(results.data.settings, given);
  const store = await projectStore(folder, { base, stages, settings });
  return { ...results.data, file, base, folder, store, stages, settings };
}

/**
 * The settings in a record.
 * @throws PodiumError `record-settings`
 */
export function settingsOfRecord(value: unknown, file: string): Settings {
  const parsed = settingsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PodiumError({
    code: 'record-settings',
    path: { file, key: 'settings' },
    message: `this record is of another version of Podium: its settings are not valid here (${parsed.error.issues[0]?.message})`,
    fix: 'rebuild it with the version that its record names, or run it again',
  });
}

async function recordFile(given: string, submissions: string): Promise<string> {
  if (RECORD.test(given)) return given;
  if (given.endsWith('.csv')) {
    const record = given.replace(/\.csv$/, '.run.json');
    if ((await stat(record).catch(() => undefined)) !== undefined) return record;
    throw new PodiumError({
      code: 'run-not-found',
      path: { file: given },
      message: `there is no record beside this CSV: ${basename(record)}`,
      fix: 'name a CSV in the folder where a run wrote it',
    });
  }
  if (given.endsWith('.json')) return given;
  const runs = await listRuns(submissions);
  const found = runs.filter(({ run }) => run === given);
  if (found.length === 1) return found[0]!.file;
  const near = didYouMean(
    given,
    runs.map(({ run }) => run),
  );
  throw new PodiumError({
    code: found.length === 0 ? 'run-not-found' : 'run-ambiguous',
    path: { file: submissions },
    message:
      found.length === 0 ? 'there is no run of this name' : 'several competitions have a run of this name',
    expected: [...new Set(runs.map(({ run }) => run))].slice(0, 20),
    got: JSON.stringify(given),
    fix: `${near === undefined ? 'name' : `write ${near}, or name`} the .run.json of the run`,
  });
}

/** The records below a folder of submissions, by competition and name. */
async function listRuns(
  submissions: string,
): Promise<{ readonly competition: string; readonly run: string; readonly file: string }[]> {
  const found: { competition: string; run: string; file: string }[] = [];
  const folders = await readdir(submissions, { withFileTypes: true }).catch(() => []);
  for (const competition of folders
    .filter((item) => item.isDirectory())
    .map(({ name }) => name)
    .sort()) {
    const files = await readdir(join(submissions, competition)).catch(() => []);
    for (const file of files.filter((name) => RECORD.test(name)).sort())
      found.push({ competition, run: file.replace(RECORD, ''), file: join(submissions, competition, file) });
  }
  return found;
}

/** Instances that are read by their names, and their stages. */
const USUAL: ReadonlyMap<string, string> = new Map([
  ['data', 'read-data'],
  ['folds', 'make-folds'],
  ['score', 'score'],
  ['submission', 'write-submission'],
]);

/**
 * Refuses a record in which a usual name stands for something else: what is read by that name would not be there.
 * @throws PodiumError `record-instance`
 */
export function assertUsualStages({ file, stages }: Pick<RecordedRun, 'file' | 'stages'>): void {
  for (const { name, stage } of stages.instances) {
    const expected = USUAL.get(name);
    if (expected === undefined || expected === stage) continue;
    throw new PodiumError({
      code: 'record-instance',
      path: { file, key: name },
      expected: `the stage "${expected}"`,
      got: JSON.stringify(stage),
      fix: 'use the record as the run wrote it',
    });
  }
}

/** The instance of this name in a record. @throws PodiumError `record-instance` */
export function recordedInstance(
  { file, stages }: Pick<RecordedRun, 'file' | 'stages'>,
  name: string,
): RecordedInstance {
  const found = stages.instances.find((item) => item.name === name);
  if (found !== undefined) return found;
  throw new PodiumError({
    code: 'record-instance',
    path: { file },
    message: `the record has no stage "${name}"`,
  });
}

/**
 * One output of a recorded instance from the store.
 * @throws PodiumError as {@link storedOutputs}; `record-instance` if the record names an output that is not there
 */
export async function storedOutput(
  store: Store,
  run: Pick<RecordedRun, 'file' | 'stages'>,
  { from, output }: OutputRef,
): Promise<string> {
  const outputs = await storedOutputs(store, run, recordedInstance(run, from));
  if (Object.hasOwn(outputs, output)) return outputs[output]!;
  throw new PodiumError({
    code: 'record-instance',
    path: { file: run.file, key: from },
    expected: Object.keys(outputs),
    got: JSON.stringify(output),
    fix: 'use the record as the run wrote it',
  });
}

/**
 * The settings that a recorded instance gave to its stage.
 * @throws PodiumError `record-instance` where it is another stage, or these are none of its settings
 */
export function recordedSettings<T>(
  run: Pick<RecordedRun, 'file' | 'stages'>,
  name: string,
  { name: stage, settings }: { readonly name: string; readonly settings: z.ZodType<T> },
): T {
  const found = recordedInstance(run, name);
  const parsed = settings.safeParse(found.settings);
  if (found.stage === stage && parsed.success) return parsed.data;
  throw new PodiumError({
    code: 'record-instance',
    path: { file: run.file, key: name },
    expected: `the stage "${stage}", with its settings`,
    got: found.stage === stage ? 'other settings' : JSON.stringify(found.stage),
    fix: 'use the record as the run wrote it',
  });
}

/**
 * The outputs of a recorded instance from the store, every byte checked.
 * @throws PodiumError `store-entry-missing`, `store-entry-damaged`: "podium rebuild --stored" recomputes it
 */
export async function storedOutputs(
  store: Store,
  { file }: Pick<RecordedRun, 'file'>,
  { name, key }: Pick<RecordedInstance, 'name' | 'key'>,
): Promise<Readonly<Record<string, string>>> {
  const found = await store.find(key, 'full');
  if (found.status === 'found') return found.entry.outputs;
  throw new PodiumError({
    code: `store-entry-${found.status === 'damaged' ? 'damaged' : 'missing'}`,
    path: { file: store.folder },
    message:
      found.status === 'damaged'
        ? `the result of ${name} is damaged (${found.damage[0]})`
        : `the result of ${name} is no longer in the store`,
    fix: `recompute it: podium rebuild ${file} --stored`,
  });
}
