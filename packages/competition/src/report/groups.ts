import type { ManifestRow } from '@podium/dataset';

/** How training images are kept together in folds, in words. */
export interface Grouping {
  /** What the score means because of it. */
  readonly sentences: readonly string[];
  /** Number of groups; undefined where no two images share one. */
  readonly groups: number | undefined;
}

/** Groups that Podium made of copies of an image begin with this. */
const COPIES = 'same:';

/**
 * Says whether a score holds for groups (people, scenes) that are new to the models.
 * @param copies number of sets of copies that stay in one fold
 */
export function groupingOf(rows: readonly ManifestRow[], copies: number): Grouping {
  const sizes = new Map<string, number>();
  for (const { group } of rows)
    if (group !== undefined && !group.startsWith(COPIES)) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const shared = [...sizes.values()].filter((size) => size > 1).reduce((sum, size) => sum + size, 0);
  const kept =
    copies === 0
      ? []
      : [`Copies of an image (${copies} ${copies === 1 ? 'set' : 'sets'}) are kept in one fold.`];
  if (shared === 0) {
    const why =
      sizes.size === 0
        ? 'No groups are set'
        : 'No two images share a group: the values of the group column are all different';
    return {
      groups: undefined,
      sentences: [
        `${why}, so the score is one for new images of the same kind. If several images show the same person, scene or object, they are in training and validation at once, and the score is too high for new ones: name the column that tells them apart in data.options.group.`,
        ...kept,
      ],
    };
  }
  const alone = rows.length - shared;
  const groups = new Set(rows.map(({ group, id }) => (group === undefined ? `row ${id}` : `group ${group}`)));
  return {
    groups: groups.size,
    sentences: [
      alone < shared
        ? 'No group is in two folds, so the score is one for groups that are new to the models.'
        : `No group is in two folds, but only ${shared} of ${rows.length} images share a group with another one: for the others, the score is one for new images of the same kind.`,
      ...kept,
    ],
  };
}
