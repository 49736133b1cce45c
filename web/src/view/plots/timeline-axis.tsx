import { columnMiddle, type Layout, ticks } from '../../model/timeline/layout';
import { t } from '../../words';
import type { Range } from '../../model/zoom';

export function TimelineAxis({ layout, range }: { layout: Layout; range: Range }) {
  return (
    <g class="axis">
      {layout.lanes.map((lane, place) => (
        <g key={place}>
          <line x1={layout.left} x2={layout.right} y1={lane.bandsBottom} y2={lane.bandsBottom} />
          <line class="faint" x1={layout.left} x2={layout.right} y1={lane.bandsTop} y2={lane.bandsTop} />
        </g>
      ))}
      {ticks(layout, range).map((place) => (
        <text
          key={place}
          x={Math.min(columnMiddle(layout, range, place), layout.width - 4 * String(place + 1).length)}
          y={layout.axis + 10}
          text-anchor="middle"
        >
          {place + 1}
        </text>
      ))}
      {layout.left > 20 && (
        <text x={layout.left - 12} y={layout.axis + 10} text-anchor="end">
          {t('turn')}
        </text>
      )}
    </g>
  );
}
