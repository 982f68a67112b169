import type { Omission } from '@podium/core';
import type { AdmissionReport } from '../stages/admit-external.ts';

const MAX_EXAMPLES = 5;
const PLACES: ReadonlyMap<string, string> = new Map([
  ['train', 'the training set'],
  ['test', 'the test set'],
]);

/** The external images and labels that are left out, and why. */
export function leftOutImages({ sources, read }: AdmissionReport): Omission[] {
  return read.flatMap(({ name, unreadable, unknown, omissions }): Omission[] => {
    const { images = 0, dropped = [] } = sources.find((source) => source.name === name) ?? {};
    const of = images + unreadable.length;
    const what = `images of ${name}`;
    const omit = (reason: string, ids: readonly string[]): Omission[] =>
      ids.length === 0 ? [] : [{ what, count: ids.length, of, reason, examples: ids.slice(0, MAX_EXAMPLES) }];
    const copies = new Map<string, string[]>();
    for (const { id, kind, duplicateOf } of dropped) {
      const verb = kind === 'exact' ? 'are the same as' : 'show the same as';
      const reason = `they ${verb} an image of ${PLACES.get(duplicateOf.source) ?? duplicateOf.source}`;
      const known = copies.get(reason);
      if (known === undefined) copies.set(reason, [id]);
      else known.push(id);
    }
    return [
      ...omissions.map((own) => ({ ...own, what: `${own.what} of ${name}` })),
      ...omit('they cannot be read', unreadable),
      ...[...copies].flatMap(([reason, ids]) => omit(reason, ids)),
      ...[...new Set(unknown.map(({ head }) => head))].map((head) => {
        const own = unknown.filter((label) => label.head === head);
        return {
          what: `labels of ${name}`,
          count: own.reduce((sum, label) => sum + label.images, 0),
          of: images,
          reason: `they are not among the classes of "${head}"`,
          examples: own.slice(0, MAX_EXAMPLES).map((label) => `"${label.label}" of ${label.images}`),
        };
      }),
    ];
  });
}
