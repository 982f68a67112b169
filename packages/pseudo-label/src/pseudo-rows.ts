import { compareCodeUnits, fail } from '@podium/core';
import { assertFoldUnseen } from './assert-no-leak.ts';
import type { PseudoLabel, PseudoLabelSet } from './pseudo-label-set.ts';
import { type Teacher, teacherLineage } from './teacher-lineage.ts';

/** An unlabeled image. `Image` is how the manifest refers to it: `ImageSource` of `@podium/dataset`. */
export interface UnlabeledImage<Image> {
  readonly id: string;
  readonly image: Image;
  readonly group?: string;
  readonly origin: 'external' | 'test';
}

/** A training row with pseudo labels, which is a valid `ManifestRow` of `@podium/dataset`. */
export interface PseudoRow<Image> {
  readonly id: string;
  readonly image: Image;
  readonly labels: Readonly<Record<string, string>>;
  readonly softLabels?: Readonly<Record<string, readonly number[]>>;
  readonly group?: string;
  readonly weight: number;
  readonly provenance: {
    readonly kind: 'pseudo';
    readonly teacher: string;
    readonly round: number;
    readonly confidence: number;
  };
}

export interface PseudoRowsOptions<Image> {
  /** The student's fold; undefined for the final student, which is trained on all folds and validated on none. */
  readonly fold: number | undefined;
  /** The key of the teacher that gave the labels: a model, or an ensemble with its own record. */
  readonly teacher: string;
  /** All teachers, including those of earlier rounds. */
  readonly teachers: readonly Teacher[];
  /** One per head, all by this teacher. */
  readonly labelSets: readonly PseudoLabelSet[];
  readonly images: readonly UnlabeledImage<Image>[];
  /** Rows that validate this fold: neither they nor their groups train under pseudo labels. */
  readonly validation: readonly { readonly id: string; readonly group?: string }[];
  /** Whether the competition's rules allow training on test images. Default: false. */
  readonly allowTest?: boolean;
}

export interface PseudoRows<Image> {
  /** In the order of ids. */
  readonly rows: readonly PseudoRow<Image>[];
  /** Images that are not used because this fold is validated on them, or on others of their group. */
  readonly leftOut: readonly { readonly id: string; readonly why: 'validation image' | 'validation group' }[];
}

/**
 * Turns pseudo labels into training rows for the student of one fold, by a teacher that was trained without this fold. An
 * image has a label for each head that accepted it, with the lowest confidence and weight of these. The second copy of
 * `a.jpg` is the row `a.jpg#2`.
 * @throws PodiumError `pseudo-leak` if labels of this fold reached the teacher, directly or not; `pseudo-test` for test images
 * that are not allowed; `pseudo-teachers`; `pseudo-round` if labels and teacher belong to different rounds; `pseudo-rows` for
 * a label without an image, or duplicate images or labels
 */
export function pseudoRows<Image>(options: PseudoRowsOptions<Image>): PseudoRows<Image> {
  const { fold, teacher: key, labelSets, images, validation, allowTest = false } = options;
  const lineage = teacherLineage(options.teachers);
  const { round } = lineage.get(key);
  checkHeads(labelSets, key, round);
  if (fold !== undefined && labelSets.some(({ labels }) => labels.length > 0)) {
    assertFoldUnseen(lineage, key, fold, 'a pseudo-labeled row');
  }
  const byId = imagesById(images);
  const ids = new Set(validation.map(({ id }) => id));
  const groups = new Set(validation.flatMap(({ group }) => group ?? []));
  const rows: PseudoRow<Image>[] = [];
  const leftOut: PseudoRows<Image>['leftOut'][number][] = [];
  for (const [id, labels] of labelsById(labelSets)) {
    const image = byId.get(id) ?? noImage(id);
    if (image.origin === 'test' && !allowTest) testImage(id);
    if (ids.has(id)) leftOut.push({ id, why: 'validation image' });
    else if (image.group !== undefined && groups.has(image.group)) {
      leftOut.push({ id, why: 'validation group' });
    } else rows.push(...copiesOf(image, labels, key, round, byId));
  }
  return {
    rows: rows.sort((a, b) => compareCodeUnits(a.id, b.id)),
    leftOut: leftOut.sort((a, b) => compareCodeUnits(a.id, b.id)),
  };
}

function copiesOf<Image>(
  { id, image, group }: UnlabeledImage<Image>,
  labels: readonly PseudoLabel[],
  teacher: string,
  round: number,
  images: ReadonlyMap<string, unknown>,
): PseudoRow<Image>[] {
  const soft = labels.flatMap((label) =>
    label.soft === undefined ? [] : [[label.head, label.soft] as const],
  );
  const confidence = Math.min(...labels.map((label) => label.confidence));
  const row = {
    image,
    labels: Object.fromEntries(labels.map(({ head, label }) => [head, label])),
    ...(soft.length > 0 && { softLabels: Object.fromEntries(soft) }),
    group,
    weight: Math.min(...labels.map(({ weight }) => weight)),
    provenance: { kind: 'pseudo', teacher, round, confidence } as const,
  };
  return Array.from({ length: Math.max(...labels.map(({ copies }) => copies)) }, (_, copy) => {
    const name = copy === 0 ? id : `${id}#${copy + 1}`;
    if (copy > 0 && images.has(name)) duplicate(name, 'an image, and a copy of another');
    return { id: name, ...row };
  });
}

function checkHeads(labelSets: readonly PseudoLabelSet[], teacher: string, round: number): void {
  const heads = new Set<string>();
  for (const { head, round: roundOfLabels } of labelSets) {
    if (heads.has(head)) duplicate(head, 'two sets of labels for one head');
    heads.add(head);
    if (roundOfLabels === round) continue;
    fail({
      code: 'pseudo-round',
      message: `labels of head ${JSON.stringify(head)} by teacher ${JSON.stringify(teacher)}`,
      expected: `round ${round}, the teacher's`,
      got: `round ${roundOfLabels}`,
      fix: "pass the round of the teacher's record to the method",
    });
  }
}

function imagesById<Image>(
  images: readonly UnlabeledImage<Image>[],
): ReadonlyMap<string, UnlabeledImage<Image>> {
  const byId = new Map<string, UnlabeledImage<Image>>();
  for (const image of images) {
    if (byId.has(image.id)) duplicate(image.id, 'two images');
    byId.set(image.id, image);
  }
  return byId;
}

function labelsById(labelSets: readonly PseudoLabelSet[]): ReadonlyMap<string, readonly PseudoLabel[]> {
  const byId = new Map<string, PseudoLabel[]>();
  for (const label of labelSets.flatMap(({ labels }) => labels)) {
    const known = byId.get(label.id) ?? [];
    if (known.some(({ head }) => head === label.head))
      duplicate(label.id, `two labels for head "${label.head}"`);
    byId.set(label.id, [...known, label]);
  }
  return byId;
}

function duplicate(id: string, got: string): never {
  return fail({
    code: 'pseudo-rows',
    message: `${JSON.stringify(id)} occurs twice`,
    expected: 'distinct ids',
    got,
  });
}

function noImage(id: string): never {
  return fail({
    code: 'pseudo-rows',
    message: `${JSON.stringify(id)} has a label but no image`,
    fix: 'pass the images that the teacher predicted',
  });
}

function testImage(id: string): never {
  return fail({
    code: 'pseudo-test',
    message: `${JSON.stringify(id)} is a test image`,
    expected: 'external images only',
    fix: "if the competition's rules allow training on test images, set allowTest: true",
  });
}
