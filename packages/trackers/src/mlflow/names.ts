/** MLflow's longest name of a metric or parameter, and longest value of a parameter. */
const LONGEST_KEY = 250;
const LONGEST_VALUE = 6000;

/** What MLflow accepts as the name of a metric or parameter, and cannot lead out of a folder. */
export function mlflowKey(name: string): string {
  const key = name
    .split('/')
    .map((part) => part.replaceAll(/[^\w.\- ]/g, '_'))
    .filter((part) => part !== '' && !/^\.+$/.test(part))
    .join('/')
    .slice(0, LONGEST_KEY);
  return key === '' ? '_' : key;
}

/** Settings as parameters: `optimizer.name`. */
export function parametersOf(settings: Readonly<Record<string, unknown>>): [key: string, value: string][] {
  const found: [string, string][] = [];
  const add = (key: string, value: unknown): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value)) add(key === '' ? name : `${key}.${name}`, inner);
    } else if (value !== undefined) {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      found.push([mlflowKey(key.replaceAll('/', '_')), text.slice(0, LONGEST_VALUE)]);
    }
  };
  add('', settings);
  return found;
}

/** Shared by both stores: what a run is called, and what it is found by. */
export const KEY_TAG = 'podium.key';
