import { FAILED, helpText, INTERRUPTED } from '../help-text.ts';
import { JSON_OUTPUT } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addSetup: AddCommand = (program, context) => {
  program
    .command('setup')
    .description('install TensorFlow for this machine; commands that need it do this on first use')
    .option('--gpu', 'install the CUDA build with its NVIDIA libraries (several gigabytes)')
    .option('--check', 'install nothing; examine the installation like "podium doctor engine"')
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
TensorFlow is searched for in the folder that PODIUM_TENSORFLOW names, in Podium's cache, in an
installed Python package, in pip's package index, and with the installer of tfjs-node-gpu. If none has
it, Podium runs on WebAssembly, several times slower.

Environment:
  PODIUM_TENSORFLOW  folder with TensorFlow: an unpacked wheel, or one with lib and include
  PODIUM_CACHE       cache folder (default: XDG_CACHE_HOME/podium, else ~/.cache/podium)
  PODIUM_OFFLINE     1 forbids downloads
  PODIUM_PYTHON      Python interpreter whose pip and packages are used (default: python3, python)
  CXX                C++ compiler (default: c++, g++, clang++)
  PODIUM_CPU         processor that Podium's ops are compiled for, such as x86-64-v3 (default: native, this one)`,
        codes: {
          ok: 'TensorFlow is ready, or WebAssembly replaces it',
          failed: FAILED,
          problems: '--check: something is missing or damaged; --gpu: no CUDA build is available',
          interrupted: `${INTERRUPTED}; no partial files are left`,
        },
        examples: [
          'podium setup',
          'podium setup --gpu',
          'podium setup --check',
          'PODIUM_CACHE=/data/podium podium setup',
        ],
      }),
    )
    .action(async ({ gpu, check, json }) => {
      if (check) {
        const { doctorEngine } = await import('../actions/doctor-engine.ts');
        await doctorEngine(context, json ?? false);
        return;
      }
      const { setup } = await import('../actions/setup.ts');
      await setup(context, { gpu: gpu ?? false, json: json ?? false });
    });
};
