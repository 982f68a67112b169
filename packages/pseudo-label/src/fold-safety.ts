import { fail } from './support/errors.ts';
import { knowTeachers, type Teacher, type Teachers } from './teachers.ts';

/** Of a manifest's row what decides whether it leaks; a `ManifestRow` of `@podium/dataset` is one. */
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

export interface LeakQuestion {
  /** The fold that validates; every row of `train` is to train its model. */
  readonly fold: number;
  readonly train: readonly TracedRow[];
  readonly validation: readonly TracedRow[];
  /** All teachers, those of earlier rounds too. */
  readonly teachers: readonly Teacher[];
}

/**
 * Holds the rows of one fold to what makes its score honest:
 *
 * - validation rows have true labels;
 * - the teacher of every pseudo-labeled training row never saw the labels of this fold, neither itself nor through the
 *   teachers who taught it, in whatever round;
 * - no validation image, and no image of a group that is validated on, trains under a teacher's label.
 * @throws PodiumError `pseudo-leak` naming the row and its teacher, `pseudo-teachers` for teachers that are not known
 */
export function refuseLeak({ fold, train, validation, teachers }: LeakQuestion): void {
  const known = knowTeachers(teachers);
  for (const { id, provenance } of validation) {
    if (provenance.kind === 'true') continue;
    leak(`row ${JSON.stringify(id)} validates fold ${fold}`, {
      expected: 'a row of the competition with its true label',
      got: provenance.kind === 'pseudo' ? `the guess of teacher "${provenance.teacher}"` : 'an external row',
      fix: 'validate on true rows only: give other rows no fold',
    });
  }
  const ids = new Set(validation.map(({ id }) => id));
  const groups = new Set(validation.flatMap(({ group }) => group ?? []));
  for (const { id, group, provenance } of train) {
    if (provenance.kind !== 'pseudo') continue;
    const { teacher: key, round } = provenance;
    refuseTeacher(known, key, fold, `row ${JSON.stringify(id)}`);
    const teacher = known.get(key);
    if (teacher.round !== round) {
      fail({
        code: 'pseudo-round',
        message: `row ${JSON.stringify(id)} was labeled by teacher ${JSON.stringify(key)}`,
        expected: `round ${teacher.round}, the teacher's`,
        got: `round ${round}`,
      });
    }
    if (ids.has(id) || (group !== undefined && groups.has(group))) {
      leak(`row ${JSON.stringify(id)} trains the model that fold ${fold} measures`, {
        expected: 'images that are not validated on',
        got: ids.has(id)
          ? 'a validation image under a guessed label'
          : `an image of group ${JSON.stringify(group)}`,
        fix: 'make the rows with pseudoRows, which leaves such images out',
      });
    }
  }
}

/**
 * @param what that is to train the model of `fold`, for the message
 * @throws PodiumError `pseudo-leak` where the labels of `fold` reached this teacher
 */
export function refuseTeacher(teachers: Teachers, key: string, fold: number, what: string): void {
  const way = teachers.seen(key, fold);
  if (way === undefined) return;
  const through = way.slice(1);
  leak(
    `${what} trains the model that fold ${fold} measures, under a label by teacher ${JSON.stringify(key)}`,
    {
      expected: `a teacher trained without fold ${fold}`,
      got:
        through.length === 0
          ? `one that saw fold ${fold}`
          : `one that learned of fold ${fold} from ${through.map((name) => JSON.stringify(name)).join(', who learned it from ')}`,
      fix: `let the model of fold ${fold} label the images for fold ${fold}, in every round; a score with this row would be too good`,
    },
  );
}

function leak(
  message: string,
  rest: { readonly expected: string; readonly got: string; readonly fix: string },
): never {
  return fail({ code: 'pseudo-leak', message, ...rest });
}
