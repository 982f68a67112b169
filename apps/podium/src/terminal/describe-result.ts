import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { BlendReport, PublishedRun, ScoreReport } from '@podium/competition';
import type { LintReport } from '@podium/submission';
import { countOf, formatGain, formatScore } from './format.ts';

/** The cross-validation score of a run, per fold and per model. */
export function describeScore({ metric, score, heads }: ScoreReport): string[] {
  const lines: string[] = [];
  const [only] = heads;
  if (heads.length === 1 && only !== undefined) {
    lines.push(`Cross-validation: ${metric} ${formatScore(only.cv)}`);
    const folds = only.folds.map((fold) => fold.score.toFixed(3)).join(' ');
    if (only.folds.length > 1) lines.push(`  by fold: ${folds}`);
  } else {
    lines.push(`Cross-validation: ${metric} ${score.toFixed(4)}, mean of ${heads.length} heads`);
    for (const { head, cv } of heads) lines.push(`  ${head}: ${formatScore(cv)}`);
  }
  for (const { head, members } of heads) {
    if (members.length < 2) continue;
    lines.push(heads.length > 1 ? `Models, ${head}:` : 'Models:');
    const width = Math.max(...members.map(({ name }) => name.length));
    for (const { name, cv, blendGain, withinNoise } of members) {
      lines.push(
        `  ${name.padEnd(width)}  ${formatScore(cv)}; the blend is ${formatGain(blendGain.estimate)}${withinNoise ? ', within noise' : ''}`,
      );
    }
  }
  return lines;
}

/** The findings of the linter, the files of a run, and how to rebuild it. */
export function describePublished({ lint, paths, stored }: PublishedRun): string[] {
  const lines = describeLintFindings(lint);
  if (paths === undefined) {
    lines.push(`The submission has ${countOf(lint.errors, 'error')} and was not published: ${stored}`);
    return lines;
  }
  const here = (path: string) => relative(process.cwd(), path) || '.';
  lines.push(
    `Submission: ${here(paths.csv)} (${lint.rows} rows, checked against the sample)`,
    ...(existsSync(paths.report) ? [`Report:     ${here(paths.report)}`] : []),
    `Rebuild:    podium rebuild ${here(paths.record)}`,
  );
  return lines;
}

/** The findings of the linter, errors first. */
export function describeLintFindings({ findings }: Pick<LintReport, 'findings'>): string[] {
  return findings.flatMap(({ severity, message, rule, fix }) => [
    `${severity.toUpperCase().padEnd(8)}${message} [${rule}]`,
    `        fix: ${fix}`,
  ]);
}

/** The blend of one head: nested score and optimism, and each member's weight and error correlations. */
export function describeBlend(report: BlendReport): string[] {
  const { head, method, members, fitted, nested, optimism, weights, diversity } = report;
  const lines = [`Blend of ${head}: ${method}`];
  if (nested !== undefined && fitted !== undefined && optimism !== undefined) {
    lines.push(
      `  nested score ${nested.toFixed(4)}, score on the fitted rows ${fitted.toFixed(4)}: optimism ${optimism.toFixed(4)}`,
    );
  }
  const width = Math.max(...members.map((name) => name.length));
  for (const [m, { name, score, gain, errorCorrelation }] of diversity.entries()) {
    const weight = weights === undefined ? '' : `, weight ${weights[m]!.toFixed(3)}`;
    const correlations = errorCorrelation
      .filter((_, other) => other !== m)
      .map((value) => (value === null ? '-' : value.toFixed(2)));
    const correlation =
      correlations.length === 0 ? '' : `; error correlation with the others ${correlations.join(' ')}`;
    lines.push(
      `  ${name.padEnd(width)}  ${score.toFixed(4)} alone, adds ${formatGain(gain)} to the mean${weight}${correlation}`,
    );
  }
  return lines;
}
