import { PodiumError } from '@podium/core';
import { SourceFailure } from '../failure.ts';
import type { FoundTensorflow, Job, Place } from '../job.ts';
import { recognizeLayout } from '../layout.ts';
import { readManifest } from '../manifest.ts';

/**
 * The folder that PODIUM_TENSORFLOW names. It is what the user asked for, so nothing else is tried where it is no good.
 *
 * @throws PodiumError `engine-folder` where it does not hold TensorFlow.
 */
export const fromFolder: Place = (job) => ({ source: 'folder', offers: offers(job) });

async function* offers(job: Job): AsyncGenerator<FoundTensorflow> {
  const folder = job.settings.tensorflowFolder;
  if (folder === undefined) throw new SourceFailure('PODIUM_TENSORFLOW is not set', { outcome: 'skipped' });
  const layout = await recognizeLayout(folder, job.host.os, job.headerRoots);
  if ('missing' in layout) {
    throw new PodiumError({
      code: 'engine-folder',
      path: { file: folder },
      message: 'PODIUM_TENSORFLOW does not name a folder that holds TensorFlow',
      expected: "the tensorflow folder of an unpacked wheel, or libtensorflow's folder with lib and include",
      got: layout.missing,
      fix: 'correct PODIUM_TENSORFLOW, or unset it to let Podium look elsewhere',
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
