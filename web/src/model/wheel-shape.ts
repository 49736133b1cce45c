// The segments of a feeling wheel as shapes: cores share the circle evenly, and each ring its core's part.

import type { Feelings } from '../service/types';
import { pathKey } from './wheel-light';

export interface Segment {
  key: string;
  feeling: string;
  core: string;
  /** 1 core, 2 middle ring, 3 outer ring. */
  ring: number;
  /** Degrees from the top, clockwise. */
  from: number;
  to: number;
  inner: number;
  outer: number;
}

export const RADIUS = 240;
const RINGS: readonly [number, number][] = [
  [0, 48],
  [48, 108],
  [108, 170],
  [170, RADIUS],
];
export const HUB = RINGS[0]?.[1] ?? 0;

function ring(number: number): { inner: number; outer: number } {
  const [inner, outer] = RINGS[number] as [number, number];
  return { inner, outer };
}

export function segments(feelings: Feelings): Segment[] {
  const cores = Object.entries(feelings);
  const width = 360 / cores.length;
  return cores.flatMap(([core, middles], place) => {
    const from = place * width;
    const found: Segment[] = [{ key: core, feeling: core, core, ring: 1, from, to: from + width, ...ring(1) }];
    const names = Object.entries(middles);
    names.forEach(([middle, outers], index) => {
      const part = width / names.length;
      const start = from + index * part;
      found.push({
        key: pathKey([core, middle]),
        feeling: middle,
        core,
        ring: 2,
        from: start,
        to: start + part,
        ...ring(2),
      });
      outers.forEach((outer, number) => {
        const share = part / outers.length;
        const begin = start + number * share;
        const key = pathKey([core, middle, outer]);
        found.push({ key, feeling: outer, core, ring: 3, from: begin, to: begin + share, ...ring(3) });
      });
    });
    return found;
  });
}

/** Returns x and y at an angle from the top and a distance from the middle. */
export function at(degrees: number, radius: number): [number, number] {
  const angle = ((degrees - 90) * Math.PI) / 180;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

export function outline({ from, to, inner, outer }: Segment): string {
  const large = to - from > 180 ? 1 : 0;
  const point = (degrees: number, radius: number) =>
    at(degrees, radius)
      .map((value) => value.toFixed(2))
      .join(' ');
  return (
    `M${point(from, outer)}A${outer} ${outer} 0 ${large} 1 ${point(to, outer)}` +
    `L${point(to, inner)}A${inner} ${inner} 0 ${large} 0 ${point(from, inner)}z`
  );
}

/** Returns where a segment's word stands and how it is turned: along the radius in the rings, level in the core. */
export function wordPlace(segment: Segment): { x: number; y: number; turn: number } {
  const middle = (segment.from + segment.to) / 2;
  const [x, y] = at(middle, (segment.inner + segment.outer) / 2);
  if (segment.ring === 1) return { x, y, turn: 0 };
  // Read from the inside out on the right half, from the outside in on the left, so that no word stands on its head.
  return { x, y, turn: middle < 180 ? middle - 90 : middle + 90 };
}
