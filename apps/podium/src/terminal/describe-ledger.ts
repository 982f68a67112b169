import type { LedgerComparison } from '@podium/submission';

type RankedRun = LedgerComparison['ranked'][number];
type Correlation = NonNullable<LedgerComparison['public']>;

/** A run in the ledger: rank, scores, and whether it differs from the best run beyond noise. */
export function describeRankedRun({ row, rank, verdict }: RankedRun): string {
  const score = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(4));
  const interval =
    row.low === undefined || row.high === undefined ? '' : ` [${score(row.low)}, ${score(row.high)}]`;
  const leaderboard = `public ${score(row.public)}, private ${score(row.private)}`;
  const note = row.note === undefined ? '' : `; ${row.note}`;
  return `${rank}. ${row.run}  cv ${score(row.cv)}${interval}, ${leaderboard}; ${verdict}${note}`;
}

/** The ledger of one competition, best run first. */
export function describeLedger(competition: string, ledger: LedgerComparison): string[] {
  const { metric, direction, ranked, unranked } = ledger;
  const lines = [`${competition}: ${metric ?? 'no metric'}, ${direction} is better`];
  for (const run of ranked) lines.push(`  ${describeRankedRun(run)}`);
  for (const { run, metric: otherMetric } of unranked)
    lines.push(`  -  ${run}${otherMetric === undefined ? '' : ` (${otherMetric})`}`);
  for (const leaderboard of ['public', 'private'] as const) {
    const correlation = ledger[leaderboard];
    if (correlation !== undefined) lines.push(`  ${describeCorrelation(leaderboard, correlation)}`);
  }
  return lines;
}

function describeCorrelation(leaderboard: string, { rho, runs }: Correlation): string {
  const advice =
    rho >= 0.8
      ? 'trust cross-validation to choose runs'
      : rho >= 0.4
        ? 'the leaderboard follows loosely'
        : 'the leaderboard hardly follows: still choose by cross-validation, and find out what differs';
  return `${leaderboard} leaderboard and cross-validation, ${runs} runs: rank correlation ${rho.toFixed(2)}; ${advice}`;
}
