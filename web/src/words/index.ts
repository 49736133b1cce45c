// The page's own words in several languages: the English sentence is its name, and a language without it shows it.

import { computed } from '@preact/signals';
import { settings } from '../state/settings';
import { de } from './de';
import { es } from './es';
import { fr } from './fr';
import { zh } from './zh';

export type Words = Readonly<Record<string, string>>;

/** Every language by its code, with its own name; English is what the page is written in. */
export const LANGUAGES = { en: 'English', de: 'Deutsch', es: 'Español', fr: 'Français', zh: '中文' } as const;
export type Language = keyof typeof LANGUAGES;

const WORDS: Record<Exclude<Language, 'en'>, Words> = { de, es, fr, zh };

function isLanguage(code: string): code is Language {
  return code in LANGUAGES;
}

/** Returns the first language that the browser's user reads and the page speaks. */
function ofBrowser(): Language {
  const codes = typeof navigator === 'undefined' ? [] : navigator.languages.map((code) => code.slice(0, 2).toLowerCase());
  return codes.find(isLanguage) ?? 'en';
}

export const language = computed<Language>(() => {
  const choice = settings.value.language;
  return isLanguage(choice) ? choice : ofBrowser();
});

/** Returns a sentence in the page's language, with values in the place of {names}. */
export function t(english: string, values: Record<string, string | number> = {}): string {
  const own = language.value === 'en' ? english : (WORDS[language.value][english] ?? english);
  return own.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === 'number' ? value.toLocaleString(language.value) : value;
  });
}

/** What the page counts: one, and many. */
export const COUNTED = {
  turn: ['{n} turn', '{n} turns'],
  shift: ['{n} shift', '{n} shifts'],
  speaker: ['{n} speaker', '{n} speakers'],
  conversation: ['{n} conversation', '{n} conversations'],
  earlier: ['{n} earlier turn', '{n} earlier turns'],
  day: ['{n} day', '{n} days'],
  line: ['{n} line', '{n} lines'],
  file: ['{n} file', '{n} files'],
  correction: ['{n} correction', '{n} corrections'],
} as const;

/** Returns a number of things in words. */
export function count(n: number, what: keyof typeof COUNTED): string {
  return t(COUNTED[what][n === 1 ? 0 : 1], { n });
}

/** Returns a day with its time, as people of the page's language write them. */
export function moment(when: string): string {
  return new Date(when).toLocaleString(language.value, { dateStyle: 'medium', timeStyle: 'short' });
}

/** Marks a sentence that is looked up later, so that the test of languages finds it. */
export function word(english: string): string {
  return english;
}
