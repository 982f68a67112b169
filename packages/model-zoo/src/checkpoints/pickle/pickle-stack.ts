import { damaged, unsafe } from '@podium/nn/checkpoint-files';
import type { PickleValue } from './pickle-values.ts';

/** Largest allowed stack. Python's pickler stores the items of a dict by the thousand, so real stacks are small. */
const MAX_VALUES = 1_000_000;
/** Most open marks: nesting while values are built. */
const MAX_MARKS = 1000;

/** The stack of a pickle, with its marks. */
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

  /** Removes the top value, which must be above the last mark. */
  pop(): PickleValue {
    if (this.#values.length <= (this.#marks.at(-1) ?? 0))
      damaged('the pickle takes a value from an empty stack');
    return this.#values.pop() as PickleValue;
  }

  top(): PickleValue {
    if (this.#values.length <= (this.#marks.at(-1) ?? 0))
      damaged('the pickle takes a value from an empty stack');
    return this.#values.at(-1) as PickleValue;
  }

  /** Removes the last mark and all values above it. */
  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) return damaged('the pickle ends a group that it has not started');
    return this.#values.splice(mark);
  }

  /** The result of the pickle: the only value left. */
  result(): PickleValue {
    if (this.#values.length !== 1 || this.#marks.length !== 0) {
      damaged('the pickle ends before it is finished');
    }
    return this.#values[0] as PickleValue;
  }
}
