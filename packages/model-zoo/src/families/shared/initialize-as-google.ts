import { type AnyModule, Conv2d, init } from '@podium/nn';
import { initWeights } from '../../init-weights.ts';

/**
 * Sets initial weights as Google's implementations of these networks and timm do: convolutions normal with variance
 * 2 / fan-out (per group), linear layers uniform in ±1/sqrt(fan-out), biases zero.
 */
export function initializeAsGoogle(model: AnyModule): void {
  initWeights(model, (layer) => {
    if (layer instanceof Conv2d) {
      const fanOut = (layer.kernelSize[0] * layer.kernelSize[1] * layer.outChannels) / layer.groups;
      return init.normal(0, Math.sqrt(2 / fanOut));
    }
    const bound = 1 / Math.sqrt(layer.outFeatures);
    return init.uniform(-bound, bound);
  });
}
