// Where the marks of the navigator stand: turns along one side, speakers across.

import type { Read } from './reading';

export interface NavigatorLayout {
  width: number;
  height: number;
  /** Whether turns go from left to right. */
  flat: boolean;
  /** From one turn to the next, and before the first. */
  step: number;
  before: number;
  nLanes: number;
  /** How wide a lane is. */
  lane: number;
  laneStart: (lane: number) => number;
}

// More speakers share the last lane.
const MOST_LANES = 6;
const LARGEST_STEP = 26;
const LARGEST_FLAT_STEP = 64;
const GAP = 6;

export function layNavigator(
  width: number,
  height: number,
  nTurns: number,
  nSpeakers: number,
  flat: boolean,
): NavigatorLayout {
  const nLanes = Math.max(1, Math.min(nSpeakers, MOST_LANES));
  const [along, across] = flat ? [width, height] : [height, width];
  const before = 2;
  const step = Math.min((along - 2 * before) / Math.max(1, nTurns), flat ? LARGEST_FLAT_STEP : LARGEST_STEP);
  const gap = across / nLanes < 16 ? 2 : GAP;
  const lane = (across - gap * (nLanes - 1)) / nLanes;
  return { width, height, flat, step, before, nLanes, lane, laneStart: (number) => number * (lane + gap) };
}

export function placeAt(layout: NavigatorLayout, x: number, y: number): number {
  return Math.floor(((layout.flat ? x : y) - layout.before) / layout.step);
}

export interface Mark {
  label: string | null;
  path: string;
}

/** Returns a path for each label: a bar for each turn, as long as the answer is sure; null collects turns without a label. */
export function marks(
  reads: readonly Read[],
  speakers: readonly string[],
  layout: NavigatorLayout,
  only: ReadonlySet<number> | null = null,
): Mark[] {
  const { flat, step, before, nLanes, lane, laneStart } = layout;
  const thick = Math.max(step > 5 ? step - Math.min(5, step * 0.25) : step, 0.8);
  const lanes = new Map(speakers.map((name, place) => [name, Math.min(place, nLanes - 1)]));
  const paths = new Map<string | null, string>();
  reads.forEach((read, place) => {
    if (only !== null && !only.has(place)) return;
    const sure = read.turn.correction !== null ? 1 : read.best === null ? 1 : Math.max(read.confidence, 0.08);
    const long = lane * sure;
    const start = laneStart(lanes.get(read.turn.speaker) ?? 0);
    const along = before + place * step;
    // Lying lanes grow upwards, standing ones to the right.
    const path = flat ? box(along, start + lane - long, thick, long) : box(start, along, long, thick);
    paths.set(read.label, (paths.get(read.label) ?? '') + path);
  });
  return [...paths].map(([label, path]) => ({ label, path }));
}

function box(x: number, y: number, width: number, height: number): string {
  return `M${n(x)} ${n(y)}h${n(width)}v${n(height)}h${n(-width)}z`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
