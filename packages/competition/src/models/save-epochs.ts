import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile } from '@podium/core';
import { stateDict } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import type { Callback, SoupIngredient } from '@podium/training';

/** Keeps the weights of the last epochs in a folder, which outlives a killed process. */
export function saveEpochs(folder: string, count: number): Callback {
  return {
    name: 'save-epochs',
    on: {
      'epoch-end': async ({ row }, { model }) => {
        await mkdir(folder, { recursive: true });
        await writeSafetensors(join(folder, fileOf(row.epoch)), stateDict(model), { podium: 'epoch' });
        await removeFile(join(folder, fileOf(row.epoch - count)));
        return undefined;
      },
    },
  };
}

/** The kept epochs, the first one first. */
export async function savedEpochs(folder: string): Promise<SoupIngredient[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.safetensors')).sort();
  return files.map((name) => ({ name, weights: join(folder, name) }));
}

function fileOf(epoch: number): string {
  return `epoch-${String(epoch).padStart(6, '0')}.safetensors`;
}
