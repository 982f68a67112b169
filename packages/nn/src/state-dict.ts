import { didYouMean, PodiumError } from '@podium/core';
import type { AnyModule } from './module.ts';
import { Buffer, IndexTable, type StateEntry } from './parameter.ts';
import type { StateDict, StateTensor } from './state-tensor.ts';

/** Differences between a module and the checkpoint it was loaded from. */
export interface LoadResult {
  /** Names that only the module has. */
  readonly missing: readonly string[];
  /** Names that only the checkpoint has. */
  readonly unexpected: readonly string[];
}

/** All parameters and buffers by path, in PyTorch's shapes and order, as checkpoints hold them. */
export function stateDict(module: AnyModule): Map<string, StateTensor> {
  return new Map(savedEntries(module).map(([name, entry]) => [name, entry.toState()]));
}

/** Names and shapes of {@link stateDict}, without reading values. */
export function stateShapes(module: AnyModule): Map<string, readonly number[]> {
  return new Map(savedEntries(module).map(([name, { shape }]) => [name, shape]));
}

/**
 * Loads a checkpoint into a module, completely or not at all: names and shapes are checked before any value is written.
 *
 * @param options `strict`: every name must occur on both sides, as in PyTorch (default true). Shapes must always match.
 * @throws PodiumError `nn-state-mismatch` with the names that are missing, unexpected, or of another shape
 *
 * @example
 * loadStateDict(model, (await readSafetensors('model.safetensors')).tensors);
 */
export function loadStateDict(
  module: AnyModule,
  state: StateDict,
  { strict = true }: { readonly strict?: boolean } = {},
): LoadResult {
  const entries = savedEntries(module);
  const wanted = new Map(entries);
  const missing = entries
    .map(([name]) => name)
    .filter((name) => !state.has(name) && !isOptional(wanted.get(name)));
  const unexpected = [...state.keys()].filter((name) => !wanted.has(name));
  const misshapen = entries.filter(([name, { shape }]) => {
    const given = state.get(name);
    return given !== undefined && String(given.shape) !== String(shape);
  });
  if (misshapen.length > 0 || (strict && missing.length + unexpected.length > 0)) {
    throw mismatch(module, state, missing, strict ? unexpected : [], misshapen);
  }
  for (const [name, entry] of entries) {
    const given = state.get(name);
    if (given !== undefined) entry.fromState(given);
  }
  return { missing, unexpected };
}

function savedEntries(module: AnyModule): [string, StateEntry][] {
  return module
    .namedEntries()
    .filter(([, entry]) => !((entry instanceof Buffer || entry instanceof IndexTable) && !entry.persistent));
}

/** Tables follow from the settings, and old checkpoints lack them. */
function isOptional(entry: StateEntry | undefined): boolean {
  return entry instanceof IndexTable;
}

const MAX_LISTED = 8;

function mismatch(
  module: AnyModule,
  state: StateDict,
  missing: readonly string[],
  unexpected: readonly string[],
  misshapen: readonly [string, StateEntry][],
): PodiumError {
  const list = (what: string, items: readonly string[]) => {
    if (items.length === 0) return [];
    const more = items.length > MAX_LISTED ? `, and ${items.length - MAX_LISTED} more` : '';
    return [`\n  ${what}: ${items.slice(0, MAX_LISTED).join(', ')}${more}`];
  };
  const shapes = misshapen.map(
    ([name, { shape }]) => `${name} (expected [${shape}], got [${state.get(name)?.shape}])`,
  );
  const nearest = missing[0] === undefined ? undefined : didYouMean(missing[0], unexpected);
  return new PodiumError({
    code: 'nn-state-mismatch',
    message:
      `the checkpoint does not fit ${module.constructor.name}` +
      [
        ...list('missing in the checkpoint', missing),
        ...list('not in the module', unexpected),
        ...list('of another shape', shapes),
      ].join('') +
      (nearest === undefined ? '' : `\n  "${missing[0]}" looks like "${nearest}"`),
    fix:
      misshapen.length > 0
        ? 'build the module with the sizes of the checkpoint (classes, channels, image size), or adapt the checkpoint'
        : 'load a checkpoint of this architecture, or pass strict: false to load what matches',
  });
}
