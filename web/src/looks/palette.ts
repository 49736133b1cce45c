// The hues of the families of feelings, one pair for each theme.
//
// They were found by search: of colours in the hue range of each family, with a contrast of 3.05 or more to the panel, those
// whose smallest CIEDE2000 difference, over all pairs and over typical, protan, deutan and tritan vision, is largest: 15.9 in
// the light theme and 16.2 in the dark one. tests/palette.test.ts holds them to that. Colour is never alone all the same: each
// label has a pattern and letters of its own (marks.ts).

export type Theme = 'light' | 'dark';

export const FAMILIES = [
  'joyful',
  'powerful',
  'peaceful',
  'sad',
  'mad',
  'scared',
  'surprise',
  'disgust',
  'neutral',
] as const;
export type Family = (typeof FAMILIES)[number];

export const PALETTE: Record<Theme, Record<Family, string>> = {
  light: {
    joyful: '#c78500',
    powerful: '#ac3380',
    peaceful: '#205446',
    sad: '#1b55f1',
    mad: '#8b0000',
    scared: '#380265',
    surprise: '#009eca',
    disgust: '#607b55',
    neutral: '#919294',
  },
  dark: {
    joyful: '#ffe97e',
    powerful: '#eea7d4',
    peaceful: '#abe8c6',
    sad: '#506fa4',
    mad: '#c23a39',
    scared: '#b581fd',
    surprise: '#f17d12',
    disgust: '#82a17f',
    neutral: '#727578',
  },
};

/** What plots are drawn on; the same values stand in style/theme.css. */
export const PANEL: Record<Theme, string> = { light: '#ffffff', dark: '#171b20' };
export const INK: Record<Theme, string> = { light: '#15191e', dark: '#e9edf1' };
