import {
  describeAttempt,
  type InstallResult,
  installTensorflow,
  type Probe,
  probeLibrary,
} from '@podium/engine/install';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { installReporter } from '../terminal/install-reporter.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

/** `podium setup`. */
export async function setup(
  { terminal, signal, setExitCode }: CommandContext,
  { gpu, json }: { readonly gpu: boolean; readonly json: boolean },
): Promise<void> {
  const result = await installTensorflow({
    gpu: gpu || undefined,
    onEvent: installReporter(terminal),
    signal,
  });
  const probe = result.library === undefined ? undefined : await probeLibrary(result.library);
  if (json) printJson(terminal, { ...result, ...probe });
  else printLines(terminal, describeResult(result, probe));
  if (gpu && result.library === undefined) setExitCode(exitCodes.problems);
}

export function describeResult({ library, attempts }: InstallResult, probe: Probe | undefined): string[] {
  if (library === undefined) {
    return [
      'TensorFlow could not be installed:',
      ...attempts.map((attempt) => `  - ${describeAttempt(attempt)}`),
      'Podium uses WebAssembly instead, several times slower.',
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
