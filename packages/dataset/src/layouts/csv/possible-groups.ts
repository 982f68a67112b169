import { looksLikeGroup } from '../group-names.ts';
import type { PossibleGroup } from '../layout.ts';
import type { Notes } from '../notes.ts';
import type { LabeledRows } from './labeled-rows.ts';

/** With fewer groups, folds would hold out too much at once. */
const MIN_GROUPS = 5;

/** The columns of a table, by what they are. */
interface TableColumns {
  readonly columns: readonly string[];
  /** Those that are something else. */
  readonly used: ReadonlySet<string | undefined>;
  /** Those with one class per cell. */
  readonly labels: readonly string[];
}

/**
 * Columns that may group rows: named like a person or a scene, with values that repeat within more than one class. Overlooking
 * such a column inflates scores, so the one with the fewest values is the group unless the settings say otherwise.
 */
export async function possibleGroups(
  rows: LabeledRows,
  table: string,
  { columns, used, labels }: TableColumns,
  notes: Notes,
): Promise<PossibleGroup[]> {
  const isCandidate = (name: string) => looksLikeGroup(name) && !used.has(name);
  if (!columns.some(isCandidate)) return [];
  const facts = new Map<string, GroupFacts>();
  let count = 0;
  await rows.each(({ columns: own }) => {
    const labelsAt = labels.map((name) => own.index(name));
    const candidates = own.names.filter(isCandidate).map((name) => {
      const fact = facts.get(name) ?? new GroupFacts(labels.length);
      facts.set(name, fact);
      return [own.index(name), fact] as const;
    });
    return ({ cells }) => {
      count++;
      const classes = labelsAt.map((index) => cells[index]!.trim());
      for (const [index, fact] of candidates) fact.add(cells[index]!.trim(), classes);
    };
  });
  const found: PossibleGroup[] = [];
  for (const [column, fact] of facts) {
    const groups = fact.groups.size;
    if (groups < 2 || groups === fact.filled) continue;
    // A family of species, the number of a class: whoever holds it out holds out the class.
    if (fact.isPartOfLabel) notes.decide('group', 'none', `every class has only one "${column}"`);
    else found.push({ table, column, groups, rows: count });
  }
  const [chosen] = found.filter(({ groups }) => groups >= MIN_GROUPS).toSorted((a, b) => a.groups - b.groups);
  if (chosen === undefined) {
    for (const { column, groups } of found)
      notes.decide('group', 'none', `"${column}" has only ${groups} values`);
    return found;
  }
  const reason = `it is named like a group and has ${chosen.groups} values in ${count} rows; false for none`;
  notes.decide('group', chosen.column, reason);
  return found.map((group) => (group === chosen ? { ...group, isChosen: true } : group));
}

/** What a column that may group rows has in its cells. */
class GroupFacts {
  readonly groups: Set<string> = new Set();
  /** Rows whose cell is not empty. */
  filled = 0;
  /** By label column: the group of each class, until a second one comes up for any of them. */
  readonly #groupOf: (Map<string, string> | undefined)[];

  constructor(labels: number) {
    this.#groupOf = Array.from({ length: labels }, () => new Map());
  }

  add(group: string, classes: readonly string[]): void {
    if (group === '') return;
    this.filled++;
    this.groups.add(group);
    for (const [k, name] of classes.entries()) {
      const known = this.#groupOf[k];
      if (known?.has(name) && known.get(name) !== group) this.#groupOf[k] = undefined;
      else known?.set(name, group);
    }
  }

  /** The classes of a head follow from it: each has one group. */
  get isPartOfLabel(): boolean {
    return this.#groupOf.some((known) => known !== undefined && known.size < this.filled);
  }
}
