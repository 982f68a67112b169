import { PodiumError } from '@podium/core';

/** Translates the name of a tensor; undefined for one that stays as it is. */
type Translate = (name: string) => string | undefined;

/** How the names in a checkpoint become those of a model: a prefix is removed, then they are translated. */
export interface Naming {
  /** `model.`; empty for none. */
  readonly prefix: string;
  readonly translate: Translate;
  /** Names of the model that the checkpoint has. */
  readonly matched: number;
}

/** Marks averaged weights: `ema_model.`, `module_averaged.` */
const AVERAGED = /(^|[._])(ema|avg|averaged?|swa)([._]|$)/i;
const MAX_DEPTH = 8;

/**
 * Finds the naming by which a checkpoint has most names of a model: any leading parts of names may be a prefix, such as
 * Lightning's `model.` or `backbone.`; names without it belong to something else. Of prefixes that fit equally well, none is
 * preferred, then that of averaged weights.
 * @throws PodiumError `zoo-weights` if several other prefixes fit equally well, as student and teacher do
 */
export function matchNames(
  names: readonly string[],
  wanted: { readonly has: (name: string) => boolean },
  translations: readonly Translate[],
): Naming {
  const below = new Map<string, string[]>([['', [...names]]]);
  for (const name of names) {
    for (let end = name.indexOf('.'), depth = 0; end >= 0 && depth < MAX_DEPTH; depth++) {
      const prefix = name.slice(0, end + 1);
      const rest = below.get(prefix);
      if (rest === undefined) below.set(prefix, [name.slice(end + 1)]);
      else rest.push(name.slice(end + 1));
      end = name.indexOf('.', end + 1);
    }
  }
  const plain: Translate = () => undefined;
  let best: Naming[] = [{ prefix: '', translate: plain, matched: -1 }];
  for (const [prefix, rest] of below) {
    const namings = [plain, ...translations].map((translate) => {
      const hit = new Set(rest.map((name) => translate(name) ?? name).filter((name) => wanted.has(name)));
      return { prefix, translate, matched: hit.size };
    });
    // The first of equals, so that names are translated only where it helps.
    const own = namings.reduce((most, next) => (next.matched > most.matched ? next : most));
    if (own.matched > best[0]!.matched) best = [own];
    else if (own.matched === best[0]!.matched) best.push(own);
  }
  const [first] = best as [Naming];
  if (best.length === 1 || first.prefix === '') return first;
  const averaged = best.filter(({ prefix }) => AVERAGED.test(prefix));
  if (averaged.length === 1) return averaged[0]!;
  throw new PodiumError({
    code: 'zoo-weights',
    message: 'this checkpoint holds several models that fit',
    expected: 'one of them',
    got: best.map(({ prefix }) => JSON.stringify(prefix)).join(', '),
    fix: `save the one you want alone, in Python: {name.removeprefix(${JSON.stringify(first.prefix)}): t for name, t in state.items() if name.startswith(${JSON.stringify(first.prefix)})}`,
  });
}
