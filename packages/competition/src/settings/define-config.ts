import type { SettingsInput } from './schema.ts';

/** For `podium.config.ts`: checks types and gives completion in editors. */
export function defineConfig(settings: SettingsInput): SettingsInput {
  return settings;
}
