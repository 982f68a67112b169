import { pipelineFrom } from '@podium/augment';
import { canonicalText, type Image, type ImageTransform, Rng } from '@podium/core';
import { decodeImage, type ManifestRow } from '@podium/dataset';
import type { Graph, RunReport } from '@podium/pipeline';
import { type Augmentation, imageDataUri } from '@podium/report';
import sharp from 'sharp';
import { trainFold } from '../stages/train-fold.ts';
import { trainSemi } from '../stages/train-semi.ts';
import { userTransform } from '../user-code/user-transform.ts';

/** Different trainings, images of each, and versions of each image that are shown. */
const MAX_PIPELINES = 3;
const IMAGES = 4;
const VERSIONS = 5;
/** Longest edge in pixels; twice the size at which they are shown. */
const EDGE = 224;

/** What training sees: images beside augmented versions, and the images by key. */
export interface TrainingImages {
  readonly augmentation: readonly Augmentation[];
  readonly images: ReadonlyMap<string, string>;
  readonly bytes: number;
}

/** One way in which trainings change images. */
interface Pipeline {
  readonly models: Set<string>;
  readonly steps: Augmentation['steps'];
  readonly batch: readonly string[];
  readonly run: (image: Image, rng: Rng) => Image;
}

/**
 * Draws what the trainings of a run see.
 * @param rows training rows; the first one of each label is shown
 * @param labelOf what rows are told apart by
 */
export async function trainingImages(
  graph: Graph,
  report: RunReport,
  rows: readonly ManifestRow[],
  labelOf: (row: ManifestRow) => string,
): Promise<TrainingImages> {
  const pipelines = pipelinesOf(graph, report).slice(0, MAX_PIPELINES);
  const images = new Map<string, string>();
  let bytes = 0;
  const add = async (key: string, image: Image): Promise<string> => {
    const encoded = await encode(image);
    bytes += encoded.length;
    images.set(key, imageDataUri(encoded));
    return key;
  };
  const chosen = pipelines.length === 0 ? [] : chooseRows(rows, labelOf);
  const augmentation: Augmentation[] = [];
  for (const [p, { models, steps, batch, run }] of pipelines.entries()) {
    const shown: Augmentation['images'][number][] = [];
    for (const [i, row] of chosen.entries()) {
      const image = await decodeImage(row.image, { root: graph.sources.data!.path });
      const versions: string[] = [];
      for (let v = 0; v < VERSIONS; v++) {
        const version = run(image, Rng.fromSeed('training images').split(i).split(v));
        versions.push(await add(`augmented\0${p}\0${i}\0${v}`, version));
      }
      shown.push({ id: row.id, original: await add(`original\0${i}`, image), versions });
    }
    augmentation.push({ models: [...models], steps, batch, images: shown });
  }
  return { augmentation, images, bytes };
}

/** The trainings' pipelines, each once; none for trainings without augmentation. */
function pipelinesOf(graph: Graph, { instances }: RunReport): Pipeline[] {
  const found = new Map<string, Pipeline>();
  for (const { name, parts } of instances) {
    if (parts.stage !== trainFold.name && parts.stage !== trainSemi.name) continue;
    const settings = parts.settings as TrainingSettings;
    const steps = settings.strong ?? settings.augment;
    const key = canonicalText(JSON.parse(JSON.stringify([steps, batchSteps(settings)])));
    const known = found.get(key);
    if (known !== undefined) {
      known.models.add(modelOf(name));
      continue;
    }
    const made = pipelineOf(graph, name, steps);
    if (made !== undefined)
      found.set(key, { ...made, models: new Set([modelOf(name)]), batch: batchSteps(settings) });
  }
  return [...found.values()];
}

interface TrainingSettings {
  readonly augment?: readonly unknown[] | { readonly export: string; readonly argument?: unknown };
  /** Of semi-supervised training: what unlabeled images are trained on. */
  readonly strong?: readonly unknown[];
  readonly mixup?: number;
  readonly cutmix?: number;
}

/** `resnet18` of `train[resnet18,seed=1,fold=0]`. */
export function modelOf(name: string): string {
  return /\[(.*?)(?:,(?:seed|fold|round)=.*)?\]$/.exec(name)?.[1] ?? name;
}

function batchSteps({ mixup = 0, cutmix = 0 }: TrainingSettings): string[] {
  return [...(mixup > 0 ? ['mixup'] : []), ...(cutmix > 0 ? ['cutmix'] : [])];
}

function pipelineOf(
  graph: Graph,
  name: string,
  steps: TrainingSettings['augment'],
): Pick<Pipeline, 'steps' | 'run'> | undefined {
  if (steps === undefined) return undefined;
  if (isList(steps)) {
    if (steps.length === 0) return undefined;
    const { run } = pipelineFrom(steps);
    return { steps: steps.map(describeStep), run };
  }
  const [code] = graph.nodes.find((node) => node.name === name)?.inputs.transformCode ?? [];
  const file = code !== undefined && 'source' in code ? graph.sources[code.source]?.path : undefined;
  if (file === undefined) return undefined;
  const transform: ImageTransform = userTransform({ file, name: steps.export, argument: steps.argument });
  return {
    steps: [{ name: steps.export, settings: 'your own code' }],
    run: (image, rng) => transform.apply(image, rng),
  };
}

function isList(steps: NonNullable<TrainingSettings['augment']>): steps is readonly unknown[] {
  return Array.isArray(steps);
}

/** A step in words: `randomResizedCrop`, `size 224, scale 0.08 to 1`. */
export function describeStep(step: unknown): Augmentation['steps'][number] {
  if (typeof step === 'string') return { name: step };
  const [[name, settings] = ['', {}]] = Object.entries(step as object) as [string, unknown][];
  const inner = Array.isArray(settings) ? { steps: settings } : (settings as Record<string, unknown>);
  const texts = Object.entries(inner ?? {}).map(([key, value]) =>
    key === 'steps' && Array.isArray(value)
      ? value.map((part) => describeStep(part).name).join(', ')
      : `${key} ${valueText(value)}`,
  );
  return { name, settings: texts.join('; ') };
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) {
    const isRange = value.length === 2 && value.every((item) => typeof item === 'number');
    return value.map(valueText).join(isRange ? ' to ' : ', ');
  }
  return typeof value === 'string' ? value : String(JSON.stringify(value));
}

/** The first row of each label, spread over the labels; fewer if there are fewer rows. */
function chooseRows(rows: readonly ManifestRow[], labelOf: (row: ManifestRow) => string): ManifestRow[] {
  const first = new Map<string, ManifestRow>();
  for (const row of rows) if (!first.has(labelOf(row))) first.set(labelOf(row), row);
  const candidates = [...new Set([...first.values(), ...rows.slice(0, IMAGES)])];
  const labels = Math.max(1, first.size);
  if (labels <= IMAGES) return candidates.slice(0, IMAGES);
  return Array.from({ length: IMAGES }, (_, i) => candidates[Math.floor((i * labels) / IMAGES)]!);
}

async function encode({ data, width, height, channels }: Image): Promise<Buffer> {
  return await sharp(data, { raw: { width, height, channels: channels as 3 } })
    .resize(EDGE, EDGE, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 60 })
    .toBuffer();
}
