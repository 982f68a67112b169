import { PodiumError } from '@podium/core';
import { jsonSettings, parseSettings } from '@podium/core/settings';
import type { AnyStage } from '../stage/stage.ts';
import { checkInputs } from './check-inputs.ts';
import type { Instance, Reference, Source } from './instance.ts';
import { inOrder } from './order.ts';

/** An instance with checked settings and inputs. */
export interface Node {
  readonly name: string;
  readonly stage: AnyStage;
  /** Plain JSON with defaults filled in: what the key is made of and what the stage gets. */
  readonly settings: unknown;
  /** By port, sorted by port name; a list of one reference unless the port takes many. */
  readonly inputs: Readonly<Record<string, readonly Reference[]>>;
  /** Only if the stage is random. */
  readonly seed?: string | number;
}

/** A checked graph. Each node comes after those it reads from; otherwise the order of definition is kept. */
export interface Graph {
  readonly sources: Readonly<Record<string, Source>>;
  readonly nodes: readonly Node[];
}

/**
 * Checks instances and sorts them into a graph.
 *
 * @throws PodiumError with the instance and the input or setting: `graph-duplicate-name`, `graph-bad-name`,
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
  /** Seed of random stages whose instance has none. */
  readonly seed?: string | number;
}): Graph {
  const byName = new Map<string, Instance>();
  for (const item of instances) {
    checkName(item.name);
    if (byName.has(item.name)) {
      throw new PodiumError({
        code: 'graph-duplicate-name',
        message: `the graph has two instances named "${item.name}"`,
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
  // Names appear in one-line messages and in run records.
  if (/^[\p{L}\p{N}][^\p{C}\p{Z}"]*$/u.test(name)) return;
  throw new PodiumError({
    code: 'graph-bad-name',
    message: 'invalid name of an instance',
    expected: 'a letter or digit, then any characters but spaces, quotes and control characters',
    got: JSON.stringify(name),
  });
}

function seedOf(item: Instance, seed: string | number | undefined): string | number {
  const value = item.seed ?? seed;
  if (value !== undefined) return value;
  throw new PodiumError({
    code: 'graph-missing-seed',
    path: { key: item.name },
    message: `the stage "${item.stage.name}" uses random numbers`,
    expected: 'a seed',
    got: 'nothing',
    fix: 'give the instance or the graph a seed',
  });
}
