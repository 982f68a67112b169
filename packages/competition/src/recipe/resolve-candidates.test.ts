import { expect, test } from 'vitest';
import type { Project } from '../run/project.ts';
import { settingsSchema } from '../settings/schema.ts';
import { resolveCandidates } from './resolve-candidates.ts';

test('weights under a license that the settings do not allow are an error that names it', async () => {
  const settings = settingsSchema.parse({
    competition: 'x',
    data: { folder: '.' },
    models: ['convnextv2_atto'],
    licenses: ['apache-2.0'],
  });
  const project = {
    found: { settings, folder: '.' },
    signal: new AbortController().signal,
    emit: () => {},
  } as unknown as Project;
  const dataset = { format: { side: 200 } } as never;
  await expect(resolveCandidates(project, dataset, () => {})).rejects.toMatchObject({
    problem: { code: 'zoo-license', path: { key: 'licenses' }, got: 'cc-by-nc-4.0' },
  });
});
