import { join } from 'node:path';
import { readText, removeFile } from '@podium/core';
import { writeMaskCompetition } from '@podium/dataset/testing';
import type { Answer, Demo } from './demo.ts';

const PEOPLE = 60;
const TEST_PEOPLE = 20;
/** In the table, the images of a person follow each other. */
const IMAGES_PER_PERSON = 7;

/** Generated faces with and without masks, seven images per person, in the layout of a well-known competition. */
export const masks: Demo = {
  name: 'masks',
  summary: `generated faces: mask, gender and age of ${PEOPLE} people, with a small network; no downloads`,
  notice: [
    `Generated faces: ${PEOPLE} people for training, ${TEST_PEOPLE} others for testing, seven images each. There are 18`,
    'classes: three ways to wear a mask, two genders, three ages. Downloads nothing.',
  ],
  folderName: () => 'masks',
  write: async (folder) => {
    await writeMaskCompetition(folder, { people: PEOPLE, testPeople: TEST_PEOPLE });
    const answers = join(folder, 'answers.csv');
    const lines = (await readText(answers)).trimEnd().split('\n').slice(1);
    await removeFile(answers);
    return lines.map((line, i): Answer => {
      const [id, label] = line.split(',') as [string, string];
      return [id, label, `person ${Math.floor(i / IMAGES_PER_PERSON)}`];
    });
  },
  settings: (competition, data) => `# Settings of "podium demo masks": edit them and run it again.
competition: ${competition}

# The folder is only read. Each image has three labels (mask, gender, age) and the class of the
# submission, which combines them.
data:
  folder: ${data}
  options: { heads: both }

# Three heads on one network. Gender and age are the same in all images of a person.
heads:
  combine: { into: class, from: [mask, gender, age] }
  sameInGroup: [gender, age]

metric: f1-macro
preset: fast
folds: { count: 3 } # no person is in two folds

models:
  - model: small-net
    imageSize: 48
    epochs: 12
`,
};
