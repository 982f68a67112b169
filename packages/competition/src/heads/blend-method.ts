import { type Method, methods, ruleMethod, rules } from '@podium/ensemble';
import { scoreOf } from '@podium/metrics';

/** How a head is blended: by a rule, which fits nothing, or by a method that is fitted to labels. */
export interface BlendMethod {
  readonly name: string;
  readonly isRule: boolean;
  readonly method: Method;
}

/**
 * The method of these settings, for heads with one class per row.
 * @throws PodiumError `registry-unknown-name`, `ensemble-setting`
 */
export function blendMethod({
  method: name,
  options,
  metric,
}: {
  readonly method: string;
  readonly options: unknown;
  readonly metric: string;
}): BlendMethod {
  const isRule = rules.has(name);
  const method: Method = isRule
    ? (ruleMethod(name, rules.get(name).parse(options)) as Method)
    : methods.get(name).parse(options, { score: scoreOf(metric) });
  return { name, isRule, method };
}
