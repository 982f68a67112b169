import * as Plot from '@observablehq/plot';
import type { Interval } from '../report-data.ts';
import { chart, namedRows } from './chart.ts';
import type { Html } from './html.ts';

/** A score with its interval, as a dot on a bar. */
export interface ForestRow {
  readonly name: string;
  readonly value: number;
  readonly interval: Interval | undefined;
  /** A CSS color. */
  readonly color: string;
}

/** Scores below each other, each with its interval. */
export function forest(
  rows: readonly ForestRow[],
  text: { readonly title: string; readonly description: string },
): Html {
  const dots = rows.map(({ value, color }, i) => ({ i, x: value, color }));
  const intervals = rows.flatMap(({ interval, color }, i) =>
    interval === undefined ? [] : [{ i, ...interval, color }],
  );
  const axis = namedRows(rows.map(({ name }) => name));
  return chart(text, {
    width: 230 + axis.marginLeft,
    height: 44 + 26 * dots.length,
    marginRight: 14,
    marginTop: 6,
    x: { ticks: 4, label: null, nice: true, inset: 6 },
    ...axis,
    color: { type: 'identity' },
    marks: [
      Plot.gridX({ ticks: 4, stroke: 'var(--line)', strokeOpacity: 1 }),
      Plot.ruleY(intervals, {
        y: 'i',
        x1: 'low',
        x2: 'high',
        stroke: ({ color }) => color,
        strokeWidth: 10,
        strokeOpacity: 0.3,
        strokeLinecap: 'round',
      }),
      Plot.dot(dots, { x: 'x', y: 'i', r: 5, fill: ({ color }) => color, stroke: 'none' }),
    ],
  });
}
