/** Whether a lower or a higher value of this metric is better: lower for a loss. */
export function modeOf(monitor: string): 'min' | 'max' {
  return /(^|\/)(log-?)?loss$/.test(monitor) ? 'min' : 'max';
}
