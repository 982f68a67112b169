import { PodiumError, type Problem } from '@podium/core';
import { OPTIONS } from './notes.ts';

/** A value of a setting that a folder may need. */
export interface SettingChoice {
  /** JSON, as users write it. */
  readonly value: unknown;
  /** What it means, for people. */
  readonly label: string;
}

/** An error for what a folder leaves open: the setting that decides it, and its possible values. */
export class UnclearSetting extends PodiumError {
  /** A setting of the layout: `labels`. */
  readonly option: string;
  readonly choices: readonly SettingChoice[];

  constructor(option: string, choices: readonly SettingChoice[], problem: Omit<Problem, 'fix'>) {
    const fixes = choices.map(({ value, label }) => {
      const setting = `${OPTIONS}.${option}: ${settingText(value)}`;
      return label === value ? setting : `${setting} (${label})`;
    });
    super({ ...problem, fix: `set ${fixes.join(', or ')}` });
    this.option = option;
    this.choices = choices;
  }
}

/** A value as it is written in YAML, on one line. */
export function settingText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(settingText).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${plain(key)}: ${settingText(item)}`);
    return `{ ${entries.join(', ')} }`;
  }
  return typeof value === 'string' ? plain(value) : JSON.stringify(value);
}

/** Quoted unless YAML reads it as the same text without quotes, also inside brackets. */
function plain(text: string): string {
  const isPlain = /^[A-Za-z_][\w./-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
