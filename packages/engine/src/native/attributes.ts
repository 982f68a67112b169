/** One attribute of a TensorFlow op, in the form that the binding takes. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: string | number | boolean | readonly number[];
}

/** TensorFlow's numbers for the element types that we name (tensorflow/c/tf_datatype.h). */
export const TfType = { float: 1, int32: 3, bool: 10, bfloat16: 14 } as const;

// The kinds of attribute, as tensorflow/c/tf_attrtype.h numbers them.
export const stringAttr = (name: string, value: string): OpAttribute => ({ name, type: 0, value });
/** A list of strings, in the form that native/binding/list_attributes.h knows it by. */
export const stringsAttr = (name: string, values: readonly string[]): OpAttribute =>
  stringAttr(name, values.map((value) => `\u001e${value}`).join(''));
export const typesAttr = (name: string, values: readonly number[]): OpAttribute =>
  stringsAttr(
    name,
    values.map((value) => `\u001f${value}`),
  );
export const intAttr = (name: string, value: number | readonly number[]): OpAttribute => ({
  name,
  type: 1,
  value,
});
export const floatAttr = (name: string, value: number): OpAttribute => ({ name, type: 2, value });
export const boolAttr = (name: string, value: boolean): OpAttribute => ({ name, type: 3, value });
export const typeAttr = (name: string, value: number): OpAttribute => ({ name, type: 4, value });

/**
 * Chooses oneDNN's implementation of an op whose name begins with `_MklNative`. TensorFlow itself sets this
 * when it rewrites an eager op, but it does not rewrite every op that oneDNN has.
 */
export const oneDnnKernel: OpAttribute = stringAttr('_kernel', 'MklNameChangeOp');
