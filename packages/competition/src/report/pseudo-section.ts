import type { ReportData } from '@podium/report';
import type { PseudoResults } from '../run/pseudo-results.ts';

type Findings = NonNullable<ReportData['findings']>;

/** What the report shows of external images and pseudo labels. */
export interface PseudoSection {
  /** Sentences for the verdict at the top. */
  readonly verdict: readonly string[];
  readonly facts: Readonly<Record<string, string>>;
  readonly findings: Findings;
  readonly pseudoLabels: ReportData['pseudoLabels'];
}

/** Puts what a run has found out in the report's words. */
export function pseudoSection({ admission, verdicts, reports }: PseudoResults): PseudoSection {
  const facts: Record<string, string> = {};
  const findings: Findings[number][] = [];
  for (const { name, images, admitted, dropped, toTest, toTrain, warnings } of admission?.sources ?? []) {
    const nearer = toTest.twoSample ?? toTrain.twoSample;
    const auc =
      nearer === undefined
        ? ''
        : `, told from ${toTest.twoSample === undefined ? 'train' : 'test'} with AUC ${nearer.auc.toFixed(2)}`;
    facts[`external: ${name}`] = `${admitted.length} of ${images}${auc}`;
    for (const message of warnings)
      findings.push({ severity: 'warning', message: `external "${name}": ${message}` });
    if (dropped.length > 0) {
      findings.push({
        severity: 'info',
        message: `external "${name}": ${dropped.length} images left out that show what train, test or another source shows`,
        count: dropped.length,
      });
    }
  }
  const last = reports.filter(({ round }) => round === Math.max(...reports.map((each) => each.round)));
  for (const report of last) {
    for (const { head, warnings } of report.heads) {
      for (const warning of warnings) {
        const message = `pseudo labels of "${head}", fold ${report.fold}: ${warning}`;
        findings.push({ severity: 'warning', message });
      }
    }
  }
  return {
    facts,
    findings,
    verdict: verdicts.flatMap(({ name, method, heads }) =>
      heads.map(
        ({ head, sentence }) =>
          `Pseudo labels by ${method} for ${name}${heads.length > 1 ? `, ${head}` : ''}: ${sentence}.`,
      ),
    ),
    pseudoLabels: reports.length === 0 ? undefined : { method: last[0]?.method, rows: classRows(last) },
  };
}

/** One line per head and class: labels of all folds together, and the mean of what the folds expect. */
function classRows(reports: PseudoResults['reports']) {
  const [first] = reports;
  return (first?.heads ?? []).flatMap(({ head, classes }) =>
    classes.map((name, k) => {
      const own = reports.flatMap((report) => report.heads.find((each) => each.head === head) ?? []);
      const sum = (pick: (each: (typeof own)[number]) => number | undefined) =>
        own.reduce((total, each) => total + (pick(each) ?? 0), 0);
      const known = own
        .flatMap(({ precision }) => precision.classes[k] ?? [])
        .filter(({ estimate, labels }) => estimate !== undefined && labels > 0);
      const mean = (pick: (each: (typeof known)[number]) => number) =>
        known.reduce((total, each) => total + pick(each), 0) / known.length;
      return {
        name: (first?.heads.length ?? 0) > 1 ? `${head}: ${name}` : name,
        kept: sum(({ counts }) => counts[k]?.accepted),
        offered: sum(({ counts }) => counts[k]?.candidates),
        ...(known.length > 0 && {
          precision: mean(({ estimate }) => estimate!),
          interval: { low: mean(({ low }) => low), high: mean(({ high }) => high) },
        }),
      };
    }),
  );
}
