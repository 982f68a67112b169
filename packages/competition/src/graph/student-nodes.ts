import { type InstanceHandle, instance, type OutputRef } from '@podium/pipeline';
import { semiSupervisedMethods } from '@podium/semi-supervised';
import { teachersOf } from '../recipe/pseudo-defaults.ts';
import type { ResolvedModel } from '../recipe/resolve-config.ts';
import type { PseudoSettings } from '../settings/schema.ts';
import { chooseMember } from '../stages/choose-member.ts';
import { makePseudoRows } from '../stages/pseudo-rows.ts';
import type { Member, ModelNodes, PseudoLabelSet, TrainedPart } from './model-nodes.ts';

interface StudentContext {
  readonly nodes: ModelNodes;
  readonly pseudo: PseudoSettings;
  readonly models: readonly ResolvedModel[];
  /** By model: its trainings on true labels. */
  readonly trained: ReadonlyMap<string, readonly TrainedPart[]>;
  /** By model: those trainings, gathered. */
  readonly members: ReadonlyMap<string, Member>;
}

/**
 * Trains students on pseudo labels, round by round: the teachers of fold k were trained without fold k, and teach the student
 * of fold k alone. Gives, by model, the member whose predictions are used.
 */
export function addStudents(context: StudentContext): Map<string, Member> {
  const { nodes, pseudo, models, members } = context;
  const asked = models.filter(({ name }) => pseudo.models?.includes(name) ?? true);
  const chosen = new Map(members);
  if (semiSupervisedMethods.has(pseudo.method)) {
    // A probe trains no network that could label while it learns.
    for (const model of asked.filter(({ method }) => method !== 'probe')) {
      const parts = nodes.trainSemiSupervised(model, pseudo);
      chosen.set(model.name, choose(context, model.name, nodes.gather(`student[${model.name}]`, parts)));
    }
    return chosen;
  }
  for (const [name, student] of addRounds(context, asked)) chosen.set(name, choose(context, name, student));
  return chosen;
}

/** Students of labels that are made before they are trained; gives the last round's, by model. */
function addRounds(context: StudentContext, students: readonly ResolvedModel[]): Map<string, Member> {
  const { nodes, pseudo, models } = context;
  const isTogether = teachersOf(pseudo) === 'all';
  let teachers: Teachers = { parts: context.trained, gathered: context.members };
  for (let round = 1; round <= pseudo.rounds; round++) {
    const parts = new Map(teachers.parts);
    const gathered = new Map(teachers.gathered);
    const shared = isTogether ? addLabels(context, 'all', models, teachers, round) : undefined;
    for (const model of students) {
      const labels = shared ?? addLabels(context, model.name, [model], teachers, round);
      const trained = nodes.train(model, labels);
      parts.set(model.name, trained);
      gathered.set(model.name, nodes.gather(`student[${model.name},round=${round}]`, trained));
    }
    teachers = { parts, gathered };
  }
  return new Map(students.map(({ name }) => [name, teachers.gathered.get(name)!]));
}

/** The models that label in a round, by name. */
interface Teachers {
  readonly parts: ReadonlyMap<string, readonly TrainedPart[]>;
  readonly gathered: ReadonlyMap<string, Member>;
}

/** Labels for the students of one round: every seed of every teaching model is a teacher. */
function addLabels(
  { nodes, pseudo }: StudentContext,
  name: string,
  models: readonly ResolvedModel[],
  teachers: Teachers,
  round: number,
): PseudoLabelSet {
  const { builder, data, folds, heads, external } = nodes;
  const rowsOf = new Map<number, InstanceHandle<'rows' | 'teacher'>>();
  for (const fold of nodes.used) {
    const teacherPredictions: OutputRef[] = [];
    const records: OutputRef[] = [];
    const oof: OutputRef[] = [];
    for (const model of models) {
      const parts = teachers.parts.get(model.name)!;
      for (const part of parts.filter((each) => each.fold === fold)) {
        teacherPredictions.push(nodes.label(model, part, pseudo.allowTest));
        records.push(part.handle.output('teacher'));
        const sameSeed = parts.filter(({ seed }) => seed === part.seed);
        // With one seed the gathered model has it already.
        const gathered =
          sameSeed.length === parts.length
            ? teachers.gathered.get(model.name)!
            : nodes.gather(
                `oof[${model.name},seed=${part.seed}${round > 1 ? `,round=${round - 1}` : ''}]`,
                sameSeed,
              );
        oof.push(gathered.output('oof'));
      }
    }
    const rows = builder.add(
      instance(`pseudo[${name},round=${round},fold=${fold}]`, makePseudoRows, {
        settings: {
          fold,
          heads: [...heads],
          method: pseudo.method,
          options: pseudo.options,
          weight: pseudo.weight,
        },
        inputs: {
          train: data.output('train'),
          folds,
          teacherPredictions,
          records,
          oof,
          rows: external?.rows,
          test: pseudo.allowTest ? data.output('test') : undefined,
        },
      }),
    );
    rowsOf.set(fold, rows);
  }
  return {
    round,
    of: (fold) => {
      const rows = rowsOf.get(fold)!;
      return { rows: rows.output('rows'), teacher: rows.output('teacher') };
    },
  };
}

/** The verdict on a student, and the predictions that are used. */
function choose({ nodes, pseudo, members }: StudentContext, name: string, student: Member): Member {
  const { combine, sameInGroup } = nodes.builder.context.settings.heads;
  const baseline = members.get(name)!;
  return nodes.builder.add(
    instance(`chosen[${name}]`, chooseMember, {
      settings: {
        combine,
        sameInGroup,
        metric: nodes.metric,
        name,
        method: pseudo.method,
        keep: pseudo.keep,
      },
      inputs: {
        train: nodes.data.output('train'),
        baselineOof: baseline.output('oof'),
        baselineTest: baseline.output('test'),
        studentOof: student.output('oof'),
        studentTest: student.output('test'),
      },
    }),
  );
}
