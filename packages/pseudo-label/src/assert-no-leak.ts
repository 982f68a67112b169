import { fail } from '@podium/core';
import { type Teacher, type TeacherLineage, teacherLineage } from './teacher-lineage.ts';

/** The fields of a row that decide whether it leaks, such as a `ManifestRow` of `@podium/dataset`. */
export interface TracedRow {
  readonly id: string;
  readonly group?: string;
  readonly provenance:
    | { readonly kind: 'true' }
    | { readonly kind: 'external'; readonly source: string }
    | {
        readonly kind: 'pseudo';
        readonly teacher: string;
        readonly round: number;
        readonly confidence: number;
      };
}

export interface FoldRows {
  /** The validation fold. */
  readonly fold: number;
  /** Rows that train its model. */
  readonly train: readonly TracedRow[];
  readonly validation: readonly TracedRow[];
  /** All teachers, including those of earlier rounds. */
  readonly teachers: readonly Teacher[];
}

/**
 * Checks that the score of a fold is honest:
 *
 * - validation rows have true labels;
 * - no teacher of a pseudo-labeled training row was trained on the labels of this fold, neither itself nor through the
 *   teachers who taught it, in any round;
 * - no validation image, and no image of a validation group, trains under a pseudo label.
 * @throws PodiumError `pseudo-leak` naming the row and its teacher, `pseudo-teachers` for unknown teachers, `pseudo-round`
 */
export function assertNoLeak({ fold, train, validation, teachers }: FoldRows): void {
  const lineage = teacherLineage(teachers);
  for (const { id, provenance } of validation) {
    if (provenance.kind === 'true') continue;
    leak(`row ${JSON.stringify(id)} validates fold ${fold}`, {
      expected: 'a row of the competition with its true label',
      got: provenance.kind === 'pseudo' ? `a label by teacher "${provenance.teacher}"` : 'an external row',
      fix: 'validate on true rows only: give other rows no fold',
    });
  }
  const ids = new Set(validation.map(({ id }) => id));
  const groups = new Set(validation.flatMap(({ group }) => group ?? []));
  for (const { id, group, provenance } of train) {
    if (provenance.kind !== 'pseudo') continue;
    const { teacher: key, round } = provenance;
    assertFoldUnseen(lineage, key, fold, `row ${JSON.stringify(id)}`);
    const teacher = lineage.get(key);
    if (teacher.round !== round) {
      fail({
        code: 'pseudo-round',
        message: `row ${JSON.stringify(id)} was labeled by teacher ${JSON.stringify(key)}`,
        expected: `round ${teacher.round}, the teacher's`,
        got: `round ${round}`,
      });
    }
    if (ids.has(id) || (group !== undefined && groups.has(group))) {
      leak(`row ${JSON.stringify(id)} trains the model that fold ${fold} validates`, {
        expected: 'images that are not validated on',
        got: ids.has(id)
          ? 'a validation image under a pseudo label'
          : `an image of group ${JSON.stringify(group)}`,
        fix: 'create the rows with pseudoRows, which leaves out such images',
      });
    }
  }
}

/**
 * @param subject what trains the model of `fold`, for the message
 * @throws PodiumError `pseudo-leak` if the labels of `fold` reached this teacher
 */
export function assertFoldUnseen(lineage: TeacherLineage, key: string, fold: number, subject: string): void {
  const path = lineage.pathTo(key, fold);
  if (path === undefined) return;
  const through = path.slice(1);
  leak(
    `${subject} trains the model that fold ${fold} validates, under a label by teacher ${JSON.stringify(key)}`,
    {
      expected: `a teacher trained without fold ${fold}`,
      got:
        through.length === 0
          ? `one trained on fold ${fold}`
          : `one that learned of fold ${fold} from ${through.map((name) => JSON.stringify(name)).join(', which learned it from ')}`,
      fix: `label the images for fold ${fold} with the model of fold ${fold}, in every round; otherwise the score is too good`,
    },
  );
}

function leak(
  message: string,
  rest: { readonly expected: string; readonly got: string; readonly fix: string },
): never {
  return fail({ code: 'pseudo-leak', message, ...rest });
}
