import { type Decide, PodiumError } from '@podium/core';
import type { Precision } from '@podium/engine';
import { presets } from '../presets/index.ts';
import { modelName } from '../recipe/resolve-config.ts';
import type { DatasetSummary } from '../run/dataset-summary.ts';
import type { Project } from '../run/project.ts';
import type { Settings } from '../settings/schema.ts';
import { raceCandidates } from './race-candidates.ts';
import { recipes } from './recipes/index.ts';
import { type RaceOptions, type RaceResult, runRace } from './run-race.ts';

/** Whether recipes race: unless the settings rule it out, or say how to train and ask for no race. */
export function races({ timeLimit, recipes: named, models, train }: Settings): boolean {
  if (timeLimit === 'none') return false;
  return (
    timeLimit !== undefined || named !== undefined || (models === undefined && train.method === undefined)
  );
}

/** Of which one judges, and those that the time allows are trained. */
const FOLDS = 5;

/** How many folds a race has: a network that is trained on one of them sees most of the images. */
export function raceFolds(settings: Settings, dataset: DatasetSummary, decide: Decide): number {
  if (settings.folds.count !== undefined) return settings.folds.count;
  const folds = Math.max(2, Math.min(FOLDS, dataset.groups));
  decide('folds.count', folds, folds < FOLDS ? `there are only ${dataset.groups} groups` : 'of a race');
  return folds;
}

/** Every model by every recipe that the settings leave open, against the clock. */
export async function raceModels(
  project: Project,
  graph: RaceOptions['graph'],
  given: Omit<RaceOptions, 'project' | 'graph' | 'candidates' | 'models' | 'limitSeconds' | 'resolve'> & {
    /** Whether mirrored images keep their classes. */
    readonly mirrors: boolean;
    /** Whether images keep their classes without colors. */
    readonly colors: boolean;
    readonly precision: Precision;
    readonly candidates: Parameters<typeof raceCandidates>[0];
    readonly resolve: (
      candidates: Parameters<RaceOptions['resolve']>[0],
      checksUse: boolean,
    ) => ReturnType<RaceOptions['resolve']>;
  },
): Promise<RaceResult> {
  const { settings } = project.found;
  const { dataset, resolve } = given;
  const limit = settings.timeLimit ?? presets.get(settings.preset).timeLimit;
  const limitSeconds = secondsOf(limit);
  const named = settings.recipes;
  const candidates = raceCandidates(
    given.candidates,
    [...recipes].filter(({ name }) => named?.includes(name) ?? true),
    {
      dataset,
      isMultiLabel: dataset.heads.some(
        ({ name, task }) => given.heads.includes(name) && task === 'multi-label',
      ),
      mirrors: settings.train.flip ?? given.mirrors,
      colors: settings.train.colors ?? given.colors,
      seconds: limitSeconds,
    },
    {
      train: settings.train,
      precision: given.precision,
      addsFresh: settings.models === undefined || named !== undefined,
    },
  );
  if (candidates.length === 0) {
    const models = given.candidates.map((candidate) => modelName(candidate.settings));
    throw new PodiumError({
      code: 'recipes-unfit',
      path: { key: 'recipes' },
      message: `no recipe fits ${models.join(', ')} and the settings of training`,
      got: (named ?? recipes.names()).join(', '),
      fix: 'name other recipes, or set timeLimit: none to train as the settings say',
    });
  }
  // Settings without effect are rejected before the first trial; what wins may leave some of them unused.
  const { models } = resolve(candidates, true);
  return await runRace({
    ...given,
    project,
    graph,
    candidates,
    models,
    limitSeconds,
    resolve: (some) => resolve(some, false),
  });
}

function secondsOf(text: string): number {
  const [, number, unit] = /^([\d.]+)\s*(s|min|h)$/.exec(text)!;
  return Number(number) * { s: 1, min: 60, h: 3600 }[unit as 's' | 'min' | 'h'];
}
