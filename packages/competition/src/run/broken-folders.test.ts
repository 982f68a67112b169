import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PodiumError, renderProblem } from '@podium/core';
import { inProcessExecutor, openStore } from '@podium/pipeline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSettings } from '../settings/read-settings.ts';
import { LEAVES_YAML, noise, writeLeaves } from '../testing/index.ts';
import { prepareCompetition } from './prepare.ts';
import { runProject } from './project.ts';
import { RunClock } from './run-clock.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'podium-folders-')));
const good = join(root, 'good');
let made = 0;
let image: Buffer;

beforeAll(async () => {
  await writeLeaves(good);
  writeFileSync(join(good, 'podium.yaml'), LEAVES_YAML);
  image = await noise('one more');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A copy of the good competition, changed; what `podium run` does up to the first training. */
async function attempt(change: (folder: string) => void | Promise<void>, name = `c${made++}`): Promise<void> {
  const folder = join(root, name);
  cpSync(good, folder, { recursive: true });
  await change(folder);
  const executor = inProcessExecutor();
  try {
    const project = {
      found: await readSettings(folder),
      store: await openStore(join(folder, '.podium')),
      executor,
      threads: 1,
      backend: 'tensorflow' as const,
      engine: 'test',
      clock: new RunClock(),
      signal: new AbortController().signal,
      emit: () => {},
    };
    const { graph } = await prepareCompetition(project);
    await runProject(project, graph, ['folds']);
  } finally {
    await executor.close();
  }
}

const yaml = (text: string) => (folder: string) => writeFileSync(join(folder, 'podium.yaml'), text);
const train = (text: string | Buffer) => (folder: string) =>
  writeFileSync(join(folder, 'data/train.csv'), text);
const sample = (text: string) => (folder: string) =>
  writeFileSync(join(folder, 'data/sample_submission.csv'), text);
const edit = (file: string, change: (text: string) => string) => (folder: string) => {
  const path = join(folder, 'data', file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
};
const settings = (more: string) => yaml(`${LEAVES_YAML}${more}\n`);

const broken: readonly (readonly [
  name: string,
  change: (folder: string) => void | Promise<void>,
  says: RegExp,
])[] = [
  // the folder
  [
    'an empty folder',
    (folder) => {
      rmSync(join(folder, 'data'), { recursive: true });
      mkdirSync(join(folder, 'data'));
    },
    /layout of this folder was not recognized.*the folder has no images/s,
  ],
  [
    'no images',
    (folder) => rmSync(join(folder, 'data/images'), { recursive: true }),
    /the folder has no images: unpack them/,
  ],
  [
    'no table',
    (folder) => {
      rmSync(join(folder, 'data/train.csv'));
      rmSync(join(folder, 'data/sample_submission.csv'));
    },
    /layout of this folder was not recognized/,
  ],
  ['the wrong layout', yaml(LEAVES_YAML.replace('folder: data', 'folder: data, layout: idx')), /idx/],
  [
    'options of another layout',
    yaml(LEAVES_YAML.replace('folder: data', 'folder: data, options: { heads: both }')),
    /heads/,
  ],
  [
    'a table that options name and that is not there',
    yaml(LEAVES_YAML.replace('folder: data', 'folder: data, options: { train: labels.csv }')),
    /labels.csv/,
  ],
  [
    'a table outside',
    yaml(LEAVES_YAML.replace('folder: data', 'folder: data, options: { train: ../podium.yaml }')),
    /\.\.\/podium.yaml/,
  ],
  [
    'a column that options name and that is not there',
    yaml(LEAVES_YAML.replace('folder: data', 'folder: data, options: { id: image }')),
    /image/,
  ],
  [
    'a group that is not there',
    yaml(LEAVES_YAML.replace('folder: data', 'folder: data, options: { group: site }')),
    /site/,
  ],
  [
    'a link out of the folder',
    (folder) => {
      rmSync(join(folder, 'data/images/0.png'));
      symlinkSync(join(good, 'data/images/0.png'), join(folder, 'data/images/0.png'));
    },
    /link|outside/,
  ],
  [
    'a link to nowhere',
    (folder) => symlinkSync('/nowhere/a.png', join(folder, 'data/images/x.png')),
    /x\.png: broken symbolic link/,
  ],
  // the table
  ['an empty table', train(''), /train.csv/],
  ['a table of a header', train('id,label\n'), /train.csv|no row|no training/],
  ['a table of one row', train('id,label\n0.png,oak\n'), /class|group/],
  [
    'one class',
    edit('train.csv', (text) => text.replaceAll('elm', 'oak')),
    /same class.*expected at least two classes/s,
  ],
  ['no label', train(`id\n${[0, 1, 2, 3].map((i) => `${i}.png`).join('\n')}\n`), /label/],
  ['a column without name', edit('train.csv', (text) => text.replace('id,label', 'id,')), /train.csv/],
  ['a column twice', edit('train.csv', (text) => text.replace('id,label', 'id,id')), /id/],
  ['an id twice with another label', edit('train.csv', (text) => `${text}3.png,oak\n`), /3\.png/],
  ['ids without files', edit('train.csv', (text) => text.replaceAll('.png,', '-a.png,')), /image|train.csv/],
  [
    'a path out of the folder',
    edit('train.csv', (text) => text.replace('3.png', '../../etc/passwd')),
    /\.\.\/\.\.\/etc\/passwd|outside|leads/,
  ],
  ['a short row', edit('train.csv', (text) => text.replace('3.png,elm', '3.png')), /train.csv:5/],
  ['a long row', edit('train.csv', (text) => text.replace('3.png,elm', '3.png,elm,ash')), /train.csv:5/],
  ['an open quote', edit('train.csv', (text) => text.replace('3.png,elm', '3.png,"elm')), /train.csv/],
  [
    'bytes that are no UTF-8',
    (folder) => appendFileSync(join(folder, 'data/train.csv'), Buffer.from([0x33, 0xff, 0xfe, 0x2c, 0x0a])),
    /train.csv/,
  ],
  [
    'an image for a table',
    (folder) => writeFileSync(join(folder, 'data/train.csv'), image),
    /train.csv|not recognized/,
  ],
  // images
  [
    'an image that is none',
    (folder) => writeFileSync(join(folder, 'data/images/13.png'), 'hello'),
    /13\.png/,
  ],
  ['an image that is empty', (folder) => writeFileSync(join(folder, 'data/images/14.png'), ''), /14\.png/],
  [
    'an image cut off',
    (folder) => writeFileSync(join(folder, 'data/images/15.png'), image.subarray(0, 100)),
    /15\.png/,
  ],
  [
    'all training images broken',
    (folder) => {
      for (let i = 0; i < 12; i++) writeFileSync(join(folder, `data/images/${i}.png`), 'x');
    },
    /no training row can be used: 12 images are unreadable/,
  ],
  // the sample submission
  [
    'a sample of other ids',
    sample('id,label\na.png,oak\nb.png,oak\n'),
    /sample_submission.csv:2 column "id": no id of .* has a test image/,
  ],
  ['a sample with one other id', edit('sample_submission.csv', (text) => `${text}99.png,oak\n`), /99\.png/],
  ['a sample with an id twice', edit('sample_submission.csv', (text) => `${text}12.png,oak\n`), /12\.png/],
  ['a sample without rows', sample('id,label\n'), /sample_submission.csv|no test images/],
  ['an empty sample', sample(''), /sample_submission.csv/],
  ['a sample of ids alone', sample('id\n12.png\n13.png\n'), /sample_submission.csv/],
  [
    'a sample of another kind',
    sample('id,a,b,c\n12.png,x,y,z\n13.png,x,y,z\n14.png,x,y,z\n15.png,x,y,z\n'),
    /form|sample_submission.csv/,
  ],
  [
    'no test images',
    (folder) => {
      for (let i = 12; i < 16; i++) rmSync(join(folder, `data/images/${i}.png`));
      rmSync(join(folder, 'data/sample_submission.csv'));
    },
    /no test images.*podium train/s,
  ],
  // settings that data does not fit
  [
    'more folds than rows',
    yaml(LEAVES_YAML.replace('count: 2', 'count: 40')),
    /folds.count: every fold needs at least one group.*at most 12, got 40/s,
  ],
  ['a head that is not there', settings('heads: { train: [labl] }'), /heads.train.*did you mean "label"/s],
  [
    'a weight of a head that is not there',
    settings('heads: { weights: { labl: 2 } }'),
    /heads.weights.*did you mean "label"/s,
  ],
  ['a shared head that is not there', settings('heads: { sameInGroup: [age] }'), /heads.sameInGroup/],
  [
    'a combination of what is not there',
    settings('heads: { combine: { into: all, from: [label, age] } }'),
    /heads.combine/,
  ],
  [
    'a metric of another task',
    settings('metric: f1-samples'),
    /metric: "f1-samples" cannot score the head "label"/,
  ],
  ['a form of other columns', settings('submission: { form: top-k, options: { k: 0 } }'), /submission/],
  [
    'options of an unknown kind of the form',
    settings('submission: { form: label, options: { heads: label } }'),
    /submission/,
  ],
  [
    'a patch that is none',
    (folder) => {
      writeFileSync(join(folder, 'patch.json'), '{}');
      yaml(LEAVES_YAML.replace('folder: data', 'folder: data, patch: patch.json'))(folder);
    },
    /patch/,
  ],
  [
    'a patch of rows that are not there',
    (folder) => {
      writeFileSync(
        join(folder, 'patch.json'),
        '{"format":"podium-patch/1","entries":[{"action":"drop","id":"77.png"}]}',
      );
      yaml(LEAVES_YAML.replace('folder: data', 'folder: data, patch: patch.json'))(folder);
    },
    /patch|77/,
  ],
  [
    'weights that are none',
    (folder) => {
      writeFileSync(join(folder, 'w.safetensors'), 'x');
      settings('')(folder);
      yaml(LEAVES_YAML.replace('model: small-net', 'model: resnet18, pretrained: ./w.safetensors'))(folder);
    },
    /w\.safetensors/,
  ],
  // own code
  [
    'an own stage that throws',
    (folder) => {
      writeFileSync(join(folder, 'stage.ts'), 'throw new Error("no such luck");');
      settings('postprocess: [{ module: ./stage.ts, export: mine }]')(folder);
    },
    /stage.ts: it could not be loaded: no such luck/,
  ],
  [
    'an own stage of another name',
    (folder) => {
      writeFileSync(join(folder, 'stage.ts'), 'export const other = 1;');
      settings('postprocess: [{ module: ./stage.ts, export: mine }]')(folder);
    },
    /mine/,
  ],
];

test.each(broken)('%s ends in an error that can be acted on', async (name, change, says) => {
  const error = await attempt(change).then(
    () => undefined,
    (problem: unknown) => problem,
  );
  expect(error, name).toBeInstanceOf(PodiumError);
  const { problem } = error as PodiumError;
  const shown = renderProblem(problem);
  expect(shown).toMatch(says);
  expect(problem.fix ?? problem.expected, shown).toBeDefined();
  expect(shown).not.toMatch(/\n {4}at |\[object| undefined/);
  expect(shown).not.toContain('.podium/attempts');
});

const fine: readonly (readonly [
  name: string,
  change: (folder: string) => void | Promise<void>,
  place?: string,
])[] = [
  ['nothing', () => {}],
  ['Windows line ends', edit('train.csv', (text) => text.replaceAll('\n', '\r\n'))],
  ['a byte order mark', edit('train.csv', (text) => `\ufeff${text}`)],
  ['semicolons', edit('train.csv', (text) => text.replaceAll(',', ';'))],
  [
    'quotes, commas and line breaks in cells',
    edit('train.csv', (text) =>
      text.replaceAll('oak', '"oak, ""red""\nor white"').replaceAll('elm', '"elm, \'dwarf\'"'),
    ),
  ],
  ['empty lines at the end', edit('train.csv', (text) => `${text}\n\n`)],
  ['no line end at the end', edit('train.csv', (text) => text.trimEnd())],
  ['spaces around cells', edit('train.csv', (text) => text.replaceAll(',oak', ' , oak'))],
  ['spaces and other scripts in the path', () => {}, 'Blätter und 木の葉 (2026)'],
  [
    'other scripts in names of images',
    (folder) => {
      renameSync(join(folder, 'data/images/3.png'), join(folder, 'data/images/木 の葉.png'));
      edit('train.csv', (text) => text.replace('3.png', '木 の葉.png'))(folder);
    },
  ],
  [
    'other scripts in labels',
    edit('train.csv', (text) => text.replaceAll('oak', 'дуб').replaceAll('elm', '楡')),
  ],
  [
    'what file managers leave',
    (folder) => {
      writeFileSync(join(folder, 'data/.DS_Store'), 'x');
      writeFileSync(join(folder, 'data/images/._3.png'), 'x');
      writeFileSync(join(folder, 'data/Thumbs.db'), 'x');
    },
  ],
  [
    'a test image among the training images, which the patch takes out',
    (folder) => cpSync(join(folder, 'data/images/12.png'), join(folder, 'data/images/0.png')),
  ],
  ['a row that repeats another one', edit('train.csv', (text) => `${text}3.png,elm\n`)],
  ['an image nobody names', (folder) => writeFileSync(join(folder, 'data/images/more.png'), image)],
  [
    'a column nobody needs',
    edit('train.csv', (text) =>
      text
        .replaceAll(/$/gm, '')
        .replace('id,label', 'id,label,remark')
        .replaceAll(/(oak|elm)$/gm, '$1,"a, b"'),
    ),
  ],
];

for (const [name, change, place] of fine) {
  test(`${name} is no reason to stop`, async () => {
    await attempt(async (folder) => {
      await change(folder);
      const labels = readFileSync(join(folder, 'data/train.csv'), 'utf8');
      if (/\boak(,|;|\r|\n|$)/m.test(labels)) return;
      // The sample's labels have to be those of the table.
      const label = /дуб/.test(labels) ? 'дуб' : '"oak, ""red""\nor white"';
      edit('sample_submission.csv', (text) => text.replaceAll('oak', label))(folder);
    }, place);
  });
}
