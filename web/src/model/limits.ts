// What the model can't do, in a sentence that stands in front.

import type { ModelInfo } from '../service/types';
import { language, t } from '../words';

/** Returns which languages the model reads, and that its answers are guesses from words. */
export function limits(model: ModelInfo | undefined): string {
  const guess = t('A guess from words alone, not a judgement of people.');
  if (!model || model.languages.length === 0) return guess;
  const names = new Intl.DisplayNames([language.value], { type: 'language' });
  const languages = model.languages.map((code) => names.of(code) ?? code);
  return `${t('Reads everyday {language}.', { language: new Intl.ListFormat(language.value).format(languages) })} ${guess}`;
}
