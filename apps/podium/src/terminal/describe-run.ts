import type { RecordedRun, RunComparison } from '@podium/competition';
import { renderRunDifference } from '@podium/pipeline';
import { describeRace } from './describe-race.ts';
import { countOf, formatGain, formatInterval, formatTable } from './format.ts';

/** The record of a run. */
export function describeRun({
  competition,
  run,
  score,
  settings,
  stages,
  submission,
  race,
}: RecordedRun): string[] {
  const countStages = (stage: string) => stages.instances.filter((item) => item.stage === stage).length;
  const members = stages.instances
    .filter(({ stage }) => stage === 'gather-member')
    .map(({ name }) => name.replace(/^member\[(.*)\]$/, '$1'));
  const blend = stages.instances.find(({ stage }) => stage === 'blend')?.settings as
    | { method?: string }
    | undefined;
  const rows: [string, string][] = [['Run', `${run} of ${competition}`]];
  if (score !== null) {
    rows.push(
      ['Score', `${score.metric} ${score.cv.toFixed(4)}, ${formatInterval(score, score)}`],
      ['Folds', score.folds.map((fold) => fold.score.toFixed(4)).join(' ')],
    );
  }
  rows.push(
    ['Models', `${members.join(', ')}${members.length > 1 ? `, blended by ${blend?.method}` : ''}`],
    ['Preset', `${settings.preset}; seed ${settings.seed}`],
    ['Trained', `${countStages('train-fold')} networks, ${countStages('fit-probe')} probes`],
    ['Engine', stages.engine],
    [
      'Versions',
      Object.entries(stages.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ['Commit', stages.gitCommit ?? 'none: the settings are not in a Git repository'],
  );
  for (const [name, { sha256, bytes }] of Object.entries(stages.sources))
    rows.push(['Source', `${name}, SHA-256 ${sha256.slice(0, 12)}, ${bytes} bytes`]);
  if (submission !== undefined) {
    const { file, rows: rowCount, sha256, form } = submission.submission;
    rows.push(['Submission', `${file}, ${rowCount} rows, form ${form.form}, SHA-256 ${sha256.slice(0, 12)}`]);
    for (const { rule, message } of submission.warnings) rows.push(['Warning', `${message} [${rule}]`]);
  }
  return [...formatTable(rows, 11), ...(race === undefined ? [] : describeRace(race))];
}

/** How two runs differ. */
export function describeComparison(a: RecordedRun, b: RecordedRun, comparison: RunComparison): string[] {
  const { differences, heads, unpaired } = comparison;
  const lines: string[] = [];
  for (const [head, { a: before, b: after, difference, withinNoise, better, rows }] of Object.entries(
    heads,
  )) {
    const verdict = withinNoise
      ? 'within noise: the data cannot tell the runs apart'
      : `beyond noise: ${better === 'b' ? b.run : a.run} is better`;
    lines.push(
      `${a.settings.metric} of ${head} on the same ${rows} images: ${before.toFixed(4)} -> ${after.toFixed(4)}`,
      `  ${formatGain(difference.estimate)}, ${formatInterval(difference)}: ${verdict}`,
    );
  }
  if (unpaired !== undefined) {
    if (a.score !== null && b.score !== null)
      lines.push(`${a.score.metric}: ${a.score.cv.toFixed(4)} -> ${b.score.cv.toFixed(4)}`);
    lines.push(`The predictions cannot be compared: ${unpaired.split('\n').join(' ')}`);
  }
  lines.push(
    differences.length === 0 ? 'Nothing else differs.' : `${countOf(differences.length, 'difference')}:`,
  );
  for (const difference of differences) lines.push(`  ${renderRunDifference(difference)}`);
  return lines;
}
