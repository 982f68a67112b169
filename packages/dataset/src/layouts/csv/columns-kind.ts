import type { PredictionTask } from '@podium/core';
import { OPTIONS } from '../notes.ts';
import { UnclearSetting } from '../unclear-setting.ts';
import { flagOf } from './cell-number.ts';
import { type ColumnsKind, type ColumnsPlan, planSetting } from './label-plan.ts';
import { sumTolerance } from './label-reader.ts';
import type { LabeledRows } from './labeled-rows.ts';
import type { SampleCells } from './sample-cells.ts';

/** From this share of rows with exactly one 1 on, the others look like faults. */
const MOSTLY_ONE = 0.9;
const MAX_LINES = 5;

interface Tally {
  /** Rows with no 1, one 1, several 1s. */
  readonly counts: [number, number, number];
  /** Where rows without exactly one 1 are. */
  readonly places: string[];
  isWhole: boolean;
  /** Rows of fractions that sum to 1, and that do not. */
  sums: [number, number];
}

/**
 * The kind of several columns of numbers from 0 to 1, by every row, the sample submission and the metric. Undefined if the
 * rows are neither 0 and 1 nor sum to 1.
 * @throws UnclearSetting `layout-labels-unclear` if rows, sample and metric leave several kinds possible
 */
export async function kindOfColumns(
  rows: LabeledRows,
  columns: readonly string[],
  { sample, tasks }: { readonly sample?: SampleCells; readonly tasks?: readonly PredictionTask[] },
): Promise<{ readonly kind: ColumnsKind; readonly reason: string } | undefined> {
  const { counts, places, isWhole, sums } = await tally(rows, columns);
  if (!isWhole) {
    const [even, odd] = sums;
    // Of rows that sum to something else, reading names the first one.
    if (even === 0 || odd > even * (1 - MOSTLY_ONE)) return undefined;
    return { kind: 'soft', reason: `${even} rows of fractions sum to 1` };
  }
  const [none, one, several] = counts;
  const all = none + one + several;
  if (none + several === 0) {
    if (tasks?.includes('single-label') !== false)
      return { kind: 'one-hot', reason: 'every row has exactly one 1' };
    return { kind: 'multi-label', reason: 'the metric scores several labels per image' };
  }
  const odd = `${none + several} of ${all} rows have not exactly one 1`;
  const isSampled =
    sample?.columns.length === columns.length && sample.columns.every((name) => columns.includes(name));
  const sampleSums = isSampled ? sample.sums : undefined;
  const onlySingle = tasks !== undefined && !tasks.includes('multi-label');
  const onlySeveral = tasks !== undefined && !tasks.includes('single-label');
  if (onlySeveral)
    return { kind: 'multi-label', reason: `${odd}, and the metric scores several labels per image` };
  const isMostlyOne = one >= all * MOSTLY_ONE;
  if (isMostlyOne && several === 0 && (onlySingle || sampleSums === 'one')) {
    const why = onlySingle ? 'the metric scores one class per image' : "the sample's rows sum to 1";
    return { kind: 'one-hot', reason: `${odd}, and ${why}` };
  }
  if (sampleSums === 'other' && !onlySingle) {
    return { kind: 'multi-label', reason: `${odd}, and the sample's rows do not sum to 1` };
  }
  if (!isMostlyOne && sampleSums === undefined && !onlySingle) return { kind: 'multi-label', reason: odd };
  const plan = (kind: ColumnsKind): ColumnsPlan => ({ name: 'label', kind, columns });
  throw new UnclearSetting(
    'labels',
    [
      {
        value: planSetting(plan('one-hot')),
        label:
          several === 0 ? 'one class per image; the rows without a 1 are left out' : 'one class per image',
      },
      { value: planSetting(plan('multi-label')), label: 'any number of classes per image' },
    ],
    {
      code: 'layout-labels-unclear',
      message: 'it is unclear whether images have one class or several',
      path: { key: `${OPTIONS}.labels` },
      expected: 'exactly one 1 in every row, or in few of them',
      got: `${odd} (${places.join(', ')}${places.length < none + several ? ', ...' : ''})${
        onlySingle
          ? ', and the metric scores one class per image'
          : sampleSums === 'one'
            ? ", and the sample's rows sum to 1"
            : ''
      }`,
    },
  );
}

async function tally(rows: LabeledRows, columns: readonly string[]): Promise<Tally> {
  const result: Tally = { counts: [0, 0, 0], places: [], isWhole: true, sums: [0, 0] };
  await rows.each((table) => {
    const indices = columns.map((name) => table.columns.index(name));
    return ({ cells, line }) => {
      const texts = indices.map((index) => cells[index]!.trim());
      if (texts.every((text) => text === '')) return;
      const values = texts.map((text) => flagOf(text) ?? Number.NaN);
      const sum = values.reduce((total, value) => total + value, 0);
      if (values.some((value) => value !== 0 && value !== 1)) result.isWhole = false;
      result.sums[Math.abs(sum - 1) <= sumTolerance(texts) ? 0 : 1]++;
      const ones = values.filter((value) => value === 1).length;
      result.counts[Math.min(ones, 2) as 0 | 1 | 2]++;
      if (ones !== 1 && result.places.length < MAX_LINES) result.places.push(`${table.file}:${line}`);
    };
  });
  return result;
}
