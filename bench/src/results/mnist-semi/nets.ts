import {
  type AnyModule,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  type Module,
  manualSeed,
  ReLU,
  Sequential,
} from '@podium/nn';
import { CLASSES } from './data.ts';

/** Lee's network: one hidden layer of 5,000 ReLUs, dropout 0.5, and 0.2 at the input. */
export function dropoutNet(seed: string): AnyModule {
  manualSeed(seed);
  return new Sequential({
    flatten: new Flatten(),
    visible: new Dropout(0.2),
    hidden: new Linear(28 * 28, 5000),
    relu: new ReLU(),
    dropout: new Dropout(0.5),
    out: new Linear(5000, CLASSES),
  }) as unknown as AnyModule;
}

/** Three 3x3 convolutions with batch norm at 28, 14 and 7 pixels, and a linear layer: 30,000 parameters. */
export function convNet(seed: string): AnyModule {
  manualSeed(seed);
  const stage = (from: number, to: number) => [
    new Conv2d(from, to, 3, { padding: 1, bias: false }),
    new BatchNorm2d(to, { activation: 'relu' }) as unknown as Module,
  ];
  const pool = () => new MaxPool2d({ kernelSize: 2 });
  const features = new Sequential([...stage(1, 16), pool(), ...stage(16, 32), pool(), ...stage(32, 32)]);
  const classifier = new Sequential([new Flatten(), new Linear(7 * 7 * 32, CLASSES)]);
  return new Sequential({ features, classifier }) as unknown as AnyModule;
}
