import type { AdmissionReport, MemberVerdict, PseudoRowsReport } from '@podium/competition';
import { formatInterval } from './format.ts';

const MAX_WARNINGS = 5;

/** How many external images were admitted, and how far they are from the competition's. What was not is an omission. */
export function describeAdmission(report: AdmissionReport): string[] {
  const { sources, likeTest, trainToTest, measuredBy } = report;
  const lines = sources.flatMap((source) =>
    describeSource(
      source,
      report.read.find(({ name }) => name === source.name),
    ),
  );
  if (trainToTest.twoSample !== undefined) lines.push(`train against test: ${describeDistance(trainToTest)}`);
  if (likeTest.length > 1) lines.push(`most similar to the test images: ${likeTest.join(', ')}`);
  lines.push(
    `(AUC of a classifier between the two sets, on features of ${measuredBy}: 0.5 indistinguishable, 1 separable)`,
  );
  return lines;
}

function describeSource(
  { name, images, admitted, toTrain, toTest, warnings }: AdmissionReport['sources'][number],
  findings: AdmissionReport['read'][number] | undefined,
): string[] {
  const { labeled = 0 } = findings ?? {};
  const lines = [
    `${name}: ${admitted.length} of ${images} images admitted${labeled > 0 ? `, ${labeled} with labels` : ''}`,
  ];
  if (admitted.length > 0) {
    lines.push(`  against train: ${describeDistance(toTrain)}`);
    if (toTest.twoSample !== undefined) lines.push(`  against test:  ${describeDistance(toTest)}`);
  }
  for (const warning of warnings) lines.push(`  warning: ${warning}`);
  return lines;
}

function describeDistance({ twoSample, nearest }: AdmissionReport['trainToTest']): string {
  const median =
    nearest === undefined ? '' : `; median distance to the nearest image ${nearest.median.toFixed(2)}`;
  if (twoSample === undefined) return `too few images to measure${median}`;
  return `AUC ${twoSample.auc.toFixed(2)}, ${formatInterval(twoSample, { digits: 2 })}${median}`;
}

/** What pseudo labels gained, per model and head, and the expected precision of the labels of the last round. */
export function describeVerdicts(
  verdicts: readonly MemberVerdict[],
  reports: readonly PseudoRowsReport[],
): string[] {
  if (verdicts.length === 0) return [];
  const lines = ['Pseudo labels:'];
  for (const { name, method, heads } of verdicts) {
    for (const { head, sentence } of heads)
      lines.push(`  ${name} with ${method}${heads.length > 1 ? `, ${head}` : ''}: ${sentence}`);
  }
  return reports.length === 0 ? lines : [...lines, ...describeLastRound(reports)];
}

/** The labels of the last round, as means over its folds. */
function describeLastRound(reports: readonly PseudoRowsReport[]): string[] {
  const { round } = reports.at(-1)!;
  const folds = reports.filter((report) => report.round === round);
  const kept = meanOf(folds.map((fold) => fold.kept)).toFixed(0);
  const offered = meanOf(folds.map((fold) => fold.offered)).toFixed(0);
  const lines = [
    `  labeled ${kept} of ${offered} images per fold${round === 1 ? '' : `, in round ${round}`}`,
  ];
  for (const { head } of reports[0]!.heads) {
    const precisions = folds
      .flatMap(({ heads }) => heads.find((item) => item.head === head)?.precision ?? [])
      .filter(({ estimate }) => estimate !== undefined);
    if (precisions.length === 0) continue;
    const estimate = meanOf(precisions.map((precision) => 100 * precision.estimate!)).toFixed(1);
    const interval = formatInterval(
      {
        low: meanOf(precisions.map(({ low }) => 100 * low)),
        high: meanOf(precisions.map(({ high }) => 100 * high)),
      },
      { digits: 1 },
    );
    lines.push(`  ${head}: ${estimate} % of the labels correct, estimated on out-of-fold rows, ${interval}`);
  }
  const warnings = new Set(
    folds.flatMap(({ heads }) =>
      heads.flatMap(({ head, warnings }) => warnings.map((warning) => `${head}: ${warning}`)),
    ),
  );
  for (const warning of [...warnings].slice(0, MAX_WARNINGS)) lines.push(`  warning: ${warning}`);
  return lines;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
