import type { Interval } from '../report-data.ts';

const MINUS = '\u2212';

/** A score with three decimals, or four if the interval is narrower than 0.01. */
export function scoreText(value: number, interval?: Interval): string {
  const digits = interval !== undefined && interval.high - interval.low < 0.01 ? 4 : 3;
  return fixed(value, digits);
}

export function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '–';
  const text = value.toFixed(digits);
  return text.startsWith('-') ? `${MINUS}${text.slice(1)}` : text;
}

export function intervalText(interval: Interval): string {
  return `${scoreText(interval.low, interval)} to ${scoreText(interval.high, interval)}`;
}

/** A difference with its sign. */
export function signed(value: number, digits = 3): string {
  const text = fixed(value, digits);
  return value > 0 && Number(value.toFixed(digits)) !== 0 ? `+${text}` : text;
}

export function percent(share: number, digits = 0): string {
  return Number.isFinite(share) ? `${fixed(share * 100, digits)}\u00a0%` : '–';
}

/** An interval of shares in percent: `3 to 17 %`. */
export function intervalPercent({ low, high }: Interval, digits = 0): string {
  return `${fixed(low * 100, digits)} to ${percent(high, digits)}`;
}

/** A probability in percent; only 1 is shown as 100 %. */
export function confidenceText(share: number): string {
  if (share >= 0.995 && share < 1) return '>99\u00a0%';
  return percent(share);
}

/** `12,345`; fractions get one decimal. */
export function count(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const [whole = '', rest] = (Number.isInteger(value) ? String(value) : value.toFixed(1)).split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** `0.8 s`, `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joined(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(seconds / 60);
  return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

function joined(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}
