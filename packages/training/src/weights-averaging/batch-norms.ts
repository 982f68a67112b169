import { type AnyModule, BatchNorm2d } from '@podium/nn';

/** The batch norms of a model by path. */
export function batchNorms(model: AnyModule): [path: string, norm: BatchNorm2d][] {
  return [...model.namedModules()].filter(
    (entry): entry is [string, AnyModule & BatchNorm2d] => (entry[1] as unknown) instanceof BatchNorm2d,
  );
}
