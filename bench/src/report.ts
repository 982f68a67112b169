import { availableParallelism, cpus, totalmem } from 'node:os';

/** The result of a benchmark: one line of JSON that programs can compare. */
export interface BenchReport {
  readonly bench: string;
  /** Medians by dotted name; the last part is the unit. */
  readonly figures: Readonly<Record<string, number>>;
  /** Medians of ratios between contestants that took turns. */
  readonly ratios: Readonly<Record<string, number>>;
}

/** @param isa the instruction set that was measured, or `native` for all that the machine has */
export function reportLine({ bench, figures, ratios }: BenchReport, isa: string): string {
  const rounded = (values: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value.toPrecision(4))]));
  return JSON.stringify({
    bench,
    machine: machine(),
    isa,
    figures: rounded(figures),
    ratios: rounded(ratios),
  });
}

function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  return `${model}, ${availableParallelism()} cores, ${memory} GiB, ${process.platform} ${process.arch}, Node.js ${process.version}`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}
