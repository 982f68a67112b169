import type { AdmissionReport, MemberVerdict, PseudoRowsReport } from '@podium/competition';

/** What of external images comes in and how far it is from the competition's, as lines for people. */
export function describeAdmission({
  sources,
  likeTest,
  trainToTest,
  read,
  measuredBy,
}: AdmissionReport): string[] {
  const lines: string[] = [];
  for (const { name, images, admitted, dropped, toTrain, toTest, warnings } of sources) {
    const found = read.find((each) => each.name === name);
    const labeled = found !== undefined && found.labeled > 0 ? `, ${found.labeled} with labels` : '';
    lines.push(`${name}: ${admitted.length} of ${images} images admitted${labeled}`);
    for (const of of ['test', 'train']) {
      const count = dropped.filter(({ duplicateOf }) => duplicateOf.source === of).length;
      if (count > 0)
        lines.push(
          `  dropped: ${count} that show what ${of === 'test' ? 'a test' : 'a training'} image shows`,
        );
    }
    const copies = dropped.filter(
      ({ duplicateOf }) => !['test', 'train'].includes(duplicateOf.source),
    ).length;
    if (copies > 0) lines.push(`  dropped: ${copies} copies of other external images`);
    const unreadable = found?.unreadable.length ?? 0;
    if (unreadable > 0) lines.push(`  left out: ${unreadable} that cannot be read`);
    for (const { head, label, images: count } of (found?.unknown ?? []).slice(0, 5))
      lines.push(`  without label: ${count} called "${label}", which is no class of "${head}"`);
    if (admitted.length > 0) {
      lines.push(`  told from train: ${distance(toTrain)}`);
      if (toTest.twoSample !== undefined) lines.push(`  told from test:  ${distance(toTest)}`);
    }
    for (const warning of warnings) lines.push(`  warning: ${warning}`);
  }
  if (trainToTest.twoSample !== undefined) lines.push(`train told from test: ${distance(trainToTest)}`);
  if (likeTest.length > 1) lines.push(`most like the test images: ${likeTest.join(', ')}`);
  lines.push(`(AUC of telling two sets apart by features of ${measuredBy}: 0.5 not at all, 1 always)`);
  return lines;
}

function distance({ twoSample, nearest }: AdmissionReport['trainToTest']): string {
  const near = nearest === undefined ? '' : `; nearest image at ${nearest.median.toFixed(2)} in the middle`;
  if (twoSample === undefined) return `too few images to say${near}`;
  const { auc, low, high } = twoSample;
  return `AUC ${auc.toFixed(2)}, 95 % [${low.toFixed(2)}, ${high.toFixed(2)}]${near}`;
}

/** What pseudo labels were worth, as lines for people. */
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
  const [first] = reports;
  if (first === undefined) return lines;
  const last = reports.filter(({ round }) => round === reports.at(-1)?.round);
  const mean = (pick: (report: PseudoRowsReport) => number) =>
    last.reduce((sum, report) => sum + pick(report), 0) / last.length;
  lines.push(
    `  labeled ${mean(({ kept }) => kept).toFixed(0)} of ${mean(({ offered }) => offered).toFixed(0)} images a fold${last[0] === undefined || last[0].round === 1 ? '' : `, in round ${last[0].round}`}`,
  );
  for (const { head } of first.heads) {
    const precisions = last.flatMap(
      (report) => report.heads.find((each) => each.head === head)?.precision ?? [],
    );
    const known = precisions.filter(({ estimate }) => estimate !== undefined);
    if (known.length === 0) continue;
    const average = (pick: (each: (typeof known)[number]) => number) =>
      known.reduce((sum, each) => sum + pick(each), 0) / known.length;
    lines.push(
      `  ${head}: ${(100 * average(({ estimate }) => estimate!)).toFixed(1)} % of the labels right, as out-of-fold rows tell, 95 % [${(100 * average(({ low }) => low)).toFixed(1)}, ${(100 * average(({ high }) => high)).toFixed(1)}]`,
    );
  }
  const warnings = new Set(
    last.flatMap(({ heads }) =>
      heads.flatMap(({ head, warnings: own }) => own.map((each) => `${head}: ${each}`)),
    ),
  );
  for (const warning of [...warnings].slice(0, 5)) lines.push(`  warning: ${warning}`);
  return lines;
}
