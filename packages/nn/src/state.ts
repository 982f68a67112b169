import { didYouMean, PodiumError } from '@podium/core';
import type { AnyModule } from './module.ts';
import { Buffer, IndexTable, type StateEntry } from './parameter.ts';
import type { StateDict, StateTensor } from './state-dict.ts';

/** What loading found. */
export interface LoadResult {
  /** Names of the module that the checkpoint does not have. */
  readonly missing: readonly string[];
  /** Names of the checkpoint that the module does not have. */
  readonly unexpected: readonly string[];
}

/** Every parameter and buffer by its path, in PyTorch's shapes and order: what a checkpoint keeps. */
export function stateDict(module: AnyModule): Map<string, StateTensor> {
  return new Map(savedEntries(module).map(([name, entry]) => [name, entry.toState()]));
}

/** Names and shapes of {@link stateDict}, without reading a value. */
export function stateShapes(module: AnyModule): Map<string, readonly number[]> {
  return new Map(savedEntries(module).map(([name, { shape }]) => [name, shape]));
}

/**
 * Fills a module from a checkpoint, all or nothing: names and shapes are checked before the first value is written.
 *
 * @param strict whether every name must occur on both sides (default), as in PyTorch. Shapes must agree in any case.
 * @throws PodiumError `nn-state-mismatch` listing what is missing, left over, or of another shape
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

/** Tables that follow from the settings, and that old checkpoints lack. */
function isOptional(entry: StateEntry | undefined): boolean {
  return entry instanceof IndexTable;
}

const MOST_LISTED = 8;

function mismatch(
  module: AnyModule,
  state: StateDict,
  missing: readonly string[],
  unexpected: readonly string[],
  misshapen: readonly [string, StateEntry][],
): PodiumError {
  const list = (what: string, items: readonly string[]) => {
    if (items.length === 0) return [];
    const more = items.length > MOST_LISTED ? `, and ${items.length - MOST_LISTED} more` : '';
    return [`\n  ${what}: ${items.slice(0, MOST_LISTED).join(', ')}${more}`];
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
