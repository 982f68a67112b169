import type { EngineReport } from '@podium/engine';
import { describeAttempt, describeBytes } from '@podium/engine/install';
import { countOf, formatTable } from './format.ts';

/** An engine report: backend, hardware, cache, problems. */
export function describeEngine(report: EngineReport): string[] {
  const { tensorflow, cpu, threads, precision, cache, problems } = report;
  const table = formatTable(
    [
      ['Backend', describeBackend(report)],
      ['Devices', report.devices.join(', ')],
      ['CPU', cpu.model],
      ['', cpu.features.join(' ') || 'features unknown'],
      ['bfloat16', `${cpu.bfloat16 ? 'in hardware' : 'not in hardware'}; ${describePrecision(precision)}`],
      ['Threads', `${threads.used} used, ${threads.available} available`],
      ...(tensorflow === undefined
        ? []
        : [['Libraries', tensorflow.libraryFolder] satisfies [string, string]]),
      ['Cache', `${cache.folder} (${describeBytes(cache.bytes)})`],
      ...cache.entries.map(({ name, bytes, problem }): [string, string] => [
        '',
        `${name}  ${describeBytes(bytes)}${problem === undefined ? '' : '  damaged'}`,
      ]),
    ],
    10,
  );
  if (problems.length === 0) return [...table, '', 'No problems found.'];
  const attempts =
    tensorflow === undefined
      ? [
          '',
          'Looked for TensorFlow in:',
          ...report.attempts.map((attempt) => `  - ${describeAttempt(attempt)}`),
        ]
      : [];
  return [
    ...table,
    ...attempts,
    '',
    `${countOf(problems.length, 'problem')}:`,
    ...problems.flatMap(({ what, fix }) => [`  - ${what}`, `    fix: ${fix}`]),
  ];
}

function describeBackend({ backend, tensorflow }: EngineReport): string {
  if (tensorflow === undefined)
    return backend === 'wasm' ? 'WebAssembly (several times slower than TensorFlow)' : backend;
  const { tensorflowVersion, gpu, source } = tensorflow;
  return `TensorFlow ${tensorflowVersion}, ${gpu ? 'CUDA' : 'CPU'} build, from ${source}`;
}

function describePrecision({ chosen, milliseconds }: EngineReport['precision']): string {
  if (milliseconds === undefined) return `computes in ${chosen}`;
  const time = (format: 'float32' | 'bfloat16') => {
    const own = milliseconds[format];
    // Infinite where this machine cannot compute in it; JSON knows no such number.
    return Number.isFinite(own) ? `${format} ${own.toFixed(1)} ms` : `${format} not possible`;
  };
  return `computes in ${chosen} (measured: ${time('float32')}, ${time('bfloat16')})`;
}
