import { type AnyModule, Conv2d, type Initializer, init, Linear, Parameter } from '@podium/nn';

/**
 * Sets the initial weights of all convolutions and linear layers below `root` by a family's rule, and their biases to zero, as
 * timm's models do at the end of their constructors. Layers for which `weightOf` returns undefined keep PyTorch's default.
 */
export function initWeights(
  root: AnyModule,
  weightOf: (layer: Conv2d | Linear) => Initializer | undefined,
): void {
  for (const layer of root.modules() as unknown[]) {
    if (!(layer instanceof Conv2d || layer instanceof Linear)) continue;
    const rule = weightOf(layer);
    if (rule !== undefined) layer.weight = withInit(layer.weight, rule);
    if (layer.bias !== null) layer.bias = withInit(layer.bias, init.zeros);
  }
}

function withInit({ shape, layout, groups }: Parameter, rule: Initializer): Parameter {
  return new Parameter(shape, rule, { layout, groups });
}
