import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  described,
  expectedTensors,
  fixture,
  fixtureBytes,
  temporaryFile,
} from '../../test/checkpoints/files.ts';
import { readCheckpoint } from './read-checkpoint.ts';

test.each([
  ['official.safetensors', 'safetensors'],
  ['zip.pth', 'pth'],
  ['legacy.pth', 'pth-legacy'],
])('%s is recognized by its bytes', async (file, format) => {
  const checkpoint = await readCheckpoint(temporaryFile(fixtureBytes(file), 'photo.jpg'));
  expect(checkpoint.format).toBe(format);
  expect(described(checkpoint.state)).toEqual(expectedTensors(file));
});

const bytes = (text: string) => Buffer.from(text, 'latin1');

test.each<[string, Uint8Array, RegExp]>([
  ['an empty file', bytes(''), /the file is empty/],
  ['a page', bytes('\n<!DOCTYPE html><html>'), /got an HTML or XML page/],
  ['an error of an object store', bytes('<?xml version="1.0"?><Error>'), /got an HTML or XML page/],
  ['a git-lfs pointer', bytes('version https://git-lfs.github.com/spec/v1\noid sha256:'), /git lfs pull/],
  ['gzip', gzipSync('x'), /got a gzip archive/],
  ['Keras', bytes('\x89HDF\r\n\x1a\n'), /got an HDF5 file/],
  ['ONNX', bytes('\x08\x07\x12\x07pytorch'), /got an ONNX model/],
  ['tar', bytes(`${'storages'.padEnd(257, '\0')}ustar`), /got a tar archive/],
  [
    'an error',
    bytes('{"error": "not found"}'),
    /got JSON text, such as the error of a server[\s\S]*check the address/,
  ],
  [
    'a configuration',
    bytes('{"model_type": "resnet"}'),
    /the configuration of a model[\s\S]*weights beside it/,
  ],
  [
    'the index of a sharded checkpoint',
    bytes('{"metadata": {"total_size": 9}, "weight_map": {"a": "model-00001-of-00002.safetensors"}}'),
    /got the index of a checkpoint in several files \(shards\)[\s\S]*merge its files/,
  ],
  ['a pickle of another maker', bytes('\x80\x04\x95'), /a Python pickle that torch.save did not write/],
  ['an image', bytes('\x89PNG\r\n\x1a\n'), /bytes that start with 89504e470d0a1a0a/],
  ['one byte', bytes('a'), /bytes that start with 61/],
])('%s is named', async (_, content, message) => {
  const path = temporaryFile(content, 'model.pth');
  await expect(readCheckpoint(path)).rejects.toThrow(message);
  await expect(readCheckpoint(path)).rejects.toMatchObject({
    code: 'checkpoint-format',
    problem: { path: { file: path } },
  });
});

test('a key makes no sense for safetensors', async () => {
  await expect(readCheckpoint(fixture('official.safetensors'), { key: 'model' })).rejects.toThrow('no keys');
});
