import type { RunReport } from '@podium/pipeline';
import { readJsonFile } from '../artifacts/json.ts';
import type { AdmissionReport } from '../stages/admit-external.ts';
import { admitExternal } from '../stages/admit-external.ts';
import { chooseMember, type MemberVerdict } from '../stages/choose-member.ts';
import { makePseudoRows, type PseudoRowsReport } from '../stages/pseudo-rows.ts';

/** What a run has found out about external images and pseudo labels. */
export interface PseudoResults {
  readonly admission: AdmissionReport | undefined;
  /** Per model, what pseudo labels gained. */
  readonly verdicts: readonly MemberVerdict[];
  /** Per model, round and fold, how images were labeled. */
  readonly reports: readonly PseudoRowsReport[];
}

/** Reads it from the store. */
export async function pseudoResults({ instances }: RunReport): Promise<PseudoResults> {
  const readAll = async <T>(stage: { readonly name: string }, output: string): Promise<T[]> => {
    const results: T[] = [];
    for (const { parts, outputs } of instances) {
      const path = parts.stage === stage.name ? outputs?.[output] : undefined;
      if (path !== undefined) results.push(await readJsonFile<T>(path));
    }
    return results;
  };
  const [admission] = await readAll<AdmissionReport>(admitExternal, 'admission');
  return {
    admission,
    verdicts: await readAll<MemberVerdict>(chooseMember, 'verdict'),
    reports: await readAll<PseudoRowsReport>(makePseudoRows, 'report'),
  };
}
