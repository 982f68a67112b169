import type { RunReport } from '@podium/pipeline';
import { readJsonFile } from '../artifacts/json.ts';
import type { AdmissionReport } from '../stages/admit-external.ts';
import type { MemberVerdict } from '../stages/choose-member.ts';
import type { PseudoRowsReport } from '../stages/pseudo-rows.ts';

/** What a run has found out about external images and pseudo labels. */
export interface PseudoResults {
  readonly admission: AdmissionReport | undefined;
  readonly verdicts: readonly MemberVerdict[];
  /** By model, round and fold, as they were made. */
  readonly reports: readonly PseudoRowsReport[];
}

/** Reads it from the store. */
export async function pseudoResults({ instances }: RunReport): Promise<PseudoResults> {
  const outputs = (stage: string, port: string): string[] =>
    instances.filter(({ parts }) => parts.stage === stage).flatMap((each) => each.outputs?.[port] ?? []);
  const all = async <T>(paths: readonly string[]): Promise<T[]> => {
    const results: T[] = [];
    for (const path of paths) results.push(await readJsonFile<T>(path));
    return results;
  };
  const [admission] = await all<AdmissionReport>(outputs('admit-external', 'admission'));
  return {
    admission,
    verdicts: await all<MemberVerdict>(outputs('choose-member', 'verdict')),
    reports: await all<PseudoRowsReport>(outputs('pseudo-rows', 'report')),
  };
}
