import type { Rng } from '@podium/core';
import { checkOption, fail } from '../support/errors.ts';
import { byText } from '../support/order.ts';
import { type DroppedImage, type DuplicateSet, findDropped } from './duplicates.ts';
import { checkFeatures, type Features, sampleFeatures } from './features.ts';
import { type NearestDistances, nearestDistances } from './nearest.ts';
import { type TwoSample, twoSampleTest } from './two-sample.ts';

/** Where outside images come from, for the record that competitions ask for. */
export interface ExternalSource {
  /** Its own; not `train` or `test`. */
  readonly name: string;
  /** Folder or table, as the user wrote it. */
  readonly path: string;
  /** `CC BY 4.0`. Without it there is a warning: whether the images may be used is the user's to know. */
  readonly license?: string;
  readonly url?: string;
}

export interface AdmitOptions {
  readonly train: Features;
  readonly test: Features;
  /** In the order in which duplicates among them are kept. */
  readonly sources: readonly (ExternalSource & { readonly features: Features })[];
  readonly duplicates?: readonly DuplicateSet[];
  readonly rng: Rng;
  /** Of the two-sample test. Default 5. */
  readonly folds?: number;
  /** Rows of each set that distances are measured on. Default 1000. */
  readonly most?: number;
}

/** How far one set of images is from another. */
export interface DomainDistance {
  /** Undefined where there are too few images. */
  readonly twoSample: TwoSample | undefined;
  readonly nearest: NearestDistances | undefined;
}

/** One line of the table. */
export interface SourceReport extends ExternalSource {
  /** Before duplicates were dropped. */
  readonly images: number;
  /** Ascending. */
  readonly admitted: readonly string[];
  readonly dropped: readonly DroppedImage[];
  readonly toTrain: DomainDistance;
  readonly toTest: DomainDistance;
  readonly warnings: readonly string[];
}

/** What of the outside may come in. Plain JSON. */
export interface Admission {
  /** As they were given. */
  readonly sources: readonly SourceReport[];
  /** Names of sources with admitted images, those that resemble the test set most first: by area, then by median distance. */
  readonly likeTest: readonly string[];
  /** Of test from train: what to hold the sources' distances against. */
  readonly trainToTest: DomainDistance;
}

/**
 * Looks at outside images before anything is trained on them: drops duplicates of test and train images, and measures how
 * far each source is from both, on features of a frozen network. A source that is empty, or of which nothing is left, is
 * reported with a warning.
 * @throws PodiumError `pseudo-source` for names that are not their own, `pseudo-features`,
 * `pseudo-duplicates`, `pseudo-setting`
 */
export function admit(options: AdmitOptions): Admission {
  const { train, test, sources, duplicates = [], rng, folds = 5, most = 1000 } = options;
  checkNames(sources);
  checkOption('folds', folds, 2, 100, true);
  checkOption('most', most, 2, 1e6, true);
  let width = checkFeatures(test, 'test', checkFeatures(train, 'train', undefined));
  for (const { name, features } of sources) width = checkFeatures(features, name, width);
  // Drawn once: a source of 100,000 images need not be copied to be measured by 1,000.
  const sample = (features: Features, name: string, ids = features.ids) =>
    sampleFeatures(features, most, rng.split('admit', 'sample', name), ids);
  const [someTrain, someTest] = [sample(train, 'train'), sample(test, 'test')];
  const measure = (a: Features, b: Features, name: string): DomainDistance => {
    const own = rng.split('admit', name);
    return {
      twoSample: enough(a) && enough(b) ? twoSampleTest(a, b, { rng: own, folds, most }) : undefined,
      nearest: nearestDistances(b, a, { rng: own, most }),
    };
  };
  const dropped = findDropped(
    sources.map(({ name, features }) => ({ name, ids: features.ids })),
    duplicates,
  );
  const reports = sources.map(({ name, path, license, url, features }): SourceReport => {
    const own = dropped.filter(({ source }) => source === name);
    const gone = new Set(own.map(({ id }) => id));
    const admitted = features.ids.filter((id) => !gone.has(id)).sort(byText);
    const some = sample(features, name, admitted);
    return {
      name,
      path,
      license,
      url,
      images: features.ids.length,
      admitted,
      dropped: own,
      toTrain: measure(someTrain, some, name),
      toTest: measure(someTest, some, name),
      warnings: warningsOf({ name, path, license, images: features.ids.length, admitted, own }),
    };
  });
  return {
    sources: reports,
    likeTest: reports
      .filter(({ admitted }) => admitted.length > 0)
      .sort((a, b) => area(a) - area(b) || median(a) - median(b) || byText(a.name, b.name))
      .map(({ name }) => name),
    trainToTest: measure(someTrain, someTest, 'test'),
  };
}

function enough({ ids, groups }: Features): boolean {
  return new Set(groups ?? ids).size >= 2;
}

function area({ toTest }: SourceReport): number {
  return toTest.twoSample?.auc ?? 1;
}

function median({ toTest }: SourceReport): number {
  return toTest.nearest?.median ?? 2;
}

function checkNames(sources: readonly ExternalSource[]): void {
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
      expected: 'one of its own, other than train and test',
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
  readonly own: readonly DroppedImage[];
}): string[] {
  const { name, path, license = '', images, admitted, own } = source;
  const warnings: string[] = [];
  if (license.trim() === '') {
    warnings.push(
      `no license is recorded for "${name}": most competitions let external data be used only where anybody may; write it down as "license"`,
    );
  }
  if (images === 0) warnings.push(`"${name}" (${path}) has no images: nothing is admitted`);
  else if (admitted.length === 0) {
    const test = own.filter(({ duplicateOf }) => duplicateOf.source === 'test').length;
    const train = own.filter(({ duplicateOf }) => duplicateOf.source === 'train').length;
    warnings.push(
      `all ${images} images of "${name}" are duplicates (${test} of test, ${train} of train, ${images - test - train} of other external images): nothing is admitted`,
    );
  }
  return warnings;
}
