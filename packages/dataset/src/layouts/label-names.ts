/** Usual names of columns of labels. */
export const LABEL_NAMES: RegExp =
  /^(labels?|class(es)?|categor(y|ies)|targets?|breed|species|diagnosis|ans(wer)?|tags?|attribute_ids|variety|emotion|choice|ground_?truth|gt)(_?(id|name))?$/i;
