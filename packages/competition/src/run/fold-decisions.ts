import type { Decision } from '@podium/core';
import { chooseFoldMethod, layouts, type Manifest } from '@podium/dataset';
import type { Settings } from '../settings/schema.ts';
import type { DatasetSummary } from './dataset-summary.ts';

const GROUP = 'data.options.group';

/**
 * Says how rows are held out, where no setting does: by groups, or plainly without any, since scores are then too high for
 * people and scenes that are new.
 * @param train the manifest of training rows
 */
export function foldDecisions(
  { data, folds }: Settings,
  { format, findings }: DatasetSummary,
  { heads, rows }: Manifest,
): Decision[] {
  const { together } = findings;
  const isGrouped = rows.some(({ group }) => group !== undefined);
  const decisions: Decision[] = [];
  const isTold = format.decisions.some(({ key }) => key === GROUP) || data.options?.group === false;
  // Other layouts have no column that could be one; they say so by the method of their folds.
  const canBeSet = 'group' in layouts.get(format.layout).settings.shape;
  if (!isGrouped && !isTold && canBeSet) {
    const reason =
      'no column is named like a person, a scene or a group; every image counts as independent, and the score is too high if several show the same';
    decisions.push({ key: GROUP, value: 'none', reason });
  }
  if (folds.method === undefined) {
    const value = chooseFoldMethod({ heads, rows }, { together });
    decisions.push({ key: 'folds.method', value, reason: reasonOf({ isGrouped, copies: together.length }) });
  }
  return decisions;
}

function reasonOf({ isGrouped, copies }: { readonly isGrouped: boolean; readonly copies: number }): string {
  const kept =
    copies === 0 ? '' : `copies of an image (${copies} ${copies === 1 ? 'set' : 'sets'}) stay together`;
  if (isGrouped) return ['the rows of a group stay together', kept].filter(Boolean).join('; ');
  return ['no groups are used: every image counts as independent', kept].filter(Boolean).join('; ');
}
