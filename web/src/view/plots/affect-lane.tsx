// Valence and arousal as two lines: told apart by stroke and by the shape of their points.

import type { Affect } from '../../model/affect';
import { columnMiddle, isNarrow, type Layout } from '../../model/timeline/layout';
import { t } from '../../words';
import type { Range } from '../../model/zoom';

interface AffectProps {
  affects: readonly (Affect | null)[];
  layout: Layout;
  range: Range;
}

export function AffectLane({ affects, layout, range }: AffectProps) {
  if (!layout.affect) return null;
  const { top, bottom, name } = layout.affect;
  const middle = (top + bottom) / 2;
  const y = (value: number) => middle - (value * (bottom - top)) / 2;
  const points = affects
    .slice(range.first, range.last + 1)
    .map((affect, index) => ({ affect, x: columnMiddle(layout, range, range.first + index) }));
  const narrow = isNarrow(layout);
  return (
    <g class="affect">
      {!narrow && (
        <text class="speaker" x={layout.left - 12} y={name} text-anchor="end">
          {t('Valence and arousal')}
        </text>
      )}
      {[-1, 1].map((value) => (
        <g key={value}>
          <line class="limit" x1={layout.left} x2={layout.right} y1={y(value)} y2={y(value)} />
          {!narrow && (
            <text class="limit-word" x={layout.left - 12} y={y(value) + 4} text-anchor="end">
              {value > 0 ? '+1' : '−1'}
            </text>
          )}
        </g>
      ))}
      <line class="zero" x1={layout.left} x2={layout.right} y1={middle} y2={middle} />
      {(['valence', 'arousal'] as const).map((kind) => (
        <g key={kind} class={kind}>
          <path d={line(points.map(({ affect, x }) => (affect ? [x, y(affect[kind])] : null)))} />
          {layout.letters &&
            points.map(
              ({ affect, x }, place) =>
                affect &&
                (kind === 'valence' ? (
                  <circle key={place} cx={x} cy={y(affect.valence)} r="3.5" />
                ) : (
                  <rect key={place} x={x - 3} y={y(affect.arousal) - 3} width="6" height="6" />
                )),
            )}
        </g>
      ))}
    </g>
  );
}

/** Returns a path with a gap wherever there is no point. */
function line(points: readonly ([number, number] | null)[]): string {
  let path = '';
  let pen = 'M';
  for (const point of points) {
    if (point === null) {
      pen = 'M';
      continue;
    }
    path += `${pen}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
    pen = 'L';
  }
  return path;
}
