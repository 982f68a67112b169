import { type Graph, type RunReport, subgraph } from '@podium/pipeline';

/** Planning, starting processes, checking results: of each graph that runs, beside its stages. */
const SECONDS_PER_RUN = 1;

/** Adds up what stages took. Those that are in the store count as when they ran, so that a second run decides the same. */
export class RunClock {
  #seconds = 0;
  readonly #counted = new Set<string>();

  get seconds(): number {
    return this.#seconds;
  }

  add(graph: Graph, { instances, targets }: RunReport): void {
    this.#seconds += SECONDS_PER_RUN;
    // Only what was asked for: other results may be in the store or not.
    const asked = new Set(subgraph(graph, targets).nodes.map(({ name }) => name));
    for (const { name, key, manifest } of instances) {
      if (manifest === undefined || !asked.has(name) || this.#counted.has(key)) continue;
      this.#counted.add(key);
      this.#seconds += manifest.durationMs / 1000;
    }
  }
}
