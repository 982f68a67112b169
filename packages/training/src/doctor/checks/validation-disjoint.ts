import type { TrainingBatch } from '../../loop/index.ts';
import { type DoctorCheck, ok, problem, skipped } from '../check.ts';
import { list } from '../tools.ts';

/** Images, or persons and scenes, on both sides make every score a lie. */
export const validationDisjoint: DoctorCheck = {
  name: 'validation-disjoint',
  title: 'no image or group is in both training and validation',
  async run({ batches, validation, groupOf, ids }) {
    if (validation === undefined && ids === undefined) return skipped('there is no validation set');
    const training = ids === undefined ? await idsOf(batches(0)) : new Set(ids.training);
    const held = ids === undefined ? await idsOf(validation?.()) : new Set(ids.validation);
    const twice = [...held].filter((id) => training.has(id));
    if (twice.length > 0) {
      return problem(
        `${twice.length} of ${held.size} ids are in both: ${list(twice)}`,
        'make the folds anew',
      );
    }
    const groups = new Set([...training].flatMap((id) => groupOf?.(id) ?? []));
    const torn = [...new Set([...held].flatMap((id) => groupOf?.(id) ?? []))].filter((group) =>
      groups.has(group),
    );
    if (torn.length > 0) {
      return problem(
        `${torn.length} groups are on both sides: ${list(torn)}`,
        'make folds by group: no person, patient or scene may be torn apart',
      );
    }
    return ok(
      `${training.size} and ${held.size} ids have none in common` +
        (groupOf === undefined ? '; groups are not known' : `, nor have their groups`),
    );
  },
};

async function idsOf(batches: AsyncIterable<TrainingBatch> | undefined): Promise<Set<string>> {
  const ids = new Set<string>();
  if (batches === undefined) return ids;
  for await (const batch of batches) for (const id of batch.ids) ids.add(id);
  return ids;
}
