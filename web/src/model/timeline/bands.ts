// The bands of one lane as SVG paths: a column for each turn, and ribbons that join a speaker's turns.

import type { Read } from '../reading';
import { meanShares } from '../summary';
import { columnLeft, type Lane, type Layout } from './layout';
import type { Range } from '../zoom';

export interface Band {
  /** Place of the label in the label set. */
  label: number;
  sure: string;
  unsure: string;
  ribbon: string;
}

interface Column {
  left: number;
  unsure: boolean;
  /** Upper and lower edge of each label's part, in pixels, by place of the label. */
  parts: [number, number][];
}

const LEAST_HEIGHT = 0.4;

/** Returns the path of every label of one speaker's turns; `order` says which label lies lowest. */
export function bands(
  reads: readonly Read[],
  speaker: string,
  labels: readonly string[],
  order: readonly number[],
  layout: Layout,
  lane: Lane,
  range: Range,
): Band[] {
  const columns = columnsOf(reads, speaker, labels, order, layout, lane, range);
  const paths = labels.map((_, label): Band => ({ label, sure: '', unsure: '', ribbon: '' }));
  const joined = layout.marks && layout.columnWidth < layout.step;
  columns.forEach((column, index) => {
    const next = joined ? columns[index + 1] : undefined;
    for (const band of paths) {
      const [top, bottom] = column.parts[band.label] ?? [0, 0];
      if (bottom - top >= LEAST_HEIGHT) {
        band[column.unsure ? 'unsure' : 'sure'] += box(column.left, top, layout.columnWidth, bottom);
      }
      const [nextTop, nextBottom] = next?.parts[band.label] ?? [0, 0];
      if (next && bottom - top + nextBottom - nextTop >= LEAST_HEIGHT) {
        band.ribbon += ribbon(column.left + layout.columnWidth, top, bottom, next.left, nextTop, nextBottom);
      }
    }
  });
  return paths;
}

/** Returns the columns in view, and the nearest on either side, so that ribbons run out of it. */
function columnsOf(
  reads: readonly Read[],
  speaker: string,
  labels: readonly string[],
  order: readonly number[],
  layout: Layout,
  lane: Lane,
  range: Range,
): Column[] {
  const places = reads.flatMap((read, place) => (read.turn.speaker === speaker && read.best !== null ? [place] : []));
  const first = places.findLastIndex((place) => place < range.first);
  const last = places.findIndex((place) => place > range.last);
  const near = places.slice(Math.max(0, first), last < 0 ? places.length : last + 1);
  // Turns that share a column are shown as their mean.
  const shared = new Map<number, Read[]>();
  for (const place of near) {
    const left = columnLeft(layout, range, place);
    const others = shared.get(left);
    const read = reads[place] as Read;
    if (others) others.push(read);
    else shared.set(left, [read]);
  }
  return [...shared].map(([left, own]) => ({
    left,
    unsure: own.every((read) => read.unsure),
    parts: stack(meanShares(own, labels), order, lane),
  }));
}

function stack(probabilities: readonly number[], order: readonly number[], lane: Lane): [number, number][] {
  const height = lane.bandsBottom - lane.bandsTop;
  const parts: [number, number][] = probabilities.map(() => [0, 0]);
  let bottom = lane.bandsBottom;
  for (const label of order) {
    const top = bottom - (probabilities[label] ?? 0) * height;
    parts[label] = [top, bottom];
    bottom = top;
  }
  return parts;
}

function box(left: number, top: number, width: number, bottom: number): string {
  return `M${n(left)} ${n(top)}h${n(width)}V${n(bottom)}h${n(-width)}z`;
}

function ribbon(x1: number, top1: number, bottom1: number, x2: number, top2: number, bottom2: number): string {
  const middle = n((x1 + x2) / 2);
  return (
    `M${n(x1)} ${n(top1)}C${middle} ${n(top1)} ${middle} ${n(top2)} ${n(x2)} ${n(top2)}` +
    `V${n(bottom2)}C${middle} ${n(bottom2)} ${middle} ${n(bottom1)} ${n(x1)} ${n(bottom1)}z`
  );
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
