import { PodiumError } from '@podium/core';
import { SourceFailure } from '../failure.ts';
import type { FoundTensorflow, Job, Source } from '../job.ts';
import { recognizeLayout } from '../layout.ts';
import { readManifest } from '../manifest.ts';

/**
 * The folder that PODIUM_TENSORFLOW names. The user requested it, so nothing else is tried if it is invalid.
 *
 * @throws PodiumError `engine-folder` if it contains no TensorFlow
 */
export const fromFolder: Source = (job) => ({ source: 'folder', offers: offers(job) });

async function* offers(job: Job): AsyncGenerator<FoundTensorflow> {
  const folder = job.settings.tensorflowFolder;
  if (folder === undefined) throw new SourceFailure('PODIUM_TENSORFLOW is not set', { outcome: 'skipped' });
  const layout = await recognizeLayout(folder, job.host.os, job.headerRoots);
  if ('missing' in layout) {
    throw new PodiumError({
      code: 'engine-folder',
      path: { file: folder },
      message: 'the folder that PODIUM_TENSORFLOW names contains no TensorFlow',
      expected: "the tensorflow folder of an unpacked wheel, or libtensorflow's folder with lib and include",
      got: layout.missing,
      fix: 'correct PODIUM_TENSORFLOW, or unset it to have Podium find TensorFlow',
    });
  }
  const manifest = await readManifest(folder);
  yield {
    layout,
    origin: 'folder',
    request: folder,
    gpu: manifest instanceof Error ? layout.cuda : manifest.gpu,
    entry: undefined,
    reason: `PODIUM_TENSORFLOW names ${folder}`,
  };
}
