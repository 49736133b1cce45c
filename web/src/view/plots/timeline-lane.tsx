// One speaker's lane: name, letters, confidence, bands, and the labels of the file.

import { useMemo } from 'preact/hooks';
import { shorten } from '../../model/format';
import type { Read } from '../../model/reading';
import { bands } from '../../model/timeline/bands';
import { columnLeft, columnMiddle, isNarrow, type Lane, type Layout } from '../../model/timeline/layout';
import type { Range } from '../../model/zoom';
import { goldLabel, labels, reads, styleOf, styles } from '../../state/talk';
import { t } from '../../words';
import { paint } from './patterns';

interface LaneProps {
  speaker: string;
  lane: Lane;
  layout: Layout;
  range: Range;
  order: readonly number[];
}

export function TimelineLane({ speaker, lane, layout, range, order }: LaneProps) {
  const paths = useMemo(
    () => bands(reads.value, speaker, labels.value, order, layout, lane, range),
    [reads.value, labels.value, speaker, order, layout.width, layout.step, lane.bandsTop, lane.bandsBottom, range],
  );
  const own = (layout.marks ? reads.value : [])
    .map((read, place) => ({ read, place }))
    .slice(range.first, range.last + 1)
    .filter(({ read }) => read.turn.speaker === speaker);
  // Patterns and gaps need room; without it they would only grey the colours.
  const apart = layout.marks ? ' apart' : '';
  const fill = (label: number) => (layout.marks ? paint(label) : styles.value[label]?.colour);
  return (
    <g class="lane">
      {!isNarrow(layout) && (
        <text class="speaker" x={layout.left - 12} y={lane.name} text-anchor="end">
          {shorten(speaker, 16)}
          <title>{speaker}</title>
        </text>
      )}
      <g clip-path="url(#plot-area)">
        {paths.map((band) => (
          <path key={`r${band.label}`} class="ribbon" d={band.ribbon} fill={styles.value[band.label]?.colour} />
        ))}
        {paths.map((band) => (
          <path key={`s${band.label}`} class={`band${apart}`} d={band.sure} fill={fill(band.label)} />
        ))}
        {paths.map((band) => (
          <path key={`u${band.label}`} class={`band unsure${apart}`} d={band.unsure} fill={fill(band.label)} />
        ))}
      </g>
      {own.map(({ read, place }) => (
        <Marks key={place} read={read} place={place} lane={lane} layout={layout} range={range} />
      ))}
    </g>
  );
}

/** Names that stand over the columns, where there is no room beside them: drawn last, so that no frame goes through them. */
export function NamesInside({ layout, names, affect }: { layout: Layout; names: readonly string[]; affect: string }) {
  if (!isNarrow(layout)) return null;
  const all = layout.lanes.map(({ name }, place) => ({ y: name, words: shorten(names[place] ?? '', 40) }));
  if (layout.affect) all.push({ y: layout.affect.name, words: affect });
  return (
    <g class="names-inside" aria-hidden="true">
      {all.map(({ y, words }) => (
        <text key={y} class="speaker" x={layout.left} y={y}>
          {words}
        </text>
      ))}
    </g>
  );
}

interface MarksProps {
  read: Read;
  place: number;
  lane: Lane;
  layout: Layout;
  range: Range;
}

/** What stands at a turn's column beside its bands. */
function Marks({ read, place, lane, layout, range }: MarksProps) {
  const middle = columnMiddle(layout, range, place);
  const left = columnLeft(layout, range, place);
  const height = lane.bandsBottom - lane.bandsTop;
  const tip = layout.letters ? lane.badges - 11 : lane.bandsTop - 3;
  return (
    <g>
      {read.best === null && (
        <rect class="unanswered" x={left} y={lane.bandsTop} width={layout.columnWidth} height={height} rx="2" />
      )}
      {read.unsure && layout.letters && (
        <rect class="unsure-frame" x={left} y={lane.bandsTop} width={layout.columnWidth} height={height} />
      )}
      {read.shiftFrom !== null && (
        <path class="shift" d={`M${middle - 4} ${tip - 6}h8l-4 6z`}>
          <title>{t('from {from} to {to}', { from: t(read.shiftFrom), to: t(read.label ?? '') })}</title>
        </path>
      )}
      {layout.letters && <PlotBadge read={read} x={middle} y={lane.badges} room={layout.step} />}
      {lane.numbers !== null && read.best !== null && read.turn.correction === null && (
        <text class="confidence-number" x={middle} y={lane.numbers} text-anchor="middle">
          {Math.round(read.confidence * 100)}
        </text>
      )}
      {lane.gold !== null && read.turn.gold !== null && (
        <Gold read={read} x={middle} y={lane.gold} room={layout.step} />
      )}
    </g>
  );
}

const WIDTH = 18;
const HEIGHT = 16;
// Narrower than this the letters are set smaller.
const ROOM = 20;

interface BadgeProps {
  read: Read;
  x: number;
  y: number;
  /** From one turn to the next. */
  room: number;
}

function PlotBadge({ read, x, y, room }: BadgeProps) {
  const width = Math.min(WIDTH, room - 1.5);
  const style = read.label === null ? undefined : styleOf.value.get(read.label);
  const sign = read.turn.status === 'failed' ? '!' : read.unsure ? '?' : '…';
  const box = { x: x - width / 2, y: y - HEIGHT / 2, width, height: HEIGHT, rx: 4 };
  return (
    <g class={`plot-badge${style ? '' : ' empty'}${room < ROOM ? ' small' : ''}`}>
      <rect {...box} fill={style?.colour ?? 'none'} />
      <text x={x} y={y + 4} text-anchor="middle" fill={style?.onColour}>
        {style?.code ?? sign}
      </text>
      {read.turn.correction !== null && (
        <line
          class="corrected"
          x1={box.x + 2}
          x2={box.x + width - 2}
          y1={y + HEIGHT / 2 + 2.5}
          y2={y + HEIGHT / 2 + 2.5}
        />
      )}
    </g>
  );
}

/** The file's label: letters in a frame, and a cross-stroke where the answer is another. */
function Gold({ read, x, y, room }: BadgeProps) {
  const width = Math.min(WIDTH, room - 1.5);
  const label = goldLabel(read.turn.gold ?? '');
  const style = label === null ? undefined : styleOf.value.get(label);
  const other = read.label !== null && read.label !== label;
  return (
    <g class={`gold${other ? ' other' : ''}${room < ROOM ? ' small' : ''}`}>
      <rect
        x={x - width / 2}
        y={y - HEIGHT / 2}
        width={width}
        height={HEIGHT}
        rx="4"
        style={{ stroke: style?.colour }}
      />
      <text x={x} y={y + 4} text-anchor="middle">
        {style?.code ?? '–'}
      </text>
      <title>{read.turn.gold}</title>
    </g>
  );
}
