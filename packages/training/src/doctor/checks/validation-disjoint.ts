import type { TrainingBatch } from '../../batches/index.ts';
import { type DoctorCheck, ok, problem, skipped } from '../check.ts';
import { formatList } from '../format.ts';

/** If an image, person or scene is in both sets, validation scores are too high. */
export const validationDisjoint: DoctorCheck = {
  name: 'validation-disjoint',
  title: 'training and validation share no image and no group',
  async run({ batches, validation, groupOf, ids }) {
    if (validation === undefined && ids === undefined) return skipped('there is no validation set');
    const training = ids === undefined ? await idsOf(batches(0)) : new Set(ids.training);
    const validationIds = ids === undefined ? await idsOf(validation?.()) : new Set(ids.validation);
    const duplicates = [...validationIds].filter((id) => training.has(id));
    if (duplicates.length > 0) {
      return problem(
        `${duplicates.length} of ${validationIds.size} validation ids are in the training set, too: ${formatList(duplicates)}`,
        'create the folds again',
      );
    }
    const groups = new Set([...training].flatMap((id) => groupOf?.(id) ?? []));
    const sharedGroups = [...new Set([...validationIds].flatMap((id) => groupOf?.(id) ?? []))].filter(
      (group) => groups.has(group),
    );
    if (sharedGroups.length > 0) {
      return problem(
        `${sharedGroups.length} groups are in both sets: ${formatList(sharedGroups)}`,
        'create folds by group, so that each person, patient or scene is in one fold',
      );
    }
    return ok(
      `${training.size} training and ${validationIds.size} validation ids have none in common` +
        (groupOf === undefined ? '; groups are unknown' : ', nor any group'),
    );
  },
};

async function idsOf(batches: AsyncIterable<TrainingBatch> | undefined): Promise<Set<string>> {
  const ids = new Set<string>();
  if (batches === undefined) return ids;
  for await (const batch of batches) for (const id of batch.ids) ids.add(id);
  return ids;
}
