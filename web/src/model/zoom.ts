// Which turns the timeline shows: places from 0, both ends included.

export interface Range {
  first: number;
  last: number;
}

/** Fewer turns than this are not zoomed into. */
export const LEAST_TURNS = 3;

export function whole(nTurns: number): Range {
  return { first: 0, last: Math.max(0, nTurns - 1) };
}

export function size(range: Range): number {
  return range.last - range.first + 1;
}

/** Returns the range with its ends in order, inside the conversation, and no smaller than can be read. */
export function clampRange(range: Range, nTurns: number): Range {
  const wanted = Math.round(Math.abs(range.last - range.first)) + 1;
  const length = Math.min(Math.max(wanted, LEAST_TURNS), Math.max(nTurns, 1));
  const first = Math.round(Math.min(range.first, range.last));
  const from = Math.min(Math.max(first, 0), Math.max(0, nTurns - length));
  return { first: from, last: from + length - 1 };
}

/** Returns the range made smaller (factor below 1) or larger around a place that keeps where it is. */
export function zoomAround(range: Range, factor: number, place: number, nTurns: number): Range {
  const length = Math.max(LEAST_TURNS, Math.round(size(range) * factor));
  if (length >= nTurns) return whole(nTurns);
  const share = size(range) === 1 ? 0.5 : (place - range.first) / (size(range) - 1);
  const first = Math.round(place - share * (length - 1));
  return clampRange({ first, last: first + length - 1 }, nTurns);
}

export function pan(range: Range, steps: number, nTurns: number): Range {
  return clampRange({ first: range.first + steps, last: range.last + steps }, nTurns);
}

/** Returns the range moved as little as shows the place. */
export function reveal(range: Range, place: number, nTurns: number): Range {
  if (place < range.first) return pan(range, place - range.first, nTurns);
  if (place > range.last) return pan(range, place - range.last, nTurns);
  return range;
}
