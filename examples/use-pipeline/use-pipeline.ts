import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defineGraph,
  instance,
  localExecutor,
  openStore,
  outputsOf,
  plan,
  renderReason,
  run,
  source,
} from '@podium/pipeline';
import { countWords, splitWords } from './stages.ts';

/** Version of whatever computes results. Part of every key: with another one, everything runs again. */
const engine = '1';

/** The graph: a text, its words, their counts. References are checked by the compiler. */
function wordGraph(text: string, top: number) {
  const words = instance('words', splitWords, {
    settings: { minLength: 4 },
    inputs: { text: source('text') },
  });
  const counts = instance('counts', countWords, {
    settings: { top },
    inputs: { words: words.output('words') },
  });
  const sources = { text: { kind: 'file', type: 'text', path: text } } as const;
  return { counts, graph: defineGraph({ sources, instances: [words, counts] }) };
}

/** Which stages would run, and why. */
export async function explain(text: string, top: number, store: string): Promise<string[]> {
  const { instances } = await plan(wordGraph(text, top).graph, await openStore(store), { engine });
  return instances.map(({ name, status, reasons }) =>
    [name, status, ...reasons.map(renderReason)].join(', '),
  );
}

/** The most frequent words of a text. Only what is not in the store yet runs, each stage in its own process. */
export async function topWords(text: string, top: number, store: string) {
  const { counts, graph } = wordGraph(text, top);
  const executor = localExecutor();
  const report = await run(graph, await openStore(store), executor, { engine });
  await executor.close();
  const result = JSON.parse(await readFile(outputsOf(report, counts).counts, 'utf8')) as [string, number][];
  return { result, statuses: report.instances.map(({ name, status }) => `${name}: ${status}`) };
}

if (process.argv[1] === import.meta.filename) {
  const text = process.argv[2] ?? 'README.md';
  const store = await mkdtemp(join(tmpdir(), 'podium-use-pipeline-'));
  for (const top of [5, 5, 3]) {
    console.log(await explain(text, top, store));
    const { result, statuses } = await topWords(text, top, store);
    console.log(statuses, result);
  }
}
