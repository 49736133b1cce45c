import { expect, it } from 'vitest';
import { UNSURE_BELOW, unsureOf } from '../src/model/unsure';
import type { ModelInfo } from '../src/service/types';
import { LABELS } from './turns';

const MODEL: ModelInfo = {
  id: 'embedded',
  kind: 'embedded',
  label_set: 'own',
  labels: LABELS,
  calibration: 'prior',
  languages: ['en'],
  domain: 'everyday conversation',
  figures: {},
  unsure_below: 0.47,
  other_unsure_below: { '5': 0.4, '28': 0.17 },
};
const words = (n: number) => Array.from({ length: n }, (_, place) => `word ${place}`);

it('is the model’s own for all or some of its labels', () => {
  expect(unsureOf(MODEL, LABELS)).toBe(0.47);
  expect(unsureOf(MODEL, ['anger', 'joy'])).toBe(0.47);
  expect(unsureOf({ ...MODEL, unsure_below: 0 }, LABELS)).toBe(0);
  expect(unsureOf({ ...MODEL, unsure_below: null }, LABELS)).toBe(UNSURE_BELOW);
});

it('follows from the number of other labels, within what was fitted', () => {
  expect(unsureOf(MODEL, words(5))).toBeCloseTo(0.4);
  expect(unsureOf(MODEL, ['joy', ...words(14)])).toBeCloseTo(0.3);
  expect(unsureOf(MODEL, words(28))).toBeCloseTo(0.17);
  expect(unsureOf(MODEL, words(2))).toBeCloseTo(0.4);
  expect(unsureOf(MODEL, words(40))).toBeCloseTo(0.17);
  expect(unsureOf({ ...MODEL, other_unsure_below: {} }, words(5))).toBe(0);
});
