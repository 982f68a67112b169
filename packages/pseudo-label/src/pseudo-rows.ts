import { refuseTeacher } from './fold-safety.ts';
import type { Labeling, PseudoLabel } from './labels.ts';
import { fail } from './support/errors.ts';
import { byText } from './support/order.ts';
import { knowTeachers, type Teacher } from './teachers.ts';

/** An image without label. `Image` is what the manifest keeps: `ImageSource` of `@podium/dataset`. */
export interface UnlabeledImage<Image> {
  readonly id: string;
  readonly image: Image;
  readonly group?: string;
  readonly origin: 'external' | 'test';
}

/** A training row under a teacher's label; a `ManifestRow` of `@podium/dataset` as it is. */
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
  /** The fold whose student is to be taught; undefined: the final student, trained on all folds and measured on none. */
  readonly fold: number | undefined;
  /** The key of the teacher who made the labels: one model, or an ensemble with a record of its own. */
  readonly teacher: string;
  /** All teachers, those of earlier rounds too. */
  readonly teachers: readonly Teacher[];
  /** One a head, all by this teacher. */
  readonly labelings: readonly Labeling[];
  readonly images: readonly UnlabeledImage<Image>[];
  /** The rows that validate this fold: neither they nor their groups train under a guessed label. */
  readonly validation: readonly { readonly id: string; readonly group?: string }[];
  /** Whether the rules of the competition let test images be trained on. Default: false. */
  readonly allowTest?: boolean;
}

export interface PseudoRows<Image> {
  /** Ascending by id. */
  readonly rows: readonly PseudoRow<Image>[];
  /** Labeled images that are not used, because this fold is measured on them or on others of their group. */
  readonly leftOut: readonly { readonly id: string; readonly why: 'validation image' | 'validation group' }[];
}

/**
 * Pseudo labels as training rows for the student of one fold, made only of what a teacher without this fold said. Heads are
 * put together by image: an image has a label for each head whose method accepted it, and the confidence and weight of the
 * least sure of them. The second copy of `a.jpg` is the row `a.jpg#2`.
 * @throws PodiumError `pseudo-leak` where the teacher learned of this fold, by whatever way; `pseudo-test` for test images
 * that are not allowed; `pseudo-teachers`; `pseudo-round` where labels and teacher are of different rounds; `pseudo-rows`
 * for a label without image, two images or two labels with one id
 */
export function pseudoRows<Image>(options: PseudoRowsOptions<Image>): PseudoRows<Image> {
  const { fold, teacher: key, labelings, images, validation, allowTest = false } = options;
  const teachers = knowTeachers(options.teachers);
  const { round } = teachers.get(key);
  checkHeads(labelings, key, round);
  if (fold !== undefined && labelings.some(({ labels }) => labels.length > 0)) {
    refuseTeacher(teachers, key, fold, 'what it labels');
  }
  const byId = imagesById(images);
  const ids = new Set(validation.map(({ id }) => id));
  const groups = new Set(validation.flatMap(({ group }) => group ?? []));
  const rows: PseudoRow<Image>[] = [];
  const leftOut: PseudoRows<Image>['leftOut'][number][] = [];
  for (const [id, labels] of labelsById(labelings)) {
    const image = byId.get(id) ?? noImage(id);
    if (image.origin === 'test' && !allowTest) refuseTest(id);
    if (ids.has(id)) leftOut.push({ id, why: 'validation image' });
    else if (image.group !== undefined && groups.has(image.group)) {
      leftOut.push({ id, why: 'validation group' });
    } else rows.push(...copiesOf(image, labels, key, round, byId));
  }
  return {
    rows: rows.sort((a, b) => byText(a.id, b.id)),
    leftOut: leftOut.sort((a, b) => byText(a.id, b.id)),
  };
}

function copiesOf<Image>(
  { id, image, group }: UnlabeledImage<Image>,
  labels: readonly PseudoLabel[],
  teacher: string,
  round: number,
  taken: ReadonlyMap<string, unknown>,
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
    if (copy > 0 && taken.has(name)) twice(name, 'an image, and a copy of another');
    return { id: name, ...row };
  });
}

function checkHeads(labelings: readonly Labeling[], teacher: string, round: number): void {
  const heads = new Set<string>();
  for (const { head, round: own } of labelings) {
    if (heads.has(head)) twice(head, 'a head with two labelings');
    heads.add(head);
    if (own === round) continue;
    fail({
      code: 'pseudo-round',
      message: `labels of head ${JSON.stringify(head)} by teacher ${JSON.stringify(teacher)}`,
      expected: `round ${round}, the teacher's`,
      got: `round ${own}`,
      fix: 'pass the round to the method, as it is in the record of the teacher',
    });
  }
}

function imagesById<Image>(
  images: readonly UnlabeledImage<Image>[],
): ReadonlyMap<string, UnlabeledImage<Image>> {
  const byId = new Map<string, UnlabeledImage<Image>>();
  for (const image of images) {
    if (byId.has(image.id)) twice(image.id, 'two images');
    byId.set(image.id, image);
  }
  return byId;
}

function labelsById(labelings: readonly Labeling[]): ReadonlyMap<string, readonly PseudoLabel[]> {
  const byId = new Map<string, PseudoLabel[]>();
  for (const label of labelings.flatMap(({ labels }) => labels)) {
    const known = byId.get(label.id) ?? [];
    if (known.some(({ head }) => head === label.head)) twice(label.id, `two labels for head "${label.head}"`);
    byId.set(label.id, [...known, label]);
  }
  return byId;
}

function twice(id: string, got: string): never {
  return fail({
    code: 'pseudo-rows',
    message: `${JSON.stringify(id)} is there twice`,
    expected: 'ids that are all different',
    got,
  });
}

function noImage(id: string): never {
  return fail({
    code: 'pseudo-rows',
    message: `there is a label for ${JSON.stringify(id)}, and no image`,
    fix: 'pass the images that the teacher predicted',
  });
}

function refuseTest(id: string): never {
  return fail({
    code: 'pseudo-test',
    message: `${JSON.stringify(id)} is a test image`,
    expected: 'external images only',
    fix: 'if the rules of the competition let test images be trained on, without their labels, set allowTest: true',
  });
}
