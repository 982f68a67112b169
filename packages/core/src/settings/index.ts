// Settings by zod schemas. A door of its own, since zod takes 30 ms to load and most of core does without.

export { jsonSettings, parseSettings, type SettingsPlace, settingsProblems } from './settings.ts';
