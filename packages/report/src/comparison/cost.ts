import { duration } from '../page/format.ts';
import { html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { ReportData, StageCost } from '../report-data.ts';
import type { PairSection } from './pair.ts';

/** Time of both runs. */
export const cost: PairSection = {
  id: 'cost',
  title: 'Time',
  render({ a, b }) {
    const stagesOfA = a.data.stages;
    const stagesOfB = b.data.stages;
    if (stagesOfA === undefined || stagesOfB === undefined) return undefined;
    return table(
      [{ name: '' }, { name: 'A', numeric: true }, { name: 'B', numeric: true }],
      [
        ['Time of all stages', duration(seconds(stagesOfA)), duration(seconds(stagesOfB))],
        ['Members of the ensemble', members(a.data), members(b.data)],
      ],
      { caption: 'Time of both runs' },
    );
  },
};

function seconds(stages: readonly StageCost[]): number {
  return stages.reduce((sum, stage) => sum + stage.seconds, 0);
}

function members({ ensemble }: ReportData) {
  return ensemble === undefined ? html`–` : html`${ensemble.members.length}`;
}
