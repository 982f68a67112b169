import { PodiumError } from '@podium/core';
import type { DatasetDescription, Head, Label, ManifestRow } from '@podium/dataset';

interface LabeledSource {
  readonly name: string;
  readonly labels: 'use' | 'ignore';
  /** By head of the competition, the source's name for it. */
  readonly heads?: Readonly<Record<string, string>> | undefined;
}

interface UnknownLabel {
  readonly head: string;
  readonly label: string;
  readonly images: number;
}

/**
 * The rows of an external source with those labels that the competition has too. Heads match by name, by the settings, or
 * because each side has only one; labels match by class name. Rows without labels (the source's test images) are kept.
 * @throws PodiumError `external-heads` if labels are to be used and no head matches, `external-classes` if no class does
 */
export function agreeingLabels(
  {
    heads: theirs,
    train,
    unlabeled = [],
    test,
  }: Pick<DatasetDescription, 'heads' | 'train' | 'unlabeled' | 'test'>,
  ours: readonly Head[],
  source: LabeledSource,
): { readonly rows: ManifestRow[]; readonly unknown: readonly UnknownLabel[] } {
  const rows = uniqueRows([...train, ...unlabeled, ...test.map((row) => ({ ...row, labels: {} }))]);
  if (source.labels === 'ignore') return { rows: rows.map((row) => ({ ...row, labels: {} })), unknown: [] };
  const pairs = pairHeads(ours, theirs, source);
  const unknown = new Map<string, UnknownLabel>();
  let known = 0;
  const labeled = rows.map((row) => {
    const labels = new Map<string, Label>();
    for (const [head, name] of pairs) {
      if (!Object.hasOwn(row.labels, name)) continue;
      const label = row.labels[name]!;
      if (head.task === 'regression') {
        const isNumbers = typeof label !== 'string' && label.every((value) => typeof value === 'number');
        if (!isNumbers || label.length !== head.classes.length) throw noNumbers(source.name, head, label);
        labels.set(head.name, label);
        known++;
        continue;
      }
      const given = typeof label === 'string' ? [label] : label;
      const odd = given.map(String).find((each) => !head.classes.includes(each));
      if (odd === undefined) {
        labels.set(head.name, label);
        known++;
        continue;
      }
      const key = JSON.stringify([head.name, odd]);
      unknown.set(key, { head: head.name, label: odd, images: (unknown.get(key)?.images ?? 0) + 1 });
    }
    const { softLabels: _, fold: __, ...rest } = row;
    return { ...rest, labels: Object.fromEntries(labels) };
  });
  const odd = [...unknown.values()].sort((a, b) => b.images - a.images || (a.label < b.label ? -1 : 1));
  if (known === 0 && odd.length > 0) {
    const head = pairs.find(([{ name }]) => name === odd[0]?.head)![0];
    throw new PodiumError({
      code: 'external-classes',
      path: { key: `external "${source.name}"` },
      message: `none of its labels is a class of "${head.name}"`,
      expected: head.classes,
      got: odd
        .slice(0, 10)
        .map(({ label }) => JSON.stringify(label))
        .join(', '),
      fix: 'rename its classes to those of the competition, or write labels: ignore and let models label the images',
    });
  }
  return { rows: labeled, unknown: odd };
}

function noNumbers(source: string, { name, classes }: Head, got: Label): PodiumError {
  return new PodiumError({
    code: 'external-classes',
    path: { key: `external "${source}"` },
    message: `labels of "${name}"`,
    expected: `numbers: ${classes.join(', ')}`,
    got: JSON.stringify(got),
    fix: 'name its columns of numbers in the options of its layout, or write labels: ignore',
  });
}

function pairHeads(
  ours: readonly Head[],
  theirs: readonly Head[],
  { name, heads = {} }: LabeledSource,
): [Head, string][] {
  const [one, other] = [ours[0], theirs[0]];
  const pairs = ours.flatMap((head): [Head, string][] => {
    const named =
      heads[head.name] ?? (theirs.some((each) => each.name === head.name) ? head.name : undefined);
    if (named !== undefined) {
      if (theirs.some((each) => each.name === named && each.task === head.task)) return [[head, named]];
      if (heads[head.name] === undefined) return [];
      throw noHead(name, [named], theirs);
    }
    const alone = ours.length === 1 && theirs.length === 1 && one?.task === other?.task;
    return alone ? [[head, other!.name]] : [];
  });
  if (pairs.length > 0) return pairs;
  throw noHead(
    name,
    ours.map((head) => head.name),
    theirs,
  );
}

function noHead(source: string, wanted: readonly string[], theirs: readonly Head[]): PodiumError {
  return new PodiumError({
    code: 'external-heads',
    path: { key: `external "${source}"` },
    message: 'its labels are for heads that the competition does not have',
    expected: wanted,
    got: theirs.map((head) => head.name).join(', ') || 'none',
    fix: 'map the heads (heads: { OURS: THEIRS }), name the layout and options of the folder, or write labels: ignore',
  });
}

/** A folder may list an image in both of its tables. */
function uniqueRows(rows: readonly ManifestRow[]): ManifestRow[] {
  const seen = new Set<string>();
  return rows.filter(({ id }) => !seen.has(id) && seen.add(id));
}
