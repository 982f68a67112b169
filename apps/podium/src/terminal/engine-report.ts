import type { EngineReport } from '@podium/engine';
import { describeAttempt, describeBytes } from '@podium/engine/install';

/** An engine report as lines for people. */
export function describeEngine(report: EngineReport): string[] {
  const { tensorflow, cpu, threads, precision, cache, problems } = report;
  const rows: [string, string][] = [
    ['Backend', describeBackend(report)],
    ['Devices', report.devices.join(', ')],
    ['CPU', cpu.model],
    ['', cpu.features.join(' ') || 'features unknown'],
    ['bfloat16', `${cpu.bfloat16 ? 'in hardware' : 'not in hardware'}; ${describePrecision(precision)}`],
    ['Threads', `${threads.used} used, ${threads.available} available`],
    ...(tensorflow === undefined ? [] : [['Libraries', tensorflow.libraryFolder] satisfies [string, string]]),
    ['Cache', `${cache.folder} (${describeBytes(cache.bytes)})`],
    ...cache.entries.map(({ name, bytes, problem }): [string, string] => [
      '',
      `${name}  ${describeBytes(bytes)}${problem === undefined ? '' : '  damaged'}`,
    ]),
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(10)} ${value}`);
  if (problems.length === 0) return [...lines, '', 'Nothing is missing.'];
  const found = problems.flatMap(({ what, fix }) => [`  - ${what}`, `    fix: ${fix}`]);
  const tried =
    tensorflow === undefined
      ? ['', 'Looked for TensorFlow in:', ...indent(report.attempts.map(describeAttempt))]
      : [];
  return [
    ...lines,
    ...tried,
    '',
    problems.length === 1 ? '1 problem:' : `${problems.length} problems:`,
    ...found,
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
  const { float32, bfloat16 } = milliseconds;
  return `${chosen} is faster here (measured: float32 ${float32.toFixed(1)} ms, bfloat16 ${bfloat16.toFixed(1)} ms)`;
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  - ${line}`);
}
