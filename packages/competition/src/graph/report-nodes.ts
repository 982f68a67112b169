import { instance, type OutputRef } from '@podium/pipeline';
import type { ResolvedModel } from '../recipe/resolve-config.ts';
import { explain } from '../stages/explain.ts';
import { mapFeatures } from '../stages/map-features.ts';
import type { ModelNodes, TrainedPart } from './model-nodes.ts';

/** Features that the report's map is made from. */
export interface MappedFeatures {
  readonly features: OutputRef;
  /** They are of a sample of about this many rows. */
  readonly sampled: number | undefined;
}

/** What the report shows beside scores: where the first model looked, and a map of features. */
export function addReportNodes(
  nodes: ModelNodes,
  model: ResolvedModel,
  [first]: readonly TrainedPart[],
  measured: MappedFeatures | undefined,
): void {
  if (first === undefined) return;
  const { builder, data, folds, heads } = nodes;
  const isProbe = model.method === 'probe';
  const { weights, modelCode } = builder.modelInputs(model);
  const trained = first.handle.output('weights');
  const train = data.output('train');
  builder.add(
    instance('explain', explain, {
      settings: {
        ...builder.modelSettings(model),
        ...builder.computing,
        fold: first.fold,
        heads: [...heads],
      },
      inputs: {
        data: builder.competition,
        train,
        folds,
        oof: first.handle.output('oof'),
        modelCode,
        weights: isProbe ? weights : trained,
        probe: isProbe ? trained : undefined,
      },
    }),
  );
  const shown = isProbe ? { features: nodes.features(model), sampled: undefined } : measured;
  if (shown === undefined) return;
  builder.add(
    instance('map', mapFeatures, {
      settings: { sampled: shown.sampled },
      inputs: { train, features: shown.features },
    }),
  );
}
