import { basename, dirname, resolve } from 'node:path';
import { writeFileAtomic } from '@podium/core';
import { type PlannedInstance, plan, type RunReport } from '@podium/pipeline';
import { fingerprintOf, signFile } from '@podium/submission';
import { storedReport } from '../report/stored-report.ts';
import { readSettings, type SettingsFile, settingsFrom } from '../settings/read-settings.ts';
import type { SettingsInput } from '../settings/schema.ts';
import { withTrackers } from '../track/with-trackers.ts';
import { assertTrusted } from '../trust/assert-trusted.ts';
import { codeOfSettings, outsideOfSettings } from '../trust/code-of-settings.ts';
import { type PreparedCompetition, prepareCompetition } from './prepare.ts';
import { type Project, type ProjectOptions, runProject, WouldRun, withProject } from './project.ts';
import { ownSubmissions } from './project-folder.ts';
import { type PseudoResults, pseudoResults } from './pseudo-results.ts';
import { type PublishedRun, publish } from './publish.ts';

/** Where settings come from: a file or the folder of one, an object, or what {@link readSettings} gave. */
export type SettingsSource = string | SettingsInput | SettingsFile;

export interface RunCompetitionOptions extends ProjectOptions {
  /** For settings that are an object: what their paths are relative to. Default: the working directory. */
  readonly folder?: string;
  /** Where submissions go. Default: `submissions` beside the settings. */
  readonly submissions?: string;
  /** Settings that win over the others, as a command line has them: `train.epochs=5`. */
  readonly overrides?: readonly string[];
  /** Ends a race with what is stored, as after Ctrl-C: nothing more is tried or trained than the submission needs. */
  readonly finish?: boolean;
  /** What the run is called. Default: the preset and the beginning of its key. */
  readonly name?: string;
  /** A key of OpenSSH to sign the record and the report with: a private key, or the public one of a key that the agent holds. */
  readonly sign?: string | undefined;
  /** Clock in seconds since 1970, for the times in the records of trackers; nothing else depends on it. Default: always 0. */
  readonly now?: () => number;
}

export interface CompetitionResult extends PublishedRun {
  /** What was decided before training, and why. */
  readonly prepared: PreparedCompetition;
  /** What external images and pseudo labels were worth. */
  readonly pseudo: PseudoResults;
}

/**
 * Runs a competition: from its folder to a checked submission, a report, and a record to rebuild both from. Results are
 * cached by what they were made from, so a second run repeats nothing and writes the same bytes; a run that was stopped resumes.
 *
 * @example
 * const { paths, score } = await runCompetition(
 *   { competition: 'masks', data: { folder: 'data/masks' }, preset: 'fast' },
 *   { onEvent: (event) => console.log(event.type) },
 * );
 *
 * @returns `paths` is undefined where the linter found errors: nothing is handed out then
 * @throws PodiumError as reading settings and data, training and writing do; the signal's reason where stopped
 */
export async function runCompetition(
  settings: SettingsSource,
  options: RunCompetitionOptions = {},
): Promise<CompetitionResult> {
  const found = await settingsOf(settings, options);
  // Before hours of work.
  if (options.sign !== undefined) await fingerprintOf(options.sign);
  return await withTrackers(found, options, (shown) =>
    withProject(found, shown, async (project) => {
      const prepared = await prepareCompetition({ ...project, endsRace: options.finish === true });
      project.emit({ type: 'phase', phase: 'training' });
      // All instances, cached or not, so that the record is the same either way.
      const report = await runProject(project, prepared.graph);
      const published = await publish({
        settings: prepared.settings,
        folder: found.folder,
        graph: prepared.graph,
        report,
        decisions: prepared.config.decisions,
        omissions: prepared.omissions,
        race: prepared.race,
        submissions: resolve(options.submissions ?? (await ownSubmissions(found.folder))),
        fetchable: prepared.fetchable,
        name: options.name,
      });
      if (published.paths !== undefined) {
        const keys = report.instances.map(({ key }) => key);
        await project.store.pin(`${found.settings.competition}/${published.run}`, keys);
        if (found.settings.report) {
          project.emit({ type: 'phase', phase: 'reporting' });
          await writeReport(project, published, prepared, report);
        }
        await signRun(published.paths.record, options);
        if (found.settings.report) await signRun(published.paths.report, options);
      }
      return { ...published, prepared, pseudo: await pseudoResults(report) };
    }),
  );
}

/** What a run would do, as far as it is known before anything has run. */
export interface CompetitionPlan {
  readonly instances: readonly PlannedInstance[];
  /** False where the rest depends on what the planned instances find. */
  readonly complete: boolean;
}

/** Says what {@link runCompetition} would run, and why each result is not cached; runs nothing. */
export async function planCompetition(
  settings: SettingsSource,
  options: RunCompetitionOptions = {},
): Promise<CompetitionPlan> {
  return await withProject(await settingsOf(settings, options), options, async (project) => {
    const { store, engine, seen } = project;
    try {
      const { graph } = await prepareCompetition({ ...project, isDry: true });
      const { instances } = await plan(graph, store, { engine, seen, targets: ['score', 'submission'] });
      return { instances, complete: true };
    } catch (error) {
      if (error instanceof WouldRun) return { instances: error.planned, complete: false };
      throw error;
    }
  });
}

/**
 * Reads settings of any form, with overrides. What a program wrote itself may name code and addresses; those that a file names
 * have to be trusted.
 * @throws PodiumError `untrusted`
 */
export async function settingsOf(
  given: SettingsSource,
  options: Pick<RunCompetitionOptions, 'folder' | 'overrides' | 'trust'>,
): Promise<SettingsFile> {
  const found = await readAny(given, options);
  const { settings, folder, isTrusted = false } = found;
  const modules = codeOfSettings(settings, folder);
  if (!isTrusted)
    await assertTrusted({ folder, modules, outside: outsideOfSettings(settings, folder) }, options.trust);
  return found;
}

async function readAny(
  given: SettingsSource,
  {
    folder = process.cwd(),
    overrides = [],
    trust,
  }: Pick<RunCompetitionOptions, 'folder' | 'overrides' | 'trust'>,
): Promise<SettingsFile> {
  if (typeof given === 'string') return await readSettings(given, overrides, { trust });
  if (!('settings' in given)) return await settingsFrom(given, folder, overrides);
  if (overrides.length === 0) return given;
  const { file, isTrusted } = given;
  return { ...(await settingsFrom(given.settings, given.folder, overrides)), file, isTrusted };
}

/** Signs a file of a run, where that was asked for. */
export async function signRun(
  file: string,
  { sign, signal }: Pick<RunCompetitionOptions, 'sign' | 'signal'>,
): Promise<void> {
  if (sign !== undefined) await signFile(file, sign, { signal });
}

async function writeReport(
  project: Project,
  { paths, record }: PublishedRun,
  { graph }: PreparedCompetition,
  report: RunReport,
): Promise<void> {
  if (paths === undefined || record === undefined) return;
  const rebuild = `podium rebuild ${basename(paths.record)}`;
  const html = await storedReport(project, { graph, report, record, rebuild });
  await writeFileAtomic(paths.report, html, { root: dirname(paths.folder) });
}
