import { compareCodeUnits, fail, type Rng } from '@podium/core';
import { checkOption } from '../check-option.ts';
import { checkFeatures, type Features, sampleFeatures } from './features.ts';
import { type DroppedImage, type DuplicateSet, findDropped } from './find-dropped.ts';
import { type NearestDistances, nearestDistances } from './nearest-distances.ts';
import { type TwoSample, twoSampleTest } from './two-sample-test.ts';

/** The origin of external images, which competitions ask to document. */
export interface ExternalSource {
  /** Unique; not `train` or `test`. */
  readonly name: string;
  /** Folder or table, as the user wrote it. */
  readonly path: string;
  /** `CC BY 4.0`. Without it there is a warning: the user has to know whether the images may be used. */
  readonly license?: string;
  readonly url?: string;
}

export interface AdmitOptions {
  readonly train: Features;
  readonly test: Features;
  /** Of duplicates among them, the first source's are kept. */
  readonly sources: readonly (ExternalSource & { readonly features: Features })[];
  readonly duplicates?: readonly DuplicateSet[];
  readonly rng: Rng;
  /** Folds of the two-sample test. Default 5. */
  readonly folds?: number;
  /** Most rows per set on which distances are measured. Default 1000. */
  readonly maxRows?: number;
}

/** The distance between two sets of images. */
export interface DomainDistance {
  /** Undefined for too few images. */
  readonly twoSample: TwoSample | undefined;
  readonly nearest: NearestDistances | undefined;
}

/** What is known about one source. */
export interface SourceReport extends ExternalSource {
  /** Number of images, including duplicates. */
  readonly images: number;
  /** Ids, sorted. */
  readonly admitted: readonly string[];
  readonly dropped: readonly DroppedImage[];
  readonly toTrain: DomainDistance;
  readonly toTest: DomainDistance;
  readonly warnings: readonly string[];
}

/** Which external images are admitted. Plain JSON. */
export interface Admission {
  /** In the given order. */
  readonly sources: readonly SourceReport[];
  /** Names of sources with admitted images, most similar to the test set first: by area, then by median distance. */
  readonly likeTest: readonly string[];
  /** Distance of test from train, to compare the sources' distances with. */
  readonly trainToTest: DomainDistance;
}

/**
 * Checks external images before training on them: drops duplicates of test and train images, and measures the distance of
 * each source from both, on features of a frozen network. Sources without admitted images get a warning.
 * @throws PodiumError `pseudo-source` for duplicate or reserved names, `pseudo-features`, `pseudo-duplicates`,
 * `pseudo-setting`
 */
export function admit(options: AdmitOptions): Admission {
  const { train, test, sources, duplicates = [], rng, folds = 5, maxRows = 1000 } = options;
  assertUniqueNames(sources);
  checkOption('folds', folds, { min: 2, max: 100, integer: true });
  checkOption('maxRows', maxRows, { min: 2, max: 1e6, integer: true });
  let width = checkFeatures(test, 'test', checkFeatures(train, 'train', undefined));
  for (const { name, features } of sources) width = checkFeatures(features, name, width);
  // Sampled once, so that a source with 100,000 images is not copied to be measured on 1,000.
  const sample = (features: Features, name: string, ids = features.ids) =>
    sampleFeatures(features, maxRows, rng.split('admit', 'sample', name), ids);
  const [trainSample, testSample] = [sample(train, 'train'), sample(test, 'test')];
  const measure = (a: Features, b: Features, name: string): DomainDistance => {
    const stream = rng.split('admit', name);
    return {
      twoSample:
        hasTwoUnits(a) && hasTwoUnits(b) ? twoSampleTest(a, b, { rng: stream, folds, maxRows }) : undefined,
      nearest: nearestDistances(b, a, { rng: stream, maxRows }),
    };
  };
  const dropped = findDropped(
    sources.map(({ name, features }) => ({ name, ids: features.ids })),
    duplicates,
  );
  const reports = sources.map(({ name, path, license, url, features }): SourceReport => {
    const droppedHere = dropped.filter(({ source }) => source === name);
    const droppedIds = new Set(droppedHere.map(({ id }) => id));
    const admitted = features.ids.filter((id) => !droppedIds.has(id)).sort(compareCodeUnits);
    const sampled = sample(features, name, admitted);
    return {
      name,
      path,
      license,
      url,
      images: features.ids.length,
      admitted,
      dropped: droppedHere,
      toTrain: measure(trainSample, sampled, name),
      toTest: measure(testSample, sampled, name),
      warnings: warningsOf({
        name,
        path,
        license,
        images: features.ids.length,
        admitted,
        dropped: droppedHere,
      }),
    };
  });
  return {
    sources: reports,
    likeTest: reports
      .filter(({ admitted }) => admitted.length > 0)
      .sort((a, b) => area(a) - area(b) || median(a) - median(b) || compareCodeUnits(a.name, b.name))
      .map(({ name }) => name),
    trainToTest: measure(trainSample, testSample, 'test'),
  };
}

function hasTwoUnits({ ids, groups }: Features): boolean {
  return new Set(groups ?? ids).size >= 2;
}

function area({ toTest }: SourceReport): number {
  return toTest.twoSample?.auc ?? 1;
}

function median({ toTest }: SourceReport): number {
  return toTest.nearest?.median ?? 2;
}

function assertUniqueNames(sources: readonly ExternalSource[]): void {
  const names = new Set(['train', 'test']);
  for (const { name, path } of sources) {
    if (name !== '' && !names.has(name)) {
      names.add(name);
      continue;
    }
    fail({
      code: 'pseudo-source',
      path: { file: path },
      message: 'the name of an external source',
      expected: 'a unique name other than train and test',
      got: JSON.stringify(name),
    });
  }
}

function warningsOf(source: {
  readonly name: string;
  readonly path: string;
  readonly license: string | undefined;
  readonly images: number;
  readonly admitted: readonly string[];
  readonly dropped: readonly DroppedImage[];
}): string[] {
  const { name, path, license = '', images, admitted, dropped } = source;
  const warnings: string[] = [];
  if (license.trim() === '') {
    warnings.push(
      `no license is given for "${name}": most competitions allow external data only if it is free for everyone; set "license"`,
    );
  }
  if (images === 0) warnings.push(`"${name}" (${path}) has no images`);
  else if (admitted.length === 0) {
    const test = dropped.filter(({ duplicateOf }) => duplicateOf.source === 'test').length;
    const train = dropped.filter(({ duplicateOf }) => duplicateOf.source === 'train').length;
    warnings.push(
      `all ${images} images of "${name}" are duplicates (${test} of test, ${train} of train, ${images - test - train} of other external images)`,
    );
  }
  return warnings;
}
