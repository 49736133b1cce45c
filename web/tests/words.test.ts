import { describe, expect, it } from 'vitest';
import { COUNTED, LANGUAGES, type Words } from '../src/words';
import { de } from '../src/words/de';
import { es } from '../src/words/es';
import { fr } from '../src/words/fr';
import { zh } from '../src/words/zh';

const CATALOGUES: Record<string, Words> = { de, es, fr, zh };
const SOURCES = import.meta.glob<string>('../src/**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true });

/** Returns every sentence that the page looks up. */
function sentences(): Set<string> {
  const found = new Set<string>(Object.values(COUNTED).flat());
  for (const text of Object.values(SOURCES)) {
    for (const [, english = ''] of text.matchAll(/\b(?:t|word)\(\s*'((?:[^'\\]|\\.)*)'/g)) found.add(english.replaceAll('\\n', '\n'));
  }
  return found;
}

const ENGLISH = sentences();
// What is looked up by the name of a label, of which a set may have any.
const BASIC = ['neutral', 'surprise', 'fear', 'sadness', 'joy', 'disgust', 'anger'];

describe.each(Object.keys(LANGUAGES).filter((code) => code !== 'en'))('the words in %s', (code) => {
  const words = CATALOGUES[code] ?? {};

  it('are there for every sentence', () => {
    expect([...ENGLISH, ...BASIC].filter((english) => words[english] === undefined)).toEqual([]);
  });

  it('are of sentences that the page still has', () => {
    const known = new Set([...ENGLISH, ...BASIC]);
    expect(Object.keys(words).filter((english) => !known.has(english))).toEqual([]);
  });

  it('keep the places of values', () => {
    const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();
    for (const [english, own] of Object.entries(words)) expect(places(own), own).toEqual(places(english));
  });
});
