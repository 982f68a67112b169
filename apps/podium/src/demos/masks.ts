import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeMaskCompetition } from '@podium/dataset/testing';
import type { Answer, Demo } from './demo.ts';

const PEOPLE = 60;
const TEST_PEOPLE = 20;
/** Of each person, one after the other. */
const IMAGES = 7;

/** Drawn faces with and without masks, seven images a person: the layout of a known competition, and nothing to fetch. */
export const masks: Demo = {
  name: 'masks',
  summary: `drawn faces: mask, gender and age of ${PEOPLE} people by a small net; nothing is fetched`,
  notice: [
    `Drawn faces: ${PEOPLE} people to learn from, ${TEST_PEOPLE} others to be tested on, seven images each. The class`,
    'of an image is one of 18: three ways to wear a mask, two genders, three ages. Nothing is fetched.',
  ],
  folderName: () => 'masks',
  write: async (folder) => {
    await writeMaskCompetition(folder, { people: PEOPLE, testPeople: TEST_PEOPLE });
    const answers = join(folder, 'answers.csv');
    const lines = (await readFile(answers, 'utf8')).trimEnd().split('\n').slice(1);
    await rm(answers);
    return lines.map((line, i): Answer => {
      const [id, label] = line.split(',') as [string, string];
      return [id, label, `person ${Math.floor(i / IMAGES)}`];
    });
  },
  settings: (competition, data) => `# Settings of "podium demo masks"; change them and run it again.
competition: ${competition}

# The folder is only read. Each image has three labels (mask, gender, age) and the one that
# is asked for, which is made up of them.
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
