import { defaultExclude, mergeConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.ts';
import { missingTools } from './test/tools.ts';

const exclude = missingTools().length === 0 ? defaultExclude : [...defaultExclude, 'test/install/**'];

export default mergeConfig(shared, { test: { globalSetup: './test/global-setup.ts', exclude } });
