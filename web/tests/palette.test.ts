import { describe, expect, it } from 'vitest';
import { contrast, difference, fromHex, fromOklch, seenAs, toHex, toOklch, VISIONS } from '../src/looks/colour';
import { assignFamilies } from '../src/looks/families';
import { readableOn, styleLabels, variant } from '../src/looks/label-style';
import { assignCodes, assignPatterns, PATTERNS } from '../src/looks/marks';
import { FAMILIES, PALETTE, PANEL, type Theme } from '../src/looks/palette';
import type { LabelInfo } from '../src/service/types';

const THEMES: Theme[] = ['light', 'dark'];
// As palette.ts says.
const LEAST_APART: Record<Theme, number> = { light: 15.9, dark: 16.2 };

function info(label: string, part: Partial<LabelInfo> = {}): LabelInfo {
  return { label, aliases: [], description: null, valence: null, arousal: null, wheel: null, ...part };
}

describe('colour arithmetic', () => {
  it('agrees with known values of CIEDE2000 and of WCAG’s contrast', () => {
    expect(contrast('#ffffff', '#000000')).toBeCloseTo(21);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
    expect(difference('#ff0000', '#00ff00')).toBeCloseTo(86.6, 0);
    expect(difference('#808080', '#808080')).toBe(0);
  });

  it('comes back from OKLCH', () => {
    for (const hex of ['#a68e09', '#cd66ba', '#4d1e7d', '#8c8f92'])
      expect(toHex(fromOklch(toOklch(fromHex(hex))))).toBe(hex);
  });
});

describe.each(THEMES)('palette of the %s theme', (theme) => {
  const colours = FAMILIES.map((family) => PALETTE[theme][family]);

  it('stands out from the panel', () => {
    for (const colour of colours) expect(contrast(colour, PANEL[theme])).toBeGreaterThanOrEqual(3);
  });

  it.each(VISIONS)('keeps families apart for %s vision', (vision) => {
    for (const [place, one] of colours.entries()) {
      for (const other of colours.slice(place + 1)) {
        expect(difference(seenAs(one, vision), seenAs(other, vision)), `${one} ${other}`).toBeGreaterThanOrEqual(LEAST_APART[theme]);
      }
    }
  });

  it('gives joy a clean yellow or amber, no olive', () => {
    const [, chroma, hue] = toOklch(fromHex(PALETTE[theme].joyful));
    expect(chroma).toBeGreaterThanOrEqual(0.12);
    expect(hue).toBeGreaterThan(60);
    // Farther on yellow turns green; the olive that it once was, #a68e09, has 98 degrees.
    expect(hue).toBeLessThan(theme === 'light' ? 90 : 110);
  });

  it('has variants that stand out as well, and letters that can be read on them', () => {
    for (const colour of colours) {
      for (let step = 0; step < 9; step += 1) {
        const own = variant(colour, step, theme);
        expect(contrast(own, PANEL[theme])).toBeGreaterThanOrEqual(3);
        expect(contrast(own, readableOn(own))).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});

describe('families', () => {
  it('follow the wheel, then valence and arousal', () => {
    const labels = [
      info('neutral'),
      info('joy', { wheel: ['joyful'] }),
      info('surprise', { wheel: ['powerful', 'aware', 'surprised'] }),
      info('annoyance', { valence: -0.5, arousal: 0.55 }),
      info('calm', { valence: 0.7, arousal: -0.4 }),
    ];
    expect(assignFamilies(labels)).toEqual(['neutral', 'joyful', 'surprise', 'mad', 'peaceful']);
  });

  it('give words of one’s own hues that are stable and different', () => {
    const words = ['bored', 'keen', 'lost', 'wry'].map((word) => info(word));
    const families = assignFamilies(words);
    expect(assignFamilies(words)).toEqual(families);
    expect(new Set(families).size).toBe(4);
    expect(families).not.toContain('neutral');
  });
});

describe('marks', () => {
  const GOEMOTIONS =
    'admiration amusement anger annoyance approval caring confusion curiosity desire disappointment disapproval disgust ' +
    'embarrassment excitement fear gratitude grief joy love nervousness optimism pride realization relief remorse sadness ' +
    'surprise neutral';

  it('are letters that no other label has', () => {
    expect(assignCodes(['neutral', 'surprise', 'fear', 'sadness', 'joy', 'disgust', 'anger'])).toEqual([
      'N',
      'Su',
      'F',
      'Sa',
      'J',
      'D',
      'A',
    ]);
    const codes = assignCodes(GOEMOTIONS.split(' '));
    expect(new Set(codes).size).toBe(codes.length);
    expect(new Set(assignCodes(['aa', 'aaa', 'a', '!'])).size).toBe(4);
  });

  it('are patterns that no other label of the family has, as long as there are enough', () => {
    const families = assignFamilies(
      ['joyful', 'excited', 'cheerful', 'neutral', 'mad'].map((label) =>
        info(label, { wheel: [label === 'mad' ? 'mad' : 'joyful'] }),
      ),
    );
    const patterns = assignPatterns(families);
    expect(new Set(patterns).size).toBe(patterns.length);
    expect(PATTERNS).toEqual(expect.arrayContaining(patterns));
  });

  it('keep every pair of labels apart by pattern or hue, and by letters', () => {
    for (const theme of THEMES) {
      const styles = styleLabels(
        GOEMOTIONS.split(' ').map((label) => info(label)),
        theme,
      );
      const looks = styles.map((style) => style.pattern + style.family);
      expect(new Set(looks).size).toBe(looks.length);
    }
  });
});
