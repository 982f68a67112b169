import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalog } from '@podium/competition';
import { LEAVES_YAML, writeLeaves } from '@podium/competition/testing';
import { expect, onTestFinished, test } from 'vitest';
import { runPodium, spawnPodium } from '../test/run-podium.ts';
import { exitCodes } from './exit-codes.ts';

test.each(['', ...catalog.names()])('podium list %s', { timeout: 120_000 }, async (kind) => {
  const args = kind === '' ? [] : [kind];
  const { code, stdout } = await runPodium('list', ...args);
  expect(code).toBe(exitCodes.ok);
  const names =
    kind === ''
      ? catalog.names()
      : catalog
          .get(kind)
          .entries()
          .map(({ name }) => name);
  for (const name of names) expect(stdout).toMatch(new RegExp(`^${name} `, 'm'));
  const { stdout: json } = await runPodium('list', ...args, '--json');
  expect((JSON.parse(json) as { name: string }[]).map(({ name }) => name).sort()).toEqual([...names].sort());
});

test('settings are listed with their defaults, and one entry with what they mean', async () => {
  expect((await runPodium('list', 'losses')).stdout).toMatch(/^focal .*\n +settings: gamma 2$/m);
  const { stdout } = await runPodium('list', 'losses', 'focal-loss');
  expect(stdout).toContain(
    'gamma  how much less easy samples count; 0 is cross-entropy; a number from 0; default 2',
  );
  expect((await runPodium('list', 'metrics', 'f1*')).stdout).not.toContain('accuracy');
});

test.each([
  [['metricz'], /unknown list.*did you mean "metrics"/],
  [['losses', 'focl'], /unknown losses.*did you mean "focal"/],
  [['losses', 'zz*'], /none of the losses matches "zz\*"/],
])('podium list %j fails', async (args, message) => {
  const { code, stderr } = await runPodium('list', ...args);
  expect([code, stderr]).toEqual([exitCodes.failed, expect.stringMatching(message)]);
});

test('models list filters by family and license', async () => {
  const list = async (...args: string[]) => await runPodium('models', 'list', ...args);
  const open = await list('--family', 'convnext', '--license', 'apache-2.0');
  expect(open.stdout).toContain('convnext_atto');
  expect(open.stdout).not.toContain('resnet');
  expect(open.stdout).not.toContain('cc-by-nc');
  expect((await list('--family', 'convnxt')).stderr).toMatch(/did you mean convnext\?/);
  expect((await list('resnet*', '--license', 'cc0')).stderr).toMatch(/with --license/);
});

test('models list filters by size, and show measures the speed on this machine', {
  timeout: 60_000,
}, async () => {
  const { stdout } = await runPodium(
    'models',
    'list',
    'resnet*',
    '--max-parameters',
    '20M',
    '--max-multiply-adds',
    '2G',
  );
  expect(stdout).toMatch(/^resnet18 +11\.7M +1\.8G +/m);
  expect(stdout).not.toMatch(/^resnet(50|34) /m);
  const none = await runPodium('models', 'list', '--max-parameters', '1k');
  expect(none.stderr).toMatch(/with --max-parameters/);
  expect((await runPodium('models', 'list', '--max-parameters', 'few')).stderr).toMatch(
    /such as 25M or 4\.1G/,
  );
  const shown = await runPodium('models', 'show', 'mobilenetv3_small_050', '--depth', '0');
  expect(shown.stdout).toMatch(/^Speed: +\S+ ms an image here \(prediction in batches of 8, /m);
  const large = await runPodium('models', 'show', 'vit_giant_patch14_224', '--depth', '0');
  expect(large.stdout).toMatch(/^Speed: +not measured: it would take minutes/m);
});

test('models list and show say when nothing matches, and show takes a name with the tag of its weights', async () => {
  const none = await runPodium('models', 'list', 'nosuch*');
  expect([none.code, none.stdout]).toEqual([exitCodes.failed, '']);
  expect(none.stderr).toMatch(/no model matches "nosuch\*"/);
  expect((await runPodium('models', 'list', 'resnet81')).stderr).toMatch(/did you mean resnet18/);
  expect((await runPodium('models', 'list', 'vgg*', '--json')).stdout).toContain('"vgg16"');
  const { code, stdout } = await runPodium(
    'models',
    'show',
    'resnet18.a1_in1k',
    '--depth',
    '0',
    '--no-measure',
  );
  expect([code, stdout]).toEqual([exitCodes.ok, expect.stringContaining('a1_in1k')]);
});

test('settings on the command line are checked before anything runs, wherever they stand', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'podium-overrides-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await writeLeaves(folder);
  writeFileSync(join(folder, 'podium.yaml'), LEAVES_YAML);
  for (const command of ['run', 'train', 'doctor'])
    for (const args of [
      [folder, 'train.epochs=0'],
      ['train.epochs=0', folder],
    ]) {
      const { code, stderr } = await runPodium(command, ...args);
      expect(code).toBe(exitCodes.failed);
      expect(stderr).toMatch(/^podium: the command line train\.epochs: expected a number >= 1, got 0/);
    }
  const { stderr } = await runPodium('run', folder, 'other.yaml');
  expect(stderr).toMatch(/one settings file, and settings as KEY=VALUE: got ".*" and "other\.yaml"/);
  const missing = await runPodium('run', join(folder, 'dat'));
  expect(missing.stderr).toMatch(/no such file or folder.*did you mean data\?/s);
});

test.each([
  [
    ['run', 'train.epo'],
    ['train.epochs=', ':2'],
  ],
  [
    ['train', 'metric=accu'],
    ['metric=accuracy', ':4'],
  ],
  [
    ['run', 'preset='],
    ['preset=best', 'preset=fast', 'preset=good', ':4'],
  ],
  [
    ['list', 'los'],
    ['losses', ':4'],
  ],
  [
    ['list', 'losses', 'foc'],
    ['focal', ':4'],
  ],
])('%j is completed', async (words, lines) => {
  const { stdout } = await runPodium('complete', '--', ...words);
  expect(stdout.split('\n')).toEqual(lines);
});

test('in bash, what follows "=" is completed by itself', () => {
  const { stdout: script } = spawnPodium(['completion', 'bash']);
  // Bash's own helper, and what the command answers.
  const completed = (line: string, answer: string): string =>
    execFileSync(
      'bash',
      [
        '-c',
        `${script}
compopt() { :; }
podium() { printf '${answer}'; }
_get_comp_words_by_ref() { words=(${line}); cur="\${words[-1]}"; }
__podium_complete_values
echo "\${COMPREPLY[@]}"`,
      ],
      { encoding: 'utf8' },
    ).trim();
  expect(completed('podium run train.epo', 'train.epochs=\\n:2\\n')).toBe('train.epochs=');
  expect(completed('podium run metric=accu', 'metric=accuracy\\n:4\\n')).toBe('accuracy');
});
