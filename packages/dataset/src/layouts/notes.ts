import type { Decision, Omission } from '@podium/core';

const MAX_EXAMPLES = 5;

/** The settings of layouts, as users write them. */
export const OPTIONS = 'data.options';

/** Collects what a layout chooses and what it leaves out, while it reads a folder. */
export class Notes {
  readonly #decisions = new Map<string, Decision>();
  readonly #omissions = new Map<
    string,
    { what: string; reason: string; count: number; examples: string[] }
  >();

  readonly #once = new Set<string>();

  /**
   * Takes down a choice that no setting made. The same choice counts once.
   * @param option the setting of the layout that decides: `labels`
   */
  decide(option: string, value: string, reason: string): void {
    const decision = { key: `${OPTIONS}.${option}`, value, reason };
    this.#decisions.set(JSON.stringify(decision), decision);
  }

  add(decisions: readonly Decision[]): void {
    for (const decision of decisions) this.#decisions.set(JSON.stringify(decision), decision);
  }

  /**
   * Takes down something that is left out.
   * @param what in the plural: `training rows`
   * @param reason a clause after `because`
   * @param example where a reader finds it: `train.csv:12`
   */
  omit(what: string, reason: string, example: string): void {
    const key = JSON.stringify([what, reason]);
    const known = this.#omissions.get(key) ?? { what, reason, count: 0, examples: [] };
    known.count++;
    if (known.examples.length < MAX_EXAMPLES) known.examples.push(example);
    this.#omissions.set(key, known);
  }

  /** Like {@link omit}, for what several readings of a table meet. */
  omitOnce(what: string, reason: string, example: string): void {
    const key = JSON.stringify([what, reason, example]);
    if (this.#once.has(key)) return;
    this.#once.add(key);
    this.omit(what, reason, example);
  }

  /** @param kept by `what`: how many of them are not left out */
  result(kept: ReadonlyMap<string, number>): {
    readonly decisions: readonly Decision[];
    readonly omissions: readonly Omission[];
  } {
    const left = [...this.#omissions.values()];
    const omissions = left.map(({ what, count, reason, examples }): Omission => {
      const all = left.filter((other) => other.what === what).reduce((sum, other) => sum + other.count, 0);
      return { what, count, of: (kept.get(what) ?? 0) + all, reason, examples };
    });
    return { decisions: [...this.#decisions.values()], omissions };
  }
}
