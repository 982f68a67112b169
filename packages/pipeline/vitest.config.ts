import { defineConfig, mergeConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.ts';

// The tests mostly wait for processes of their own to start.
export default mergeConfig(shared, defineConfig({ test: { maxWorkers: 2 } }));
