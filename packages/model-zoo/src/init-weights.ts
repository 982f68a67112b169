import { type AnyModule, Conv2d, type Initializer, init, Linear, Parameter } from '@podium/nn';

/**
 * Gives the convolutions and linear layers below `root` first weights by a family's own rule, and zero biases: what
 * timm's models do at the end of their constructors. Where `weightOf` answers undefined PyTorch's default stays.
 */
export function initWeights(
  root: AnyModule,
  weightOf: (layer: Conv2d | Linear) => Initializer | undefined,
): void {
  for (const layer of root.modules() as unknown[]) {
    if (!(layer instanceof Conv2d || layer instanceof Linear)) continue;
    const rule = weightOf(layer);
    if (rule !== undefined) layer.weight = remade(layer.weight, rule);
    if (layer.bias !== null) layer.bias = remade(layer.bias, init.zeros);
  }
}

function remade({ shape, layout, groups }: Parameter, rule: Initializer): Parameter {
  return new Parameter(shape, rule, { layout, groups });
}
