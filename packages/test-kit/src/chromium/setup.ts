import type { TestProject } from 'vitest/node';
import { inCI } from '../skips.ts';
import { findChromium } from './find-chromium.ts';
import { ChromiumMissing } from './missing.ts';

/** Vitest's global setup for packages with browser tests. Without a browser CI fails; elsewhere these tests are skipped. */
export async function setup({ provide, vitest }: TestProject): Promise<void> {
  try {
    const program = await findChromium(process.env, (line) => vitest.logger.log(line));
    provide('chromium', { program });
  } catch (error) {
    if (inCI || !(error instanceof ChromiumMissing)) throw error;
    vitest.logger.warn(`Skipping browser tests: ${error.message}`);
    provide('chromium', { missing: error.message });
  }
}
