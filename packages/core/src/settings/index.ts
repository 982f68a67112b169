/** Settings checked by zod schemas. A separate entry point, since zod takes about 30 ms to load. */
export { jsonSettings, parseSettings, type SettingsPlace, settingsProblems } from './settings.ts';
