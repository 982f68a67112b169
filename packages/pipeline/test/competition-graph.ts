import { defineGraph, fanOut, type Graph, instance, source } from '../src/index.ts';
import { blend, split, train, trouble } from './stages.ts';

export interface CompetitionOptions {
  readonly lr?: number;
  readonly seed?: number;
  readonly folds?: number;
  readonly steps?: number;
  readonly stepMs?: number;
  readonly bytes?: number;
}

/** split -> train per fold -> blend. */
export function competitionGraph(data: string, options: CompetitionOptions = {}): Graph {
  const { folds = 2, seed = 7, ...settings } = options;
  const splitting = instance('split', split, { settings: { folds }, inputs: { data: source('data') } });
  const trainings = fanOut({ fold: Array.from({ length: folds }, (_, fold) => fold) }, ({ fold }, label) =>
    instance(`train[${label}]`, train, {
      settings: { fold, ...settings },
      inputs: { folds: splitting.output('folds') },
    }),
  );
  return defineGraph({
    sources: { data: { kind: 'folder', type: 'competition', path: data } },
    seed,
    instances: [
      splitting,
      ...trainings,
      instance('blend', blend, {
        settings: {},
        inputs: { predictions: trainings.map((training) => training.output('predictions')) },
      }),
    ],
  });
}

/** One instance of the `trouble` stage. */
export function troubleGraph(how: string, marker = ''): Graph {
  return defineGraph({ instances: [instance('it', trouble, { settings: { how, marker }, inputs: {} })] });
}
