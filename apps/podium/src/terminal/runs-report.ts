import type { LedgerComparison } from '@podium/submission';

type RankedRun = LedgerComparison['ranked'][number];
type Correlation = NonNullable<LedgerComparison['public']>;

/** One run of the ledger: rank, scores, and whether it can be told from the best. */
export function describeRanked({ row, rank, verdict }: RankedRun): string {
  const number = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(4));
  const interval =
    row.low === undefined || row.high === undefined ? '' : ` [${number(row.low)}, ${number(row.high)}]`;
  const board = `public ${number(row.public)}, private ${number(row.private)}`;
  const note = row.note === undefined ? '' : `; ${row.note}`;
  return `${rank}. ${row.run}  cv ${number(row.cv)}${interval}, ${board}; ${verdict}${note}`;
}

/** The ledger of one competition, the best run first. */
export function describeLedger(competition: string, ledger: LedgerComparison): string[] {
  const { metric, direction, ranked, unranked } = ledger;
  const lines = [`${competition}: ${metric ?? 'no metric'}, ${direction} is better`];
  for (const run of ranked) lines.push(`  ${describeRanked(run)}`);
  for (const { run, metric: own } of unranked)
    lines.push(`  -  ${run}${own === undefined ? '' : ` (${own})`}`);
  for (const board of ['public', 'private'] as const) {
    const correlation = ledger[board];
    if (correlation !== undefined) lines.push(`  ${describeCorrelation(board, correlation)}`);
  }
  return lines;
}

function describeCorrelation(board: string, { rho, runs }: Correlation): string {
  const trust =
    rho >= 0.8
      ? 'cross-validation can be trusted to choose'
      : rho >= 0.4
        ? 'it follows loosely'
        : 'it hardly follows: choose by cross-validation all the same, and look for what differs';
  return `the ${board} leaderboard against cross-validation, ${runs} runs: rank correlation ${rho.toFixed(2)}; ${trust}`;
}
