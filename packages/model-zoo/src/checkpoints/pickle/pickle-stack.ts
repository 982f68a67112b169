import { damaged, unsafe } from '@podium/nn/checkpoint-files';
import type { PickleValue } from './pickle-values.ts';

/** Values that wait on the stack; Python's pickler flushes a dict's items by the thousand, so real stacks are low. */
const MAX_VALUES = 1_000_000;
/** Open marks: how deep things nest while they are built. */
const MAX_MARKS = 1000;

/** The machine's stack, with the marks that part it. */
export class PickleStack {
  readonly #values: PickleValue[] = [];
  readonly #marks: number[] = [];

  push(value: PickleValue): void {
    if (this.#values.length >= MAX_VALUES) unsafe(`the pickle stacks more than ${MAX_VALUES} values`);
    this.#values.push(value);
  }

  mark(): void {
    if (this.#marks.length >= MAX_MARKS) unsafe(`the pickle nests deeper than ${MAX_MARKS} levels`);
    this.#marks.push(this.#values.length);
  }

  /** The topmost value, which must lie above the last mark. */
  pop(): PickleValue {
    if (this.#values.length <= (this.#marks.at(-1) ?? 0))
      damaged('the pickle takes a value that is not there');
    return this.#values.pop() as PickleValue;
  }

  top(): PickleValue {
    if (this.#values.length <= (this.#marks.at(-1) ?? 0))
      damaged('the pickle takes a value that is not there');
    return this.#values.at(-1) as PickleValue;
  }

  /** All above the last mark, which goes with them. */
  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) return damaged('the pickle ends a group that it has not begun');
    return this.#values.splice(mark);
  }

  /** What the pickle made: the only value left. */
  result(): PickleValue {
    if (this.#values.length !== 1 || this.#marks.length !== 0) {
      damaged('the pickle ends before it is finished');
    }
    return this.#values[0] as PickleValue;
  }
}
