import { bytes, duration } from '../page/format.ts';
import { html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { ReportData, StageCost } from '../report-data.ts';
import type { PairSection } from './pair.ts';

/** What each run took. */
export const cost: PairSection = {
  id: 'cost',
  title: 'Time and memory',
  render({ a, b }) {
    const [before, after] = [a.data.stages, b.data.stages];
    if (before === undefined || after === undefined) return undefined;
    const both = [before, after] as const;
    return table(
      [{ name: '' }, { name: 'A', numeric: true }, { name: 'B', numeric: true }],
      [
        ['Time of all stages', ...both.map((stages) => duration(seconds(stages)))],
        ['Peak memory', ...both.map((stages) => bytes(peak(stages)))],
        ['Members of the ensemble', ...[a.data, b.data].map(members)],
      ],
      { caption: 'What each run took' },
    );
  },
};

/** Those from the store were paid for once, too: compared is what each run costs from nothing. */
function seconds(stages: readonly StageCost[]): number {
  return stages.reduce((sum, stage) => sum + stage.seconds, 0);
}

function peak(stages: readonly StageCost[]): number {
  return stages.reduce((most, { peakBytes = 0 }) => Math.max(most, peakBytes), 0);
}

function members({ ensemble }: ReportData) {
  return ensemble === undefined ? html`–` : html`${ensemble.members.length}`;
}
