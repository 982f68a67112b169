import {
  applyPatch,
  assignFolds,
  createLoader,
  inspectDataset,
  type Manifest,
  type ManifestRow,
  proposePatch,
  readDataset,
  withoutUnusedClasses,
} from '@podium/dataset';
import {
  createModel,
  extractFeatures,
  type FeatureMatrix,
  fetchWeights,
  type InputConfig,
  parseWeightsSource,
  pretrainedWeights,
} from '@podium/model-zoo';

/** How the photographs and their table are a data set: foods of one name, such as all sorts of rice, belong together. */
const LAYOUT = {
  id: 'Food Code; code',
  labels: [{ name: 'class', column: 'Food Group; grup' }],
  group: { column: 'Food Name; name', pattern: '^[^,-]*' },
};

export interface Food {
  readonly classes: readonly string[];
  /** With groups; duplicates and damaged images are gone. */
  readonly rows: readonly ManifestRow[];
  /** Of the rows, in their order, one a network. */
  readonly features: readonly FeatureMatrix[];
}

/** Reads the photographs, and what frozen networks make of them. */
export async function readFood(folder: string, models: readonly string[]): Promise<Food> {
  const description = await readDataset(folder, { layout: 'csv', settings: LAYOUT });
  const report = await inspectDataset(description);
  const whole: Manifest = { heads: description.heads, rows: description.train };
  const { heads, rows } = withoutUnusedClasses(applyPatch(whole, proposePatch(report)), whole);
  const features: FeatureMatrix[] = [];
  for (const model of models) features.push(await featuresOf(model, description.root, rows));
  return { classes: heads[0]?.classes ?? [], rows, features };
}

async function featuresOf(model: string, root: string, rows: readonly ManifestRow[]): Promise<FeatureMatrix> {
  const { path, input } = await weightsOf(model);
  const network = await createModel(model, { pretrained: { kind: 'file', path } });
  network.input = input;
  const {
    imageSize: [side],
    interpolation,
  } = input;
  const loader = createLoader({
    root,
    rows,
    batchSize: 32,
    imageSize: [side, side],
    seed: 0,
    transform: {
      module: import.meta.resolve('@podium/augment'),
      factory: 'pipelineFrom',
      argument: [{ resize: { size: side, interpolation } }],
    },
  });
  const batches = async function* () {
    for await (const { images, shape, ids } of loader) yield { images: images as Uint8Array, shape, ids };
  };
  const features = await extractFeatures(network, batches());
  network.dispose();
  return features;
}

/** Published weights, from the first of their places that answers. */
async function weightsOf(model: string): Promise<{ path: string; input: InputConfig }> {
  let problem: unknown;
  for (const { source, input } of pretrainedWeights(model)) {
    try {
      const limits = { attempts: 1, idleMs: 10_000, waitMs: 5000 };
      return { path: (await fetchWeights(parseWeightsSource(source), { limits })).path, input };
    } catch (error) {
      problem ??= error;
    }
  }
  throw problem;
}

/** Parts of about equal size by id, no group in two of them, classes in balance. */
export function dealOut(
  rows: readonly ManifestRow[],
  classes: readonly string[],
  parts: number,
  seed: string,
): ReadonlyMap<string, number> {
  const heads = [{ name: 'class', task: 'single-label' as const, classes }];
  return assignFolds({ heads, rows }, { folds: parts, seed }).of;
}
