// Where everything of the timeline stands, in CSS pixels.

import { type Range, size } from '../zoom';

export interface LayoutRequest {
  width: number;
  range: Range;
  nSpeakers: number;
  /** A row for the labels of the file. */
  withGold: boolean;
  /** A lane for valence and arousal. */
  withAffect: boolean;
}

export interface Lane {
  /** Middle of the row of letters. */
  badges: number;
  /** Middle of the row of numbers; null where turns are too narrow for them. */
  numbers: number | null;
  bandsTop: number;
  bandsBottom: number;
  /** Middle of the row of the file's labels. */
  gold: number | null;
  /** Baseline of the speaker's name. */
  name: number;
}

export interface Layout {
  width: number;
  height: number;
  /** Where the plot begins, right of the names. */
  left: number;
  right: number;
  /** From one turn to the next. */
  step: number;
  columnWidth: number;
  /** Whether turns are wide enough for their letters. */
  letters: boolean;
  /** Whether turns are wide enough for marks of their own: shifts, frames, patterns. */
  marks: boolean;
  /** Turns that one column stands for; more than 1 where a turn would be too narrow to be seen. */
  turnsInColumn: number;
  lanes: Lane[];
  affect: { top: number; bottom: number; name: number } | null;
  axis: number;
}

const NARROW = 640;
const NAMES_WIDTH = 132;
const NAME_HEIGHT = 22;
const WIDEST_STEP = 116;
const WIDEST_COLUMN = 52;
const LEAST_FOR_LETTERS = 15;
const LEAST_FOR_NUMBERS = 30;
const LEAST_FOR_MARKS = 4;
const NARROWEST_COLUMN = 2;
const BADGE_ROW = 32;
const NUMBER_ROW = 16;
const GOLD_ROW = 24;
const LANE_GAP = 14;
const AFFECT_HEIGHT = 96;
const AXIS_HEIGHT = 26;

function bandHeight(nSpeakers: number): number {
  if (nSpeakers <= 2) return 84;
  if (nSpeakers <= 4) return 58;
  return nSpeakers <= 8 ? 44 : 30;
}

export function layOut(request: LayoutRequest): Layout {
  const { width, range, nSpeakers } = request;
  const narrow = width < NARROW;
  const left = narrow ? 2 : NAMES_WIDTH;
  const right = Math.max(left + 1, width - 4);
  const step = Math.min((right - left) / size(range), WIDEST_STEP);
  // Narrow columns touch: a gap would eat them.
  const turnsInColumn = Math.ceil(NARROWEST_COLUMN / step);
  const columnWidth = step < 5 ? step * turnsInColumn : Math.min(step * 0.74, WIDEST_COLUMN);
  const letters = step >= LEAST_FOR_LETTERS;
  const numbers = step >= LEAST_FOR_NUMBERS;
  const bandsHeight = bandHeight(nSpeakers);
  let y = 4;
  const lanes = Array.from({ length: nSpeakers }, (): Lane => {
    if (narrow) y += NAME_HEIGHT;
    const top = y;
    const badges = top + 19;
    const bandsTop = top + (letters ? BADGE_ROW : 12) + (numbers ? NUMBER_ROW : 0);
    const bandsBottom = bandsTop + bandsHeight;
    const gold = request.withGold && letters ? bandsBottom + 13 : null;
    y = bandsBottom + (gold === null ? 0 : GOLD_ROW) + LANE_GAP;
    const name = narrow ? top - 4 : bandsTop + bandsHeight / 2 + 4;
    return { badges, numbers: numbers ? badges + 22 : null, bandsTop, bandsBottom, gold, name };
  });
  let affect: Layout['affect'] = null;
  if (request.withAffect) {
    if (narrow) y += NAME_HEIGHT;
    affect = { top: y, bottom: y + AFFECT_HEIGHT, name: narrow ? y - 6 : y + AFFECT_HEIGHT / 2 + 4 };
    y += AFFECT_HEIGHT + LANE_GAP;
  }
  const axis = y;
  const height = y + AXIS_HEIGHT;
  const marks = step >= LEAST_FOR_MARKS;
  return { width, height, left, right, step, columnWidth, letters, marks, turnsInColumn, lanes, affect, axis };
}

/** Says whether the names stand over the columns, since there is no room beside them. */
export function isNarrow(layout: Layout): boolean {
  return layout.left < NAMES_WIDTH;
}

/** Returns the left edge of a turn's column. */
export function columnLeft(layout: Layout, range: Range, place: number): number {
  if (layout.turnsInColumn > 1) {
    const bucket = Math.floor((place - range.first) / layout.turnsInColumn);
    return layout.left + bucket * layout.columnWidth;
  }
  return layout.left + (place - range.first) * layout.step + (layout.step - layout.columnWidth) / 2;
}

export function columnMiddle(layout: Layout, range: Range, place: number): number {
  return layout.left + (place - range.first + 0.5) * layout.step;
}

/** Returns the place of the turn at x, or null beside the turns. */
export function placeAt(layout: Layout, range: Range, x: number): number | null {
  const place = range.first + Math.floor((x - layout.left) / layout.step);
  return x < layout.left || place > range.last ? null : place;
}

/** Returns places whose number stands at the axis: round numbers that leave room for each other. */
export function ticks(layout: Layout, range: Range): number[] {
  const least = (20 + 8 * String(range.last + 1).length) / layout.step;
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000].find((n) => n >= least) ?? 5000;
  const places: number[] = [];
  for (let place = range.first; place <= range.last; place += 1) {
    if ((place + 1) % every === 0 || every === 1) places.push(place);
  }
  return places;
}
