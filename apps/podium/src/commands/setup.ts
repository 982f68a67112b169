import {
  describeAttempt,
  type InstallResult,
  installTensorflow,
  type Probe,
  probeLibrary,
} from '@podium/engine/install';
import { exitCodes } from '../exit-codes.ts';
import { installReporter } from '../terminal/install-progress.ts';
import type { AddCommand, CommandContext } from './context.ts';
import { examineEngine } from './doctor.ts';

export const addSetup: AddCommand = (program, context) => {
  program
    .command('setup')
    .description('get TensorFlow for this machine; what needs it does this by itself')
    .option('--gpu', 'get the CUDA build, with the NVIDIA libraries that it needs (several gigabytes)')
    .option('--check', 'set nothing up; examine what is there, as "podium doctor engine" does')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
TensorFlow is looked for in the folder that PODIUM_TENSORFLOW names, in Podium's cache, in an
installed Python package, in pip's package index and at tfjs-node-gpu's own installer. Where none
has it, Podium computes with WebAssembly, several times slower.

Environment:
  PODIUM_TENSORFLOW  a folder that holds TensorFlow: of an unpacked wheel, or with lib and include
  PODIUM_CACHE       folder to keep it in (default: XDG_CACHE_HOME/podium, else ~/.cache/podium)
  PODIUM_OFFLINE     1 forbids downloads
  PODIUM_PYTHON      Python interpreter whose pip and packages are used (default: python3, python)
  CXX                C++ compiler (default: c++, g++, clang++)

Exit codes:
  ${exitCodes.ok}    TensorFlow is ready, or WebAssembly stands in for it
  ${exitCodes.failed}    it failed, and the error says why
  ${exitCodes.problems}    --check: something is missing or damaged; --gpu: there is no CUDA build to be had
  ${exitCodes.interrupted}  stopped by Ctrl-C; nothing half-made is left

Examples:
  podium setup
  podium setup --gpu
  podium setup --check
  PODIUM_CACHE=/data/podium podium setup`,
    )
    .action(async ({ gpu, check, json }) => {
      if (check === true) await examineEngine(context, json ?? false);
      else await setUp(context, { gpu: gpu ?? false, json: json ?? false });
    });
};

async function setUp(
  { terminal, signal, exitWith }: CommandContext,
  { gpu, json }: { readonly gpu: boolean; readonly json: boolean },
): Promise<void> {
  const result = await installTensorflow({
    ...(gpu ? { gpu } : {}),
    onEvent: installReporter(terminal),
    signal,
  });
  const probe = result.library === undefined ? undefined : await probeLibrary(result.library);
  if (json) terminal.out(JSON.stringify({ ...result, ...probe }, undefined, 2));
  else for (const line of describeResult(result, probe)) terminal.out(line);
  if (gpu && result.library === undefined) exitWith(exitCodes.problems);
}

/** The outcome of a set-up as lines for people. */
export function describeResult({ library, attempts }: InstallResult, probe: Probe | undefined): string[] {
  if (library === undefined) {
    return [
      'TensorFlow could not be had:',
      ...attempts.map((attempt) => `  - ${describeAttempt(attempt)}`),
      'Podium computes with WebAssembly instead, several times slower.',
    ];
  }
  const { tensorflowVersion, gpu, libraryFolder } = library;
  const lines = [
    `TensorFlow ${tensorflowVersion} (${gpu ? 'CUDA' : 'CPU'} build) is ready in ${libraryFolder}`,
  ];
  if (probe !== undefined) lines.push(`Devices: ${probe.devices.join(', ')}`);
  if (gpu && probe?.usesGpu === false) {
    lines.push(`No GPU is used: ${probe.gpuProblem ?? 'TensorFlow gave no reason'}`);
  }
  return lines;
}
