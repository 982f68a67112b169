import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { defineGraph, fanOut, from, type Graph, instance, source } from '../src/index.ts';
import { blend, split, train, trouble } from './stages.ts';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podium-pipeline-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A competition of three rows. */
export function competition(folder: string): string {
  const data = join(folder, 'data');
  mkdirSync(join(data, 'images'), { recursive: true });
  writeFileSync(join(data, 'train.csv'), 'a,cat\nb,dog\nc,cat\n');
  for (const name of ['a', 'b', 'c']) writeFileSync(join(data, 'images', `${name}.jpg`), `picture ${name}`);
  return data;
}

export interface CompetitionOptions {
  readonly lr?: number;
  readonly seed?: number;
  readonly folds?: number;
  readonly stepMs?: number;
  readonly bytes?: number;
}

/** split -> train for each fold -> blend. */
export function competitionGraph(data: string, options: CompetitionOptions = {}): Graph {
  const { folds = 2, seed = 7, ...settings } = options;
  const trainings = fanOut({ fold: Array.from({ length: folds }, (_, fold) => fold) }, ({ fold }, label) =>
    instance(`train[${label}]`, train, {
      settings: { fold, ...settings },
      inputs: { folds: from('split', 'folds') },
    }),
  );
  return defineGraph({
    sources: { data: { kind: 'folder', type: 'competition', path: data } },
    seed,
    instances: [
      instance('split', split, { settings: { folds }, inputs: { data: source('data') } }),
      ...trainings,
      instance('blend', blend, {
        settings: {},
        inputs: { predictions: trainings.map(({ name }) => from(name, 'predictions')) },
      }),
    ],
  });
}

/** One instance of the stage that makes trouble. */
export function troubleGraph(how: string, marker = ''): Graph {
  return defineGraph({ instances: [instance('it', trouble, { settings: { how, marker }, inputs: {} })] });
}
