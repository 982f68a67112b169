import { expect, test } from 'vitest';
import { followIncludes, quotedIncludes } from './headers.ts';

const reader =
  (files: Record<string, string>) =>
  async (name: string): Promise<string | undefined> =>
    files[name];

test('includes are followed, each header once, also in cycles', async () => {
  const files = {
    'tensorflow/c/c_api.h': '#include <stdint.h>\n#include "tensorflow/c/status.h"\n',
    'tensorflow/c/status.h': '  #  include "xla/tsl/status.h"\n#include "tensorflow/c/c_api.h"\n',
    'xla/tsl/status.h': '// the end\n',
    'tensorflow/c/other.h': '',
  };
  expect(await followIncludes(['tensorflow/c/c_api.h'], reader(files))).toEqual({
    found: ['tensorflow/c/c_api.h', 'tensorflow/c/status.h', 'xla/tsl/status.h'],
    missing: [],
  });
});

test('a header next to the one that includes it is found', async () => {
  const files = { 'a/b.h': '#include "c.h"', 'a/c.h': '' };
  expect((await followIncludes(['a/b.h'], reader(files))).found).toEqual(['a/b.h', 'a/c.h']);
});

test('a missing header is reported, and never searched outside the folder', async () => {
  const asked: string[] = [];
  const { missing } = await followIncludes(['a.h'], async (name) => {
    asked.push(name);
    return name === 'a.h' ? '#include "gone.h"\n#include "../../etc/passwd"' : undefined;
  });
  expect(missing).toEqual(['../../etc/passwd', 'gone.h']);
  expect(asked).not.toContain('../../etc/passwd');
});

test('only quoted includes count', () => {
  expect(quotedIncludes('#include <a.h>\n// #include "b.h"\n#include "c.h"\n')).toEqual(['c.h']);
});
