import { access, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Image, Rng } from '@podium/core';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { pipelineFrom } from './pipeline.ts';
import { preset } from './presets.ts';
import { transforms } from './registry.ts';

/*
 * Every transform on one small photograph, compared byte by byte with the image in fixtures/golden. If they differ, the new
 * image is written next to it as NAME.new.png: look at both, and rename the new one if it is right.
 */
const FOLDER = new URL('./fixtures/golden/', import.meta.url);

async function load(file: string): Promise<Image> {
  const decoded = sharp(await readFile(new URL(file, FOLDER))).raw();
  const { data, info } = await decoded.toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data: new Uint8Array(data) };
}

async function compare(name: string, got: Image): Promise<void> {
  const wanted = await access(new URL(`${name}.png`, FOLDER)).then(
    () => load(`${name}.png`),
    () => undefined,
  );
  if (
    wanted?.width === got.width &&
    wanted.height === got.height &&
    Buffer.from(wanted.data).equals(got.data)
  ) {
    return;
  }
  const { width, height, data } = got;
  const channels = got.channels as 1 | 3;
  const png = sharp(data, { raw: { width, height, channels } }).png({ compressionLevel: 9 });
  const file = new URL(`${name}.new.png`, FOLDER);
  await writeFile(file, await png.toBuffer());
  expect.fail(`${name} gives another image than fixtures/golden/${name}.png; see ${fileURLToPath(file)}`);
}

const source = await load('source.png');

test.each([...transforms].map(({ name }) => name))('%s', async (name) => {
  const { size } = transforms.get(name).parse();
  const smaller = size === undefined ? {} : { size: Array.isArray(size) ? [48, 64] : 48 };
  const pipeline = pipelineFrom([{ [name]: { ...smaller, p: 1 } }]);
  await compare(name, pipeline.run(source, Rng.fromSeed('golden')));
});

test.each(['light', 'medium', 'heavy', 'eval'] as const)('preset %s', async (name) => {
  const pipeline = pipelineFrom(preset(name, { size: 64 }));
  await compare(`preset-${name}`, pipeline.run(source, Rng.fromSeed('golden')));
});
