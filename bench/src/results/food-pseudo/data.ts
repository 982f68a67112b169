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

/** How to read the photographs and their table. Foods with the same name, such as all kinds of rice, form a group. */
const LAYOUT = {
  id: 'Food Code; code',
  labels: [{ name: 'class', column: 'Food Group; grup' }],
  group: { column: 'Food Name; name', pattern: '^[^,-]*' },
};

export interface Food {
  readonly classes: readonly string[];
  /** With groups, without duplicates and damaged images. */
  readonly rows: readonly ManifestRow[];
  /** One matrix per network, with the same rows. */
  readonly features: readonly FeatureMatrix[];
}

/** Reads the photographs and extracts features with frozen networks. */
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

/** Published weights, from the first source that responds. */
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

/** Splits rows by id into parts of about equal size, with balanced classes and no group in two parts. */
export function splitGroups(
  rows: readonly ManifestRow[],
  classes: readonly string[],
  parts: number,
  seed: string,
): ReadonlyMap<string, number> {
  const heads = [{ name: 'class', task: 'single-label' as const, classes }];
  return assignFolds({ heads, rows }, { folds: parts, seed }).of;
}
