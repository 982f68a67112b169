import type { PseudoResults } from '@podium/competition';

/** Pseudo labels in `--json` output; undefined if there are none. */
export function pseudoJson({ verdicts, reports }: PseudoResults): object | undefined {
  return verdicts.length === 0 ? undefined : { verdicts, rows: reports };
}
