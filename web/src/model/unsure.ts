// Below which probability a model's answers are told as unsure.

import type { ModelInfo } from '../service/types';

/** For models that were exported before each was fitted one of its own. */
export const UNSURE_BELOW = 0.4;

/** Returns what the model says: of its own labels, or of others by their number, between those that were fitted. */
export function unsureOf(model: ModelInfo, labels: readonly string[]): number {
  if (labels.every((label) => model.labels.includes(label))) return model.unsure_below ?? UNSURE_BELOW;
  const fitted = Object.entries(model.other_unsure_below).map(([count, value]) => ({ count: Number(count), value }));
  fitted.sort((one, other) => one.count - other.count);
  const above = fitted.find((one) => one.count >= labels.length) ?? fitted.at(-1);
  const below = fitted.findLast((one) => one.count <= labels.length) ?? fitted[0];
  if (!above || !below) return 0;
  const part = above.count === below.count ? 0 : (labels.length - below.count) / (above.count - below.count);
  return below.value + part * (above.value - below.value);
}
