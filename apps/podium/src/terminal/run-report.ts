import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { BlendReport, PublishedRun, ScoreInterval, ScoreReport } from '@podium/competition';
import type { LintReport } from '@podium/submission';

/** The outcome of a run, as lines for people. */
export function describeScore({ metric, score, heads }: ScoreReport): string[] {
  const lines: string[] = [];
  const [only] = heads;
  if (heads.length === 1 && only !== undefined) {
    lines.push(`Cross-validation: ${metric} ${withInterval(only.cv)}`);
    const folds = only.folds.map((fold) => fold.score.toFixed(3)).join(' ');
    if (only.folds.length > 1) lines.push(`  by fold: ${folds}`);
  } else {
    lines.push(`Cross-validation: ${metric} ${score.toFixed(4)}, the mean over ${heads.length} heads`);
    for (const { head, cv } of heads) lines.push(`  ${head}: ${withInterval(cv)}`);
  }
  for (const { head, members } of heads) {
    if (members.length < 2) continue;
    lines.push(heads.length > 1 ? `Models, ${head}:` : 'Models:');
    const width = Math.max(...members.map(({ name }) => name.length));
    for (const { name, cv, blendGain, withinNoise } of members) {
      const gain = `${blendGain.estimate >= 0 ? '+' : ''}${blendGain.estimate.toFixed(4)}`;
      lines.push(
        `  ${name.padEnd(width)}  ${withInterval(cv)}; the blend is ${gain}${withinNoise ? ', within noise' : ''}`,
      );
    }
  }
  return lines;
}

/** `0.5712 [0.5012, 0.6310]` */
export function withInterval({ estimate, low, high }: ScoreInterval): string {
  return `${estimate.toFixed(4)}, 95 % [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}

/** What was written, what the linter found, and how to rebuild it. */
export function describePublished(
  { lint, paths, stored }: PublishedRun,
  { podium }: { readonly podium: string },
): string[] {
  const lines = describeFindings(lint);
  if (paths === undefined) {
    lines.push(
      `The submission has ${lint.errors} ${lint.errors === 1 ? 'error' : 'errors'} and was not handed out: ${stored}`,
    );
    return lines;
  }
  const here = (path: string) => relative(process.cwd(), path) || '.';
  lines.push(
    `Submission: ${here(paths.csv)} (${lint.rows} rows, checked against the sample)`,
    ...(existsSync(paths.report) ? [`Report:     ${here(paths.report)}`] : []),
    `Rebuild:    ${podium} rebuild ${here(paths.record)}`,
  );
  return lines;
}

/** What the linter found, errors first. */
export function describeFindings({ findings }: Pick<LintReport, 'findings'>): string[] {
  return findings.flatMap(({ severity, message, rule, fix }) => [
    `${severity.toUpperCase().padEnd(8)}${message} [${rule}]`,
    `        fix: ${fix}`,
  ]);
}

/** How a head was blended: what fitting gained and flattered, weights, and how alike the members' errors are. */
export function describeBlend(report: BlendReport): string[] {
  const { head, method, members, fitted, nested, optimism, weights, diversity } = report;
  const lines = [`Blend of ${head}: ${method}`];
  if (nested !== undefined && fitted !== undefined && optimism !== undefined) {
    lines.push(
      `  ${nested.toFixed(4)} on rows that it was not fitted on, ${fitted.toFixed(4)} on those that it was: optimism ${optimism.toFixed(4)}`,
    );
  }
  const width = Math.max(...members.map((name) => name.length));
  for (const [m, { name, score, gain, errorCorrelation }] of diversity.entries()) {
    const weight = weights === undefined ? '' : `, weight ${weights[m]!.toFixed(3)}`;
    const others = errorCorrelation
      .map((value, other) => ({ value, other }))
      .filter(({ other }) => other !== m)
      .map(({ value }) => (value === null ? '-' : value.toFixed(2)));
    const alike = others.length === 0 ? '' : `; errors correlate ${others.join(' ')} with the others'`;
    lines.push(
      `  ${name.padEnd(width)}  ${score.toFixed(4)} alone, adds ${gain >= 0 ? '+' : ''}${gain.toFixed(4)} to the mean${weight}${alike}`,
    );
  }
  return lines;
}
