/** Whether a metric of that name is better lower or higher. */
export function modeOf(monitor: string): 'min' | 'max' {
  return /(^|\/)(log-?)?loss$/.test(monitor) ? 'min' : 'max';
}
