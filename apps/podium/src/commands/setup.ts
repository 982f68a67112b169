import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

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
      if (check === true) {
        const action = await import('../actions/doctor-engine.ts');
        await action.doctorEngine(context, json ?? false);
        return;
      }
      const action = await import('../actions/setup.ts');
      await action.setUp(context, { gpu: gpu ?? false, json: json ?? false });
    });
};
