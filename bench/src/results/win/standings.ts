import { Rng } from '@podium/core';
import { bootstrap, compareModels, metrics } from '@podium/metrics';
import type { Used } from '../app/measured-process.ts';
import { scoredRows } from '../app/score-answers.ts';
import { interval, row, type Shown } from '../app/tables.ts';

/** A contestant's submissions, one per seed. */
export interface Contestant {
  readonly name: string;
  readonly entries: readonly (Used & { readonly csv: string })[];
}

/** A contestant's score on the hidden answers. */
export interface Standing {
  readonly name: string;
  /** Macro F1 over all seeds, with its interval over groups of the test set. */
  readonly score: Shown;
  /** Macro F1 of each seed. */
  readonly seeds: readonly number[];
  /** Mean over seeds. */
  readonly seconds: number;
  readonly cpuSeconds: number | undefined;
  /** Of the first contestant's score minus this one's, on the same groups; undefined for the first. */
  readonly lead: (Shown & { readonly withinNoise: boolean }) | undefined;
}

const OPTIONS = { resamples: 2000 };

/** Scores all contestants, and compares the first with each of the others. */
export async function standingsOf(contestants: readonly Contestant[], answers: string): Promise<Standing[]> {
  const metric = metrics.get('f1-macro');
  const rng = () => ({ ...OPTIONS, rng: Rng.fromSeed('win') });
  const all = await scoredRows(
    contestants.map(({ entries }) => entries.map(({ csv }) => csv)),
    answers,
  );
  const single = await scoredRows(
    contestants.flatMap(({ entries }) => entries.map(({ csv }) => [csv])),
    answers,
  );
  const bySeed = single.map((rows) => metric.compute(rows));
  return contestants.map(({ name, entries }, k): Standing => {
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const cpu = entries.flatMap(({ cpuSeconds }) => cpuSeconds ?? []);
    const difference = k === 0 ? undefined : compareModels(all[k]!, all[0]!, metric, rng());
    return {
      name,
      score: bootstrap(all[k]!, metric, rng()),
      seeds: bySeed.splice(0, entries.length),
      seconds: mean(entries.map(({ seconds }) => seconds)),
      cpuSeconds: cpu.length === entries.length ? mean(cpu) : undefined,
      lead: difference && { ...difference.difference, withinNoise: difference.withinNoise },
    };
  });
}

/** Markdown. */
export function standingsTable(standings: readonly Standing[], skipped: readonly string[]): string {
  const cells = ['contestant', 'macro F1', 'by seed', 's', 'CPU s', `${standings[0]?.name ?? ''} leads by`];
  return [
    row(cells),
    row(cells.map(() => '---')),
    ...standings.map(({ name, score, seeds, seconds, cpuSeconds, lead }) =>
      row([
        name,
        interval(score),
        seeds.map((seed) => seed.toFixed(3)).join(', '),
        seconds.toFixed(0),
        cpuSeconds?.toFixed(0) ?? '',
        lead === undefined ? '' : `${interval(lead)}${lead.withinNoise ? ', within noise' : ''}`,
      ]),
    ),
    ...skipped.map((why) => row([why, '', '', '', '', ''])),
  ].join('\n');
}
