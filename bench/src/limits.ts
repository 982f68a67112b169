// What limits a benchmark: the instruction set and the time. Every benchmark takes these options.
import { parseArgs } from 'node:util';
import { cpuComputesBfloat16, inspectCpu, type Precision } from '@podium/engine';

/** By the option's value: the processor that has it, and the limit of each library, as its own variable names it. */
const ISAS = {
  sse4: { feature: 'sse4_2', cpu: 'x86-64-v2', oneDnn: 'SSE41', aten: 'default', mkl: 'SSE4_2' },
  avx2: { feature: 'avx2', cpu: 'x86-64-v3', oneDnn: 'AVX2', aten: 'avx2', mkl: 'AVX2' },
  avx512: { feature: 'avx512f', cpu: 'x86-64-v4', oneDnn: 'AVX512_CORE', aten: 'avx512', mkl: 'AVX512' },
} as const;
export type Isa = keyof typeof ISAS;
export const isas = Object.keys(ISAS) as Isa[];

/** The processor of an instruction set, as PODIUM_CPU names it, if this machine can run its code. */
export async function cpuOf(isa: Isa): Promise<string | undefined> {
  const { cpu, feature } = ISAS[isa];
  return (await inspectCpu()).features.includes(feature) ? cpu : undefined;
}

export const limitsHelp = `All take
  --isa ${isas.join('|')}   measures an older processor on a newer one: compiles Podium's ops for it, and limits oneDNN (below
                    TensorFlow and PyTorch), PyTorch's own kernels and MKL in all contestants. Libraries for images choose
                    their instructions themselves.
  --minutes N           fewer rounds, and in the end fewer models, so as to take about that long`;

/** The precisions that this CPU has instructions for; says so if one is left out. */
export async function precisionsHere(): Promise<readonly Precision[]> {
  if (await cpuComputesBfloat16()) return ['float32', 'bfloat16'];
  process.stderr.write('bfloat16 is not measured: there are no instructions for it\n');
  return ['float32'];
}

/** The time that a benchmark may take. */
export class Budget {
  readonly #end: number;

  constructor(minutes = Number.POSITIVE_INFINITY) {
    this.#end = performance.now() + minutes * 60_000;
  }

  get isSpent(): boolean {
    return performance.now() >= this.#end;
  }

  /** Numbers of rounds while there is time, at least 0: from -1, the warmup, to below `most`. */
  *rounds(most: number, first = -1): Generator<number> {
    for (let round = first; round < most && (round < 1 || !this.isSpent); round++) yield round;
  }

  /** An equal part of what is left, for one of `parts` that are still to be measured. */
  share(parts: number): Budget {
    return new Budget((this.#end - performance.now()) / 60_000 / parts);
  }

  /**
   * Measures each of `names` in its share of the time; says which ones it left out, for want of time.
   */
  async spread(
    names: readonly string[],
    measure: (name: string, budget: Budget) => Promise<void>,
  ): Promise<void> {
    for (const [i, name] of names.entries()) {
      if (this.isSpent) {
        process.stderr.write(`out of time: not measured are ${names.slice(i).join(', ')}\n`);
        return;
      }
      await measure(name, this.share(names.length - i));
    }
  }
}

/**
 * Reads --isa and --minutes, which all benchmarks share, and applies --isa to this process and those that it starts.
 *
 * @returns the other arguments, and the instruction set and the time that are left
 * @throws Error if this machine lacks the instruction set
 */
export async function readLimits(
  args: readonly string[],
): Promise<{ readonly rest: string[]; readonly isa: string; readonly budget: Budget }> {
  const { tokens } = parseArgs({
    args: [...args],
    options: { isa: { type: 'string' }, minutes: { type: 'string' } },
    strict: false,
    tokens: true,
  });
  const rest = [...args];
  const given: Record<string, string | undefined> = {};
  for (const token of tokens.toReversed()) {
    if (token.kind !== 'option' || (token.name !== 'isa' && token.name !== 'minutes')) continue;
    given[token.name] = token.value;
    rest.splice(token.index, token.inlineValue === true ? 1 : 2);
  }
  const minutes = given.minutes === undefined ? undefined : Number(given.minutes);
  if (minutes !== undefined && !(minutes > 0))
    throw new Error(`--minutes: expected a number above 0, got "${given.minutes}"`);
  if ('isa' in given) await limitTo(given.isa);
  return { rest, isa: given.isa ?? 'native', budget: new Budget(minutes) };
}

async function limitTo(isa: string | undefined): Promise<void> {
  if (isa === undefined || !Object.hasOwn(ISAS, isa)) {
    throw new Error(`--isa: expected ${isas.join('|')}, got "${isa}"`);
  }
  const { cpu, oneDnn, aten, mkl } = ISAS[isa as Isa];
  if ((await cpuOf(isa as Isa)) === undefined)
    throw new Error(`--isa ${isa}: this processor does not have it`);
  Object.assign(process.env, {
    PODIUM_CPU: cpu,
    ONEDNN_MAX_CPU_ISA: oneDnn,
    ATEN_CPU_CAPABILITY: aten,
    MKL_ENABLE_INSTRUCTIONS: mkl,
  });
}
