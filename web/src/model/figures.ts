// Measured quality of a model in plain words.

import { language, t } from '../words';

const FIGURE = /^dev_weighted_f1(?:_(?!float32)(.+))?$/;

/** Returns what a figure says and its value; null for what tells a person nothing. */
export function figureWords(name: string, value: number | string | null): { words: string; value: string } | null {
  const found = FIGURE.exec(name);
  if (found === null || typeof value !== 'number') return null;
  const shown = `${(value * 100).toLocaleString(language.value, { maximumFractionDigits: 1 })} %`;
  const [, corpus] = found;
  const words = t('Agreement with people’s labels (weighted F1, development set)');
  return { words: corpus === undefined ? words : t('the same on {corpus}', { corpus }), value: shown };
}
