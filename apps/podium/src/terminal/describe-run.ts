import type { RecordedRun, RunComparison } from '@podium/competition';
import { renderRunDifference } from '@podium/pipeline';

/** A run's record, as lines for people. */
export function describeRun({
  competition,
  run,
  score,
  settings,
  stages,
  submission,
}: RecordedRun): string[] {
  const count = (stage: string) => stages.instances.filter((item) => item.stage === stage).length;
  const members = stages.instances
    .filter(({ stage }) => stage === 'gather-member')
    .map(({ name }) => name.replace(/^member\[(.*)\]$/, '$1'));
  const blend = stages.instances.find(({ stage }) => stage === 'blend')?.settings as
    | { method?: string }
    | undefined;
  const rows: [string, string][] = [
    ['Run', `${run} of ${competition}`],
    ...(score === null
      ? []
      : ([
          [
            'Score',
            `${score.metric} ${score.cv.toFixed(4)}, ${100 * score.confidence} % [${score.low.toFixed(4)}, ${score.high.toFixed(4)}]`,
          ],
          ['Folds', score.folds.map((fold) => fold.score.toFixed(4)).join(' ')],
        ] satisfies [string, string][])),
    ['Models', `${members.join(', ')}${members.length > 1 ? `, blended by ${blend?.method}` : ''}`],
    ['Preset', `${settings.preset}; seed ${settings.seed}`],
    ['Trained', `${count('train-fold')} networks, ${count('fit-probe')} probes`],
    ['Engine', stages.engine],
    [
      'Versions',
      Object.entries(stages.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ['Commit', stages.gitCommit ?? 'none: the settings are in no git repository'],
  ];
  for (const [name, { sha256, bytes }] of Object.entries(stages.sources))
    rows.push(['Source', `${name}, SHA-256 ${sha256.slice(0, 12)}, ${bytes} bytes`]);
  if (submission !== undefined) {
    const { file, rows: written, sha256, form } = submission.submission;
    rows.push(['Submission', `${file}, ${written} rows, form ${form.form}, SHA-256 ${sha256.slice(0, 12)}`]);
    for (const { rule, message } of submission.warnings) rows.push(['Warning', `${message} [${rule}]`]);
  }
  return rows.map(([name, value]) => `${name.padEnd(11)} ${value}`);
}

/** How two runs differ, as lines for people. */
export function describeComparison(a: RecordedRun, b: RecordedRun, comparison: RunComparison): string[] {
  const { differences, heads, unpaired } = comparison;
  const lines: string[] = [];
  for (const [head, { a: before, b: now, difference, withinNoise, better, rows }] of Object.entries(heads)) {
    const change = `${difference.estimate >= 0 ? '+' : ''}${difference.estimate.toFixed(4)}`;
    const verdict = withinNoise
      ? 'within noise: this data cannot tell them apart'
      : `beyond noise: ${better === 'b' ? b.run : a.run} is better`;
    lines.push(
      `${a.settings.metric} of ${head} on the same ${rows} images: ${before.toFixed(4)} -> ${now.toFixed(4)}`,
      `  ${change}, 95 % [${difference.low.toFixed(4)}, ${difference.high.toFixed(4)}]: ${verdict}`,
    );
  }
  if (unpaired !== undefined) {
    if (a.score !== null && b.score !== null)
      lines.push(`${a.score.metric}: ${a.score.cv.toFixed(4)} -> ${b.score.cv.toFixed(4)}`);
    lines.push(`The predictions could not be compared: ${unpaired.split('\n').join(' ')}`);
  }
  lines.push(differences.length === 0 ? 'Nothing else differs.' : `${differences.length} differences:`);
  for (const difference of differences) lines.push(`  ${renderRunDifference(difference)}`);
  return lines;
}
