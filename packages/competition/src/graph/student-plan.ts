import { from, type Instance, instance, type Reference } from '@podium/pipeline';
import { semiSupervisedMethods } from '@podium/pseudo-label/online';
import type { ChosenModel } from '../recipe/resolve-config.ts';
import type { PseudoSettings } from '../settings/schema.ts';
import { chooseMember } from '../stages/choose-member.ts';
import { gatherMember } from '../stages/gather-member.ts';
import { makePseudoRows } from '../stages/pseudo-rows.ts';

/** One training of a model: an instance of the graph. */
export interface Part {
  readonly name: string;
  readonly seed: number;
  readonly fold: number;
}

/** Rows that a student learns beside the true ones, and who labeled them. */
export interface Lesson {
  readonly round: number;
  readonly of: (fold: number) => { readonly rows: Reference; readonly teacher: Reference };
}

interface StudentPlan {
  readonly pseudo: PseudoSettings;
  readonly heads: readonly string[];
  readonly folds: readonly number[];
  /** How predictions become answers, for the comparison. */
  readonly answers: {
    readonly combine?: { into: string; from: string[] };
    readonly sameInGroup: string[];
    readonly metric: string;
  };
  /** Whether there are admitted external images. */
  readonly external: boolean;
  readonly models: readonly ChosenModel[];
  /** By model: its trainings on true labels, gathered as `member[name]`. */
  readonly baselines: ReadonlyMap<string, readonly Part[]>;
  readonly add: (...instances: readonly Instance[]) => void;
  /** Adds what a part says of images without labels; gives the instance's name. */
  readonly label: (model: ChosenModel, part: Part) => string;
  /** Adds the trainings of a model on labeled and unlabeled images at once. */
  readonly trainSemi: (model: ChosenModel) => readonly Part[];
  /** Adds the trainings of a model with more rows. */
  readonly train: (model: ChosenModel, lesson: Lesson) => readonly Part[];
}

/** Images that may be labeled, as inputs of stages. */
export function unlabeledInputs({
  external,
  allowTest,
}: {
  readonly external: boolean;
  readonly allowTest: boolean;
}) {
  return {
    ...(external && { rows: from('admit', 'rows') }),
    ...(allowTest && { test: from('data', 'test') }),
  };
}

/**
 * Trains students of pseudo labels, round by round: the teachers of fold k are models that were trained without fold k, and
 * teach the student of fold k alone. Gives for each model the instance whose predictions are to be used.
 */
export function planStudents(plan: StudentPlan): Map<string, string> {
  const { pseudo, models } = plan;
  const asked = models.filter(({ name }) => pseudo.models?.includes(name) ?? true);
  const online = semiSupervisedMethods.has(pseudo.method);
  // A probe trains no network that could label while it learns.
  const students = online ? asked.filter(({ method }) => method !== 'probe') : asked;
  if (online) planOnline(plan, students);
  else planRounds(plan, students);
  const chosen = new Set(students.map(({ name }) => name));
  return new Map(models.map(({ name }) => [name, chosen.has(name) ? `chosen[${name}]` : `member[${name}]`]));
}

/** Students that label while they train. */
function planOnline(plan: StudentPlan, students: readonly ChosenModel[]): void {
  for (const model of students) {
    const student = `student[${model.name}]`;
    plan.add(gathered(student, plan.trainSemi(model), plan.folds.length), choice(plan, model.name, student));
  }
}

/** Students of labels that are given before. */
function planRounds(plan: StudentPlan, students: readonly ChosenModel[]): void {
  const { pseudo, models, baselines, folds, add } = plan;
  const together = (pseudo.teachers ?? (pseudo.method === 'ensemble-agreement' ? 'all' : 'own')) === 'all';
  let current = new Map(baselines);
  for (let round = 1; round <= pseudo.rounds; round++) {
    const next = new Map(current);
    for (const model of students) {
      const of = together ? models : [model];
      const label = together ? 'all' : model.name;
      const name = (fold: number) => `pseudo[${label},round=${round},fold=${fold}]`;
      // The same teachers label for all of them.
      if (!together || model === students[0])
        for (const fold of folds) addRows(plan, of, current, round, fold, name(fold));
      const parts = plan.train(model, {
        round,
        of: (fold) => ({ rows: from(name(fold), 'rows'), teacher: from(name(fold), 'teacher') }),
      });
      next.set(model.name, parts);
      add(gathered(`student[${model.name},round=${round}]`, parts, folds.length));
    }
    current = next;
  }
  for (const { name } of students) add(choice(plan, name, `student[${name},round=${pseudo.rounds}]`));
}

/** Puts the folds and seeds of a model together. */
export function gathered(name: string, parts: readonly Part[], folds: number): Instance {
  return instance(name, gatherMember, {
    settings: { folds },
    inputs: {
      oof: parts.map((part) => from(part.name, 'oof')),
      test: parts.map((part) => from(part.name, 'test')),
    },
  });
}

/** The verdict on a student, and what is used of it. */
function choice(
  { answers, pseudo }: Pick<StudentPlan, 'answers' | 'pseudo'>,
  name: string,
  student: string,
): Instance {
  return instance(`chosen[${name}]`, chooseMember, {
    settings: { ...answers, name, method: pseudo.method, keep: pseudo.keep },
    inputs: {
      train: from('data', 'train'),
      baselineOof: from(`member[${name}]`, 'oof'),
      baselineTest: from(`member[${name}]`, 'test'),
      studentOof: from(student, 'oof'),
      studentTest: from(student, 'test'),
    },
  });
}

/** Labels for the student of one fold: every seed of every teaching model is a teacher. */
function addRows(
  { pseudo, heads, external, folds, baselines, add, label }: StudentPlan,
  teachers: readonly ChosenModel[],
  trained: ReadonlyMap<string, readonly Part[]>,
  round: number,
  fold: number,
  name: string,
): void {
  const said: Reference[] = [];
  const records: Reference[] = [];
  const oof: Reference[] = [];
  for (const model of teachers) {
    const parts = trained.get(model.name)!;
    for (const part of parts.filter((each) => each.fold === fold)) {
      said.push(from(label(model, part), 'predictions'));
      records.push(from(part.name, 'teacher'));
      const own = parts.filter(({ seed }) => seed === part.seed);
      const of = part.name.replace(/^\w+\[|,fold=\d+|\]$/g, '');
      // With one seed the gathered model is there already.
      const all =
        parts === baselines.get(model.name)
          ? `member[${model.name}]`
          : `student[${model.name},round=${round - 1}]`;
      const gathering = own.length === parts.length ? all : `oof[${of}]`;
      if (gathering !== all) add(gathered(gathering, own, folds.length));
      oof.push(from(gathering, 'oof'));
    }
  }
  add(
    instance(name, makePseudoRows, {
      settings: {
        fold,
        heads: [...heads],
        method: pseudo.method,
        options: pseudo.options,
        weight: pseudo.weight,
      },
      inputs: {
        train: from('data', 'train'),
        folds: from('folds', 'folds'),
        said,
        records,
        oof,
        ...unlabeledInputs({ external, allowTest: pseudo.allowTest }),
      },
    }),
  );
}
