import { PodiumError } from '@podium/core';
import { jsonSettings, parseSettings } from '@podium/core/settings';
import type { AnyStage } from '../stage/stage.ts';
import { checkInputs } from './check-inputs.ts';
import type { Instance, Reference, Source } from './instance.ts';
import { inOrder } from './order.ts';

/** An instance whose settings and inputs were checked. */
export interface Node {
  readonly name: string;
  readonly stage: AnyStage;
  /** Checked, with defaults, as plain JSON: what the key is made of and what the stage gets. */
  readonly settings: unknown;
  /** By port, in the order of the ports' names; one reference where the port takes no list. */
  readonly inputs: Readonly<Record<string, readonly Reference[]>>;
  /** Only where the stage is random. */
  readonly seed?: string | number;
}

/** Checked instances, each after those whose outputs it reads; otherwise in the order of their definition. */
export interface Graph {
  readonly sources: Readonly<Record<string, Source>>;
  readonly nodes: readonly Node[];
}

/**
 * Checks what the instances say and puts them in order.
 *
 * @throws PodiumError naming the instance and the input or setting: `graph-duplicate-name`, `graph-bad-name`,
 * `graph-unknown-reference`, `graph-missing-input`, `graph-unknown-input`, `graph-type-mismatch`, `graph-cycle`,
 * `graph-missing-seed`, `settings-invalid`, `settings-not-json`.
 */
export function defineGraph({
  sources = {},
  instances,
  seed,
}: {
  readonly sources?: Readonly<Record<string, Source>>;
  readonly instances: readonly Instance[];
  /** For random stages whose instance has none of its own. */
  readonly seed?: string | number;
}): Graph {
  const byName = new Map<string, Instance>();
  for (const item of instances) {
    checkName(item.name);
    if (byName.has(item.name)) {
      throw new PodiumError({
        code: 'graph-duplicate-name',
        message: `two instances of the graph are named "${item.name}"`,
        fix: 'rename one of them',
      });
    }
    byName.set(item.name, item);
  }
  const nodes = instances.map((item): Node => {
    const place = { prefix: `${item.name}.settings` };
    return {
      name: item.name,
      stage: item.stage,
      settings: jsonSettings(parseSettings(item.stage.settings, item.settings, place), place),
      inputs: checkInputs(item, byName, sources),
      ...(item.stage.random && { seed: seedOf(item, seed) }),
    };
  });
  return Object.freeze({ sources: { ...sources }, nodes: inOrder(nodes) });
}

function checkName(name: string): void {
  // Names go into one-line messages and into run.json.
  if (/^[\p{L}\p{N}][^\p{C}\p{Z}"]*$/u.test(name)) return;
  throw new PodiumError({
    code: 'graph-bad-name',
    message: 'an instance has a name that cannot be printed',
    expected: 'a letter or digit, then anything but spaces and quotes',
    got: JSON.stringify(name),
  });
}

function seedOf(item: Instance, seed: string | number | undefined): string | number {
  const value = item.seed ?? seed;
  if (value !== undefined) return value;
  throw new PodiumError({
    code: 'graph-missing-seed',
    path: { key: item.name },
    message: `the stage "${item.stage.name}" draws random numbers`,
    expected: 'a seed',
    got: 'nothing',
    fix: 'give the instance or the graph a seed',
  });
}
