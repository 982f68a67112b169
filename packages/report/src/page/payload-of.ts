import type { FeatureMap } from '../report-data.ts';
import { colorings, shownPoints } from '../sections/feature-map.ts';
import { listedIssues } from '../sections/label-issues.ts';
import type { View } from '../view.ts';
import type { ImageBook } from './image-book.ts';
import type { Payload } from './payload.ts';

/** The data of the page's script. */
export function payloadOf(view: View): Payload {
  const { data, classes, heads, book } = view;
  return {
    heads: heads.map(({ classes: names, rows }) => ({
      classes: names,
      rows: {
        id: rows.map(({ id }) => id),
        truth: rows.map(({ truth }) => truth),
        predicted: rows.map(({ predicted }) => predicted),
        confidence: rows.map(({ confidence }) =>
          confidence === undefined ? null : Math.round(confidence * 1000),
        ),
        fold: rows.map(({ fold }) => (fold === undefined ? null : String(fold))),
        image: rows.map(({ image }) => book.number(image) ?? null),
      },
    })),
    issues: listedIssues(view).issues.map(({ id, head, given, suggested, manifestRow, quality }) => ({
      id,
      head,
      given,
      suggested,
      quality,
      ...(manifestRow !== undefined && {
        manifestRow: { path: manifestRow.path, labels: manifestRow.labels },
      }),
    })),
    ...(data.map !== undefined && { map: mapOf(data.map, classes, book) }),
    patchName: `${slug(data.title)}-labels.patch.json`,
  };
}

function mapOf(map: FeatureMap, classes: readonly string[], book: ImageBook): NonNullable<Payload['map']> {
  const points = shownPoints(map);
  return {
    id: points.map(({ id }) => id ?? null),
    image: points.map(({ image }) => book.number(image) ?? null),
    by: Object.fromEntries(
      colorings(points, classes).map(({ by, names }) => {
        const numbers = new Map(names.map((name, i) => [name, i]));
        return [by, { names, value: points.map((point) => numbers.get(String(point[by])) ?? -1) }];
      }),
    ),
  };
}

/** A title as a portable file name. */
function slug(title: string): string {
  return (
    title
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 60) || 'podium'
  );
}
