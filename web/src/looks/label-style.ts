// How a label looks: colour by family and theme, pattern, letters.

import type { LabelInfo } from '../service/types';
import { contrast, fromHex, fromOklch, toHex, toOklch } from './colour';
import { assignFamilies } from './families';
import { assignCodes, assignPatterns, type Pattern } from './marks';
import { type Family, PALETTE, PANEL, type Theme } from './palette';

export interface LabelStyle {
  label: string;
  family: Family;
  colour: string;
  /** Black or white, whichever can be read on the colour. */
  onColour: string;
  pattern: Pattern;
  code: string;
}

// Labels of one family: the family's lightness, then darker and lighter ones in turn.
const STEPS = [0, -0.06, 0.06, -0.1, 0.1, -0.03, 0.03];
const LEAST_CONTRAST = 3;

export function variant(base: string, step: number, theme: Theme): string {
  const [lightness, chroma, hue] = toOklch(fromHex(base));
  let shift = STEPS[step % STEPS.length] ?? 0;
  // A lightness that would be lost on the panel is brought back towards the family's own.
  for (let tries = 0; tries < 8; tries += 1) {
    const colour = toHex(fromOklch([lightness + shift, chroma, hue]));
    if (contrast(colour, PANEL[theme]) >= LEAST_CONTRAST) return colour;
    shift *= 0.6;
  }
  return base;
}

export function styleLabels(infos: readonly LabelInfo[], theme: Theme): LabelStyle[] {
  const families = assignFamilies(infos);
  const patterns = assignPatterns(families);
  const codes = assignCodes(infos.map((info) => info.label));
  const inFamily = new Map<Family, number>();
  return infos.map((info, place) => {
    const family = families[place] as Family;
    const step = inFamily.get(family) ?? 0;
    inFamily.set(family, step + 1);
    const colour = variant(PALETTE[theme][family], step, theme);
    return {
      label: info.label,
      family,
      colour,
      onColour: readableOn(colour),
      pattern: patterns[place] as Pattern,
      code: codes[place] as string,
    };
  });
}

/** Returns black or white: of these one always has 4.5 or more, which a lighter black would miss on middle colours. */
export function readableOn(colour: string): string {
  const [dark, light] = ['#000000', '#ffffff'];
  return contrast(colour, dark) >= contrast(colour, light) ? dark : light;
}

/** Returns places of labels from unpleasant to pleasant, so that stacked bands lean up when a turn is pleasant. */
export function stackOrder(infos: readonly LabelInfo[]): number[] {
  const known = infos.every((info) => info.valence !== null);
  const places = infos.map((_, place) => place);
  return known ? places.sort((a, b) => (infos[a]?.valence ?? 0) - (infos[b]?.valence ?? 0) || a - b) : places;
}
